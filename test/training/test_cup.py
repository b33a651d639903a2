# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of `python -m training.cup` and of the files that it reads and writes."""

import math

from command_line import command_line
from hypothesis import given, settings, strategies
from hypothetical_pours import estimates_of
import numpy as np
import pytest
import small_bags
from small_models import INTERVAL, make_model, make_spec
import yaml

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.cup_file import load_cup, save_cup
from pour_force_estimator.cups.everyday import everyday_cup, EVERYDAY_NAMES
from pour_force_estimator.cups.shape import cup_of_profile
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.cups.tilt_table import TiltTable
from training import cup as command
from training.errors import ShapeError
from training.shapes.mesh_file import load_mesh
from training.shapes.nearest import nearest_cup
from training.shapes.profile_file import load_profile
from training.slow_pour.truth import as_array, TrueCup

trimesh = pytest.importorskip('trimesh')

VOLUMES_ML = {'mug': 339, 'tumbler': 392, 'wine_glass': 362, 'measuring_jug': 1246}
VOLUMES_ML |= {'conical_flask': 278, 'beer_glass': 583, 'bottle': 541}
"""As docs/cups.md states them."""


@pytest.fixture
def box(tmp_path):
    """Return the path of a box of 80 x 60 x 100 mm, and its mesh."""
    mesh = trimesh.creation.box((80.0, 60.0, 100.0))
    mesh.export(tmp_path / 'box.stl')
    return tmp_path / 'box.stl', mesh


def refused(path, **options):
    with pytest.raises(ShapeError) as caught:
        defaults = {'unit': 'mm', 'name': 'any', 'azimuth_deg': 0.0, 'is_inside': True}
        load_mesh(path, **{**defaults, 'discharge': 0.6, **options})
    message = str(caught.value)
    assert len(message) <= 400 and message.isprintable() and path.name in message
    return message


@pytest.mark.parametrize('azimuth, side', [(0.0, 0.08), (90.0, 0.06), (180.0, 0.08)])
def test_half_tilted_box_is_half_full(box, azimuth, side):
    shape, _ = load_mesh(box[0], 'mm', 'box', azimuth, True, 0.6)
    assert shape.volume == pytest.approx(480e-6, rel=1e-6)
    assert shape.capacity(math.atan2(0.1, side)) == pytest.approx(240e-6, rel=1e-3)
    assert shape.table.lip_widths[50] == pytest.approx(0.14 - side, rel=1e-6)


def test_mesh_of_a_vessel_holds_what_its_profile_does(tmp_path):
    wall = np.array([[0, 0], [38, 0], [42, 95], [45, 95], [41, -5], [0, -5]], float)
    path = tmp_path / 'mug.stl'
    trimesh.creation.revolve(wall[::-1], sections=256).export(path)
    shape, _ = load_mesh(path, 'mm', 'mug', 30.0, False, 0.6)
    profile = cup_of_profile('mug', [0.0, 0.095], [0.038, 0.042])
    np.testing.assert_allclose(
        shape.table.capacities, profile.table.capacities, atol=1e-3 * profile.volume
    )
    assert 'inside' not in refused(path, is_inside=True).split('vessel')[0]


def test_meshes_of_no_cup_say_what_to_do(box, tmp_path):
    path, mesh = box
    assert '--unit mm or cm' in refused(path, unit='m')
    assert '--inside' in refused(path, is_inside=False)
    mesh.update_faces(np.arange(len(mesh.faces)) > 0)
    mesh.export(path)
    assert 'watertight' in refused(path) and '3 edges' in refused(path)
    mesh = trimesh.creation.box((80.0, 60.0, 100.0))
    mesh.invert()
    mesh.export(path)
    assert 'inside out' in refused(path)
    trimesh.creation.box((0.8, 0.6, 1.0)).export(path)
    assert '--unit' in refused(path)
    for content in (b'', b'solid\nfacet', b'\0' * 84, b'\xff' * 200):
        path.write_bytes(content)
        refused(path)


@pytest.mark.parametrize(
    'rows, message',
    [
        ('0,40\n50,40\n50,41', 'row 3: expected a height above 50'),
        ('0,40\n50,-1', 'row 2: expected a radius of at least 0, received -1'),
        ('0,40\n50,x', 'row 2: expected two numbers'),
        ('0,40\n50,nan', 'row 2'),
        ('1,40\n50,40', 'row 1: expected the base inside at height 0'),
        ('0,40', 'expected 2 to'),
        ('', 'expected 2 to'),
        ('0,40\n90,0', 'lip'),
        ('0,0.04\n0.1,0.04', 'was it --unit m'),
        ('0,40\0\n9', 'row 1'),
    ],
)
def test_profiles_of_no_cup_name_the_row(tmp_path, rows, message):
    path = tmp_path / 'cup.csv'
    path.write_text(rows)
    with pytest.raises(ShapeError) as caught:
        load_profile(path, 'mm', 'cup', 0.6)
    assert message in str(caught.value) and len(str(caught.value)) <= 400


@pytest.mark.parametrize('vessel', VOLUMES_ML)
def test_typical_vessels_have_the_volume_that_is_stated(repository, vessel):
    path = repository / 'pour_force_estimator' / 'cups' / 'everyday' / f'{vessel}.csv'
    shape, _ = load_profile(path, 'mm', vessel, 0.6)
    assert shape == everyday_cup(vessel) and vessel in EVERYDAY_NAMES
    assert shape.volume * 1e6 == pytest.approx(VOLUMES_ML[vessel], rel=0.02)
    assert f'{VOLUMES_ML[vessel]} ml' in (repository / 'docs' / 'cups.md').read_text()


def test_a_cup_comes_back_from_its_file(tmp_path):
    shape = cup_of_profile('jug', [0.0, 0.1], [0.03, 0.05], 0.5)
    save_cup(tmp_path / 'jug.yaml', shape)
    back = load_cup(tmp_path / 'jug.yaml')
    np.testing.assert_allclose(back.table.capacities, shape.table.capacities, rtol=1e-6)
    np.testing.assert_allclose(back.table.lip_widths, shape.table.lip_widths, rtol=1e-6)
    assert (back.name, back.discharge) == ('jug', 0.5)


@settings(max_examples=40, deadline=None)
@given(strategies.integers(0, 15_000), strategies.binary(min_size=1, max_size=8))
def test_files_of_cups_are_read_or_refused_in_one_line(tmp_path_factory, place, junk):
    path = tmp_path_factory.mktemp('cup') / 'jug.yaml'
    save_cup(path, cup_of_profile('jug', [0.0, 0.1], [0.03, 0.05]))
    content = path.read_bytes()
    path.write_bytes(content[:place] + junk + content[place + len(junk) :])
    try:
        load_cup(path)
    except ShapeError as error:
        assert len(str(error)) <= 600 and str(error).isprintable()


@pytest.mark.parametrize('lip', [1.0, 0.5])
def test_nearest_cup_of_a_cup_is_itself(lip):
    cup = Cup(0.15, 0.08, lip)
    tilts = np.radians(np.arange(0.0, 170.5, 0.5))
    widths = np.full(len(tilts), 0.05)
    table = TiltTable(tilts, cup.capacity(tilts), cup.surface_area(tilts), widths)
    shape = CupSpec('itself', 0.15, 0.08, table)
    nearest = nearest_cup(shape)
    assert (nearest.height, nearest.diameter) == pytest.approx((0.15, 0.08), abs=2e-3)
    assert nearest.rmse_m3 < 2e-3 * cup.volume


def test_command_writes_cup_picture_and_model(repository, tmp_path, capsys):
    (tmp_path / 'model.onnx').write_bytes(make_model(make_spec(interval=INTERVAL)))
    outputs = [tmp_path / name for name in ('jug.yaml', 'jug.png', 'new.onnx')]
    profile = repository / 'pour_force_estimator/cups/everyday/measuring_jug.csv'
    model = {'model': tmp_path / 'model.onnx', 'output_model': outputs[2]}
    files = {'output': outputs[0], 'picture': outputs[1], **model}
    assert command.main(command_line(profile=profile, unit='mm', **files)) == 0
    assert '1245.6 ml' in capsys.readouterr().out
    cup = load_cup(outputs[0])
    table = CupTable(StepModel(outputs[2].read_bytes()).spec.cups)
    assert table.named('measuring_jug') == cup and cup.is_shape_alone
    assert not table.knows(cup.height, cup.diameter, 'measuring_jug')
    assert table.of_size(cup.height, cup.diameter) is None
    assert outputs[1].read_bytes().startswith(b'\x89PNG')


@pytest.mark.parametrize(
    'options',
    [
        ['--profile', 'none.csv'],
        ['--mesh', 'none.stl'],
        ['--profile', 'none.csv', '--density', '-1'],
        ['--mesh', 'none.stl', '--spout', 'up', '--inside'],
    ],
)
def test_command_refuses_in_one_line(tmp_path, capsys, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    assert command.main([*options, '--unit', 'mm', '--output', 'cup.yaml']) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith('error: ')
    assert not (tmp_path / 'cup.yaml').exists()


def write_slow_pour(path, seed=2):
    """Write a slow and a quick pour of a tumbler as an array; return the truth."""
    rng = np.random.default_rng(seed)
    truth = TrueCup(np.array([0.0, 0.11]), np.array([0.028, 0.038]), rng)
    pours = [truth.slow_pour(2.0), *truth.quick_pours(1, 0.0)]
    np.save(path, as_array(pours))
    return truth


def test_a_slow_pour_becomes_a_cup_a_picture_and_a_model(tmp_path, capsys):
    truth = write_slow_pour(tmp_path / 'pours.npy')
    (tmp_path / 'model.onnx').write_bytes(make_model(make_spec(interval=INTERVAL)))
    outputs = [tmp_path / name for name in ('jug.yaml', 'jug.png', 'new.onnx')]
    words = ['--slow-pour', str(tmp_path / 'pours.npy'), '--name', 'jug']
    words += ['--output', str(outputs[0]), '--picture', str(outputs[1])]
    words += ['--model', str(tmp_path / 'model.onnx'), '--output-model', str(outputs[2])]
    assert command.main(words) == 2
    assert 'received 2 pours: say which with --slow-pour-index' in capsys.readouterr().err
    words += ['--slow-pour-index', '0', '--quick-pour', str(tmp_path / 'pours.npy')]
    assert command.main(words) == 0
    said = capsys.readouterr().out
    assert 'not seen: below' in said and 'discharge' in said and '(by the pours)' in said
    cup = load_cup(outputs[0])
    seen = yaml.safe_load(outputs[0].read_text())['seen_tilt_rad']
    tilts = np.linspace(*seen, 50)
    assert np.abs(cup.capacity(tilts) - truth.capacity(tilts)).max() < 12e-6
    assert cup.capacity(0.0) == cup.capacity(0.9 * seen[0]) == cup.volume
    assert outputs[1].read_bytes().startswith(b'\x89PNG')
    known = StepModel(outputs[2].read_bytes()).spec.cups
    assert [cup.name for cup in known if cup.table == load_cup(outputs[0]).table] == ['jug']
    # The estimator pours from it, by its name: a tilt that the cup holds gives nothing.
    context = PourContext(initial_weight=3.0, target_weight=1.0, cup='jug')
    estimator = PourEstimator.load('robot_trials', context, cups=[cup])
    low, high = cup.onset_angle(3.0 / 9806.65) - 0.1, 1.3
    tilts = np.r_[np.linspace(0.1, low, 60), np.linspace(low, high, 120), [high] * 60]
    poured = [estimate.poured_weight for estimate in estimates_of(estimator, tilts)]
    assert max(map(abs, poured[:60])) < 0.3
    assert poured[-1] == pytest.approx(3.0 - 9806.65 * float(cup.capacity(high)), abs=0.5)


def test_a_bag_with_a_slow_pour_becomes_a_cup(tmp_path, capsys):
    rng = np.random.default_rng(2)
    truth = TrueCup(np.array([0.0, 0.11]), np.array([0.028, 0.038]), rng)
    slow = truth.slow_pour(2.0)
    recording = small_bags.Recording(
        np.arange(len(slow.tilt)) / 60.0, slow.tilt, slow.weight, [], [], []
    )
    bag = small_bags.write_bag(
        tmp_path / 'slow',
        small_bags.joint_states(recording) + small_bags.readings(recording, delay_s=0.0),
    )
    context = {
        'cup_height': slow.context.cup_height,
        'cup_diameter': slow.context.cup_diameter,
        'initial_weight': slow.context.initial_weight,
        'target_weight': 'poured',
    }
    (tmp_path / 'context.yaml').write_text(yaml.safe_dump(context))
    words = ['--slow-pour', str(bag), '--output', str(tmp_path / 'jug.yaml')]
    assert command.main(words) == 2
    assert 'expected --context and --scale for a bag' in capsys.readouterr().err
    words += ['--context', str(tmp_path / 'context.yaml'), '--scale', '/scale']
    assert command.main(words) == 2
    assert 'tilt: expected --joints' in capsys.readouterr().err
    assert command.main([*words, '--joints', 'wrist_3_joint']) == 0, capsys.readouterr().err
    cup = load_cup(tmp_path / 'jug.yaml')
    tilts = np.radians(np.arange(30.0, 80.0))
    assert np.abs(cup.capacity(tilts) - truth.capacity(tilts)).max() < 12e-6


@pytest.mark.parametrize('seen', ['[0.5]', '[1.0, 0.5]', '[0.1, 9.0]', 'all', '[0.1, .nan]'])
def test_a_range_that_was_not_seen_is_refused(tmp_path, seen):
    path = tmp_path / 'jug.yaml'
    save_cup(path, cup_of_profile('jug', [0.0, 0.1], [0.03, 0.05]), (0.1, 1.5))
    assert load_cup(path).name == 'jug'
    path.write_text(path.read_text().replace('[0.1, 1.5]', seen))
    with pytest.raises(ShapeError, match='seen_tilt_rad'):
        load_cup(path)

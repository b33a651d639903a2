# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of `python -m training.cup` and of the files that it reads and writes."""

import math

from command_line import command_line
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
from training.cup import __main__ as command
from training.cup.report import lines_of_cup
from training.errors import ShapeError
from training.recordings.encoding import encode_measured, pad
from training.shapes.mesh_file import load_mesh
from training.shapes.nearest import nearest_cup
from training.shapes.profile_file import load_profile
from training.slow_pour.truth import TrueCup

trimesh = pytest.importorskip('trimesh')

VOLUMES_ML = {'mug': 339, 'tumbler': 392, 'wine_glass': 362, 'measuring_jug': 1246}
VOLUMES_ML |= {'conical_flask': 278, 'beer_glass': 583, 'bottle': 541}
"""As docs/cups.md states them."""


@pytest.fixture
def box(tmp_path):
    """Return the path of a box of 80 x 60 x 100 mm."""
    trimesh.creation.box((80.0, 60.0, 100.0)).export(tmp_path / 'box.stl')
    return tmp_path / 'box.stl'


def refused(path, unit='mm', is_inside=True):
    with pytest.raises(ShapeError) as caught:
        load_mesh(path, unit, 'any', 0.0, is_inside, 0.6)
    message = str(caught.value)
    assert len(message) <= 400 and message.isprintable() and path.name in message
    return message


@pytest.mark.parametrize('azimuth, side', [(0.0, 0.08), (90.0, 0.06), (180.0, 0.08)])
def test_half_tilted_box_is_half_full(box, azimuth, side):
    shape, _ = load_mesh(box, 'mm', 'box', azimuth, True, 0.6)
    assert shape.volume == pytest.approx(480e-6, rel=1e-6)
    assert shape.capacity(math.atan2(0.1, side)) == pytest.approx(240e-6, rel=1e-3)
    assert shape.table.lip_widths[50] == pytest.approx(0.14 - side, rel=1e-6)


def test_a_spout_holds_what_is_behind_its_inner_end_once_its_lip_is_lower(tmp_path):
    """A box of 80 x 60 x 100 mm, whose spout begins 80 mm high: it holds a wedge below it."""
    plan = np.array([[-40, -30], [40, -30], [40, 0], [40, 30], [-40, 30]], float)
    points = np.concatenate([np.c_[plan, np.full(5, z)] for z in (0.0, 80.0, 100.0)])
    points[12, 0] += 15.0
    faces = [[0, k + 1, k] for k in (1, 2, 3)] + [[10, k + 10, k + 11] for k in (1, 2, 3)]
    for low in [*range(4), *range(5, 9)]:
        faces += [[low, low + 1, low + 6], [low, low + 6, low + 5]]
    faces += [[4, 0, 5], [4, 5, 9], [9, 5, 10], [9, 10, 14]]
    trimesh.Trimesh(points, faces).export(tmp_path / 'jug.stl')
    shape, _ = load_mesh(tmp_path / 'jug.stl', 'mm', 'jug', 0.0, True, 0.6)
    assert np.all(np.diff(shape.table.capacities) <= 0.0)
    tilts = np.radians([54.0, 60.0, 70.0, 80.0])
    assert shape.capacity(tilts) == pytest.approx(0.06 * 0.08**2 / 2.0 / np.tan(tilts), rel=1e-3)


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
    handle = trimesh.creation.torus(25.0, 4.0)
    handle.apply_translation([60.0, 0.0, 45.0])
    trimesh.util.concatenate([trimesh.load_mesh(path), handle]).export(path)
    assert load_mesh(path, 'mm', 'mug', 30.0, False, 0.6)[0] == shape


def test_meshes_of_no_cup_say_what_to_do(box):
    assert '--unit mm or cm' in refused(box, unit='m')
    assert '--inside' in refused(box, is_inside=False)
    mesh = trimesh.load_mesh(box)
    mesh.vertices[mesh.vertices[:, 2] > 0.0, :2] *= 0.005
    mesh.export(box)
    assert 'lip_widths: expected 0.001 m or more' in refused(box)
    mesh = trimesh.creation.box((80.0, 60.0, 100.0))
    mesh.invert()
    mesh.export(box)
    assert 'inside out (volume -480000 mm^3)' in refused(box)
    mesh.faces[1:] = mesh.faces[1:, ::-1]
    mesh.export(box)
    assert 'some faces that are flipped' in refused(box)
    mesh.update_faces(np.arange(len(mesh.faces)) > 0)
    mesh.export(box)
    assert 'watertight' in refused(box) and '3 edges' in refused(box)
    trimesh.creation.box((0.8, 0.6, 1.0)).export(box)
    assert '--unit' in refused(box)
    for content in (b'', b'solid\nfacet', b'\0' * 84, b'\xff' * 200):
        box.write_bytes(content)
        refused(box)
    box.write_bytes(trimesh.creation.box((80.0, 60.0, 100.0)).export(file_type='stl')[:300])
    assert 'received 0; is the file cut off?' in refused(box)
    assert "received '.obj'; export the mesh" in refused(box.with_suffix('.obj'))


@pytest.mark.parametrize(
    'rows, message',
    [
        ('0,40\n50,40\n50,41', 'row 3: expected a height above 50'),
        ('0,40\n50,-1', 'row 2: expected a radius of at least 0, received -1'),
        ('0,40\n50,x', 'row 2: expected two numbers'),
        ('0,40\n50,nan', 'row 2'),
        ('1,40\n50,40', 'row 1: expected the base inside at height 0'),
        ('0,40', 'expected 2 to'),
        ('#\n0,40\n90,0\n\n# end', 'row 3: expected a lip with a radius of at least 0.5 mm'),
        ('height;radius\n0;40', 'expected two numbers, height and inner radius, with a comma'),
        ('height,diameter\n0,80\n90,80', 'halve diameters'),
        ('radius,height\n0,0\n40,90', 'row 1: expected height, then inner radius'),
        ('height_cm,radius_cm\n0,40\n90,40', 'expected columns in mm, as --unit says'),
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


def test_a_spreadsheet_may_end_rows_with_commas_and_name_the_unit(tmp_path):
    path = tmp_path / 'cup.csv'
    path.write_text('Height [mm],Inner radius [mm],\n0,40,\n90,0.5,,\n')
    cup, _ = load_profile(path, 'mm', 'cup', 0.6)
    assert (cup.height, cup.opening) == pytest.approx((0.09, 0.001), rel=1e-4)


@pytest.mark.parametrize('vessel', VOLUMES_ML)
def test_typical_vessels_have_the_volume_that_is_stated(repository, vessel):
    path = repository / 'pour_force_estimator' / 'cups' / 'everyday' / f'{vessel}.csv'
    shape, _ = load_profile(path, 'mm', vessel, 0.6)
    assert shape == everyday_cup(vessel) and vessel in EVERYDAY_NAMES
    assert shape.volume * 1e6 == pytest.approx(VOLUMES_ML[vessel], rel=0.02)
    assert f'{VOLUMES_ML[vessel]} ml' in (repository / 'docs' / 'cups.md').read_text()


@pytest.mark.parametrize('lip', [1.0, 0.5])
def test_nearest_cup_of_a_cup_is_itself(lip):
    cup = Cup(0.15, 0.08, lip)
    tilts = np.radians(np.arange(0.0, 170.5, 0.5))
    widths = np.full(len(tilts), 0.05)
    table = TiltTable(tilts, *cup.capacity_and_surface_area(tilts), widths)
    shape = CupSpec('itself', 0.15, 0.08, table)
    nearest = nearest_cup(shape)
    assert (nearest.height, nearest.diameter) == pytest.approx((0.15, 0.08), abs=2e-3)
    assert nearest.rmse_m3 < 2e-3 * cup.volume and not nearest.is_at_an_end


@pytest.mark.parametrize('size', [(0.2, 0.5), (1.0, 0.3)])
def test_a_nearest_cup_at_the_end_of_the_sizes_is_not_told(size):
    shape = CupSpec.of_cup(Cup(*size))
    lines = lines_of_cup(shape, nearest_cup(shape), 1.0)
    assert lines[-1].startswith('nearest cylinder or bottle: none')


@pytest.fixture
def files(tmp_path):
    """Return the options of all that the command writes, and of the model that it reads."""
    (tmp_path / 'model.onnx').write_bytes(make_model(make_spec(interval=INTERVAL)))
    names = {'output': 'jug.yaml', 'picture': 'jug.png', 'output_model': 'new.onnx'}
    return {option: tmp_path / name for option, name in {**names, 'model': 'model.onnx'}.items()}


def test_command_writes_cup_picture_and_model(repository, files, capsys):
    profile = repository / 'pour_force_estimator/cups/everyday/measuring_jug.csv'
    assert command.main(command_line(profile=profile, unit='mm', **files)) == 0
    assert '1245.6 ml' in capsys.readouterr().out
    cup = load_cup(files['output'])
    table = CupTable(StepModel(files['output_model'].read_bytes()).spec.cups)
    assert table.named('measuring_jug') == cup and cup.is_shape_alone
    assert not table.knows(cup.height, cup.diameter, 'measuring_jug')
    assert table.of_size(cup.height, cup.diameter) is None
    assert files['picture'].read_bytes().startswith(b'\x89PNG')


@pytest.fixture
def truth():
    return TrueCup(np.array([0.0, 0.11]), np.array([0.028, 0.038]), np.random.default_rng(2))


def test_a_slow_pour_becomes_a_cup_a_picture_and_a_model(tmp_path, files, truth, capsys):
    pours = tmp_path / 'pours.npy'
    poured = truth.slow_pour(2.0), *truth.quick_pours(1, 0.0)
    np.save(pours, pad([encode_measured(pour.tilt, pour.weight, pour.context) for pour in poured]))
    options = {'slow_pour': pours, 'name': 'jug', **files}
    assert command.main(command_line(**options)) == 2
    assert 'received 2 pours: say which with --slow-pour-index' in capsys.readouterr().err
    assert command.main(command_line(slow_pour_index=0, quick_pour=pours, **options)) == 0
    printed = capsys.readouterr().out
    assert 'not seen: below' in printed and 'discharge' in printed and '(by the pours)' in printed
    cup = load_cup(files['output'])
    seen = yaml.safe_load(files['output'].read_text())['seen_tilt_rad']
    tilts = np.linspace(*seen, 50)
    assert np.abs(cup.capacity(tilts) - truth.capacity(tilts)).max() < 12e-6
    assert cup.capacity(0.0) == cup.capacity(0.9 * seen[0]) == cup.volume
    assert files['picture'].read_bytes().startswith(b'\x89PNG')
    cups = StepModel(files['output_model'].read_bytes()).spec.cups
    assert [spec.name for spec in cups if spec.table == cup.table] == ['jug']
    # The estimator pours from it, by its name: a tilt that the cup holds gives nothing.
    context = PourContext(initial_weight=3.0, target_weight=1.0, cup='jug')
    estimator = PourEstimator.load('robot_trials', context, cups=[cup])
    low, high = cup.onset_angle(3.0 / 9806.65) - 0.1, 1.3
    tilts = np.r_[np.linspace(0.1, low, 60), np.linspace(low, high, 120), [high] * 60]
    poured = [estimate.poured_weight for estimate in estimates_of(estimator, tilts)]
    assert max(map(abs, poured[:60])) < 0.3
    assert poured[-1] == pytest.approx(3.0 - 9806.65 * float(cup.capacity(high)), abs=0.5)


def test_bags_with_a_slow_and_a_quick_pour_become_a_cup(tmp_path, truth, capsys):
    bags, weights = {}, {}
    slow, quick = truth.slow_pour(2.0), next(truth.quick_pours(1, 0.0))
    for name, pour in {'slow': slow, 'quick': quick}.items():
        rest = [0] * 90 + list(range(len(pour.tilt))) + [-1] * 90
        recording = small_bags.Recording(
            np.arange(len(rest)) / 60.0, pour.tilt[rest], pour.weight[rest], [], [], []
        )
        messages = small_bags.joint_states(recording) + small_bags.readings(recording, delay_s=0.0)
        bags[f'{name}_pour'] = small_bags.write_bag(tmp_path / name, messages)
        weights[name] = {'initial_weight': pour.context.initial_weight}
    context = {'cup_height': 0.11, 'cup_diameter': 0.076, 'target_weight': 'poured'}
    (tmp_path / 'context.yaml').write_text(yaml.safe_dump({**context, 'bags': weights}))
    output = tmp_path / 'jug.yaml'
    words = command_line(output=output, **bags)
    assert command.main(words) == 2
    assert 'expected --context and --scale for a bag' in capsys.readouterr().err
    words += command_line(context=tmp_path / 'context.yaml', scale='/scale')
    assert command.main(words) == 2
    assert 'tilt: expected --joints' in capsys.readouterr().err
    assert command.main([*words, '--joints', 'wrist_3_joint']) == 0, capsys.readouterr().err
    tilts = np.radians(np.arange(30.0, 80.0))
    assert np.abs(load_cup(output).capacity(tilts) - truth.capacity(tilts)).max() < 12e-6


@pytest.mark.parametrize('seen', ['[0.5]', '[1.0, 0.5]', '[0.1, 9.0]', 'all', '[0.1, .nan]'])
def test_a_range_that_was_not_seen_is_refused(tmp_path, seen):
    path = tmp_path / 'jug.yaml'
    save_cup(path, cup_of_profile('jug', [0.0, 0.1], [0.03, 0.05]), (0.1, 1.5))
    assert load_cup(path).name == 'jug'
    path.write_text(path.read_text().replace('[0.1, 1.5]', seen))
    with pytest.raises(ShapeError, match='seen_tilt_rad'):
        load_cup(path)

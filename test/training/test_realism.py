# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.realism: the command from end to end, and its parts."""

from itertools import groupby
import json
from types import SimpleNamespace

from command_line import command_line
from matplotlib.image import imread
import numpy as np
import pytest
from small_models import make_model, make_spec

from pour_force_estimator.model.step_model import StepModel
from training.evaluation.physics import cup_names, PourPhysics
from training.evaluation.pour_statistics import measure_pours, STATISTICS, summarize
from training.evaluation.stepwise import estimate_pours
from training.realism.__main__ import main
from training.realism.comparison import compare, compare_errors, estimate_by_each, pours_by_cup
from training.realism.simulated import simulate_sets
from training.recordings.simulated import simulate_recordings

CUPS = ['cylinder_120x121', 'cylinder_81x88']
"""Those of the 12 short pours with at least three pours each."""


def sum_of_tilts(path, dataset, digest):
    """Write a model of known training data, whose estimate is a sum of tilts."""
    training = {'schema': 'robot_trials', 'dataset': dataset, 'dataset_digest': digest}
    path.write_bytes(
        make_model(make_spec(name='sum', tilt_sign=-1, training=training), gain=-1e-4)
    )
    return path


@pytest.fixture(scope='module')
def network(tmp_path_factory):
    return sum_of_tilts(tmp_path_factory.mktemp('network') / 'sum.onnx', 'sim.npy', '0')


@pytest.fixture(scope='module')
def done(tmp_path_factory, recording_paths, network):
    """Run the command with all outputs; return what it left."""
    folder = tmp_path_factory.mktemp('realism')
    ends = {'json': 'json', 'markdown': 'md', 'figure': 'png'}
    outputs = {name: folder / f'report.{end}' for name, end in ends.items()}
    data = recording_paths['robot_trials']
    code = main(command_line(data=data, model=network, pours=25, seed=4, **outputs))
    report = json.loads(outputs['json'].read_text())
    return SimpleNamespace(code=code, folder=folder, report=report)


def test_report(done, robot_recordings):
    assert done.code == 0
    report = done.report
    assert (report['pours'], report['simulated_pours'], report['seed']) == (12, 25, 4)
    assert report['data_digest'] == robot_recordings.digest
    assert report['statistics']['recorded'] == summarize(measure_pours(robot_recordings.pours))
    for source in ('closed', 'open'):
        for statistic in STATISTICS:
            low, middle, high = report['statistics'][source][statistic.name]
            assert low < middle < high
    assert list(report['cups']) == CUPS
    assert report['units']['peak_flow'] == 'ml/s' and report['percentiles'] == [5, 50, 95]
    assert imread(done.folder / 'report.png').std() > 0.01


def test_errors_by_hand(done, network, robot_recordings):
    pours = robot_recordings.pours
    rmse = done.report['rmse_newton']
    assert list(rmse) == ['network', 'physics', 'zero']
    by_network = [estimate.weight for estimate in estimate_pours(StepModel.load(network), pours)]
    by_physics = [PourPhysics().estimate(pour) for pour in pours]
    by_zero = [np.zeros(len(pour)) for pour in pours]
    for estimator, estimates in zip(rmse, (by_network, by_physics, by_zero)):
        assert list(rmse[estimator]) == ['all', *CUPS]
        for group, error in rmse[estimator].items():
            squares = [
                (estimate - pour.poured_weight) ** 2
                for estimate, pour, cup in zip(estimates, pours, cup_names(pours))
                if group in ('all', cup)
            ]
            assert error == pytest.approx(np.sqrt(np.concatenate(squares).mean()), rel=1e-9)


def test_tables(done):
    lines = (done.folder / 'report.md').read_text().splitlines()
    for name, unit in (('onset angle', ' [degree]'), ('final weight over target', '')):
        assert sum(line.startswith(f'| {name}{unit} ') for line in lines) == 2
    low, middle, high = done.report['statistics']['closed']['max_tilt']
    row = next(line for line in lines if line.startswith('| largest tilt [degree] '))
    assert f'| {low:.1f} / {middle:.1f} / {high:.1f} ' in row
    cup = done.report['cups']['cylinder_81x88']
    row = [line for line in lines if line.startswith('| largest tilt [degree] ')][1]
    assert row.rstrip(' |').endswith(
        f'{cup["recorded"]["max_tilt"][1]:.1f} / {cup["simulated"]["max_tilt"][1]:.1f}'
    )
    (zero,) = [line.split() for line in lines if line.startswith('| zero ')]
    assert zero[3] == f'{done.report["rmse_newton"]["zero"]["all"]:.2f}'
    groups = groupby(lines, lambda line: line.startswith('|'))
    tables = [list(table) for inside, table in groups if inside]
    assert [len(table) for table in tables] == [10, 8, 5]
    for table in tables:
        assert len({len(line) for line in table}) == len({line.count('|') for line in table}) == 1


def test_what_the_network_has_seen_is_said(
    done, tmp_path, capsys, recording_paths, robot_recordings
):
    assert done.report['model']['saw_these_pours'] is False
    assert 'has seen none of these pours' in (done.folder / 'report.md').read_text()
    model = sum_of_tilts(tmp_path / 'knows.onnx', 'trials.npy', robot_recordings.digest)
    main(command_line(data=recording_paths['robot_trials'], model=model, pours=5))
    assert 'has seen these pours: **in-sample**' in capsys.readouterr().out


def test_without_a_network(tmp_path, capsys, recording_paths):
    data, path = recording_paths['robot_trials'], tmp_path / 'report.json'
    assert main(command_line(data=data, pours=5, json=path)) == 0
    report = json.loads(path.read_text())
    assert list(report['rmse_newton']) == ['physics', 'zero'] and report['model'] is None
    assert 'network' not in capsys.readouterr().out


def test_simulated_pours_are_measured_as_recorded_ones(tmp_path, capsys):
    """Pours of the same simulation in a file must give what the command simulates itself."""
    data, path = tmp_path / 'pours.npy', tmp_path / 'report.json'
    np.save(data, simulate_recordings('robot_trials', 15, 2, control='closed'))
    assert main(command_line(data=data, pours=15, seed=2, json=path)) == 0
    report = json.loads(path.read_text())
    assert report['statistics']['recorded'] == report['statistics']['closed']
    assert report['statistics']['recorded'] != report['statistics']['open']
    assert report['cups'] == {}
    assert '### Cup by cup' not in capsys.readouterr().out


def test_the_same_cups_hold_the_same(robot_recordings):
    """And pour the same from the same seed."""
    recorded = robot_recordings.pours
    simulated, again, reseeded = (
        simulate_sets(15, recorded, seed=seed)['same_cups'] for seed in (3, 3, 4)
    )
    assert [len(positions) for positions in pours_by_cup(simulated).values()] == [4, 4, 3, 2, 2]
    for index, pour in enumerate(simulated):
        like = recorded[index % 12]
        assert pour.context.cup_height == pytest.approx(like.context.cup_height)
        assert pour.context.initial_weight == pytest.approx(like.context.initial_weight)
        assert np.array_equal(pour.data, again[index].data)
        assert not np.array_equal(pour.data, reseeded[index].data)


def test_cups_in_order_of_their_pours(robot_recordings):
    groups = pours_by_cup(robot_recordings.pours)
    assert groups['cylinder_120x121'] == [1, 6, 11]
    assert list(groups)[:2] == CUPS and len(groups) == 5
    assert list(pours_by_cup(robot_recordings.pours, min_pours=3)) == CUPS


@pytest.mark.parametrize('option, value, least', [('pours', 0, 1), ('seed', -1, 0)])
def test_errors_are_one_line(tmp_path, capsys, recording_paths, option, value, least):
    line = {'data': recording_paths['robot_trials'], 'json': tmp_path / 'report.json'}
    assert main(command_line(**line, **{option: value})) == 2
    message = f'{option}: expected a whole number of at least {least}, received {value}'
    out, err = capsys.readouterr()
    errors = [line for line in err.splitlines() if not line.startswith('evaluating')]
    assert errors == [f'error: {message}']
    assert out == '' and not line['json'].exists()


def test_recorded_pours(robot_trials):
    """The simulator pours as the robot did where the cup decides, and the physics explains it."""
    pours = robot_trials.pours
    _, report = compare(pours, simulate_sets(156, pours, seed=0))
    assert sum(cup['recorded']['pours'] for cup in report['cups'].values()) == 78
    assert len(report['cups']) == 5
    for cup in report['cups'].values():
        simulated, recorded = cup['simulated'], cup['recorded']
        assert simulated['onset_angle'][1] == pytest.approx(recorded['onset_angle'][1], abs=8.0)
        assert simulated['peak_flow'][1] == pytest.approx(recorded['peak_flow'][1], rel=0.5)
    errors = compare_errors(pours, estimate_by_each(None, pours))
    measured = np.concatenate([pour.poured_weight for pour in pours])
    assert errors['zero']['all'] == pytest.approx(np.sqrt(np.mean(measured**2)))
    for name, error in errors['physics'].items():
        assert error < 0.4 * errors['zero'][name]

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.recipe.build, report, figures and command: `training.train --recipe best`."""

from dataclasses import replace
import json
import os
import signal
from unittest.mock import Mock

from command_line import command_line
from hypothetical_pours import estimates_of
import numpy as np
import pytest
from small_recipe import ALONE, best_run, recordings, small_recipe, two_cups

from pour_force_estimator import PourEstimator
from pour_force_estimator.features import CUP_KNOWN, FeatureBuilder
from pour_force_estimator.features.physics import PHYSICS_FEATURES
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from training import train
from training.evaluation.bulk import estimate_in_bulk
from training.evaluation.metrics import pour_errors
from training.recipe import command, ensemble, held_out
from training.recipe.examples import WEIGHED
from training.recipe.report import advice_of, summarize

SCHEMAS = ['robot_trials', 'dim']
FILES = ['figures', 'metrics.json', 'model.onnx', 'report.html', 'report.md']
PARTS = (
    'In short/What would help/Errors/Single pours/Where the error comes from/Learning curves/'
    'How to make this again'
).split('/')
FIGURES = [
    f'{name}.png'
    for name in ('errors', 'learning_curves', 'pour_best', 'pour_median', 'pour_worst')
]


def run(tmp_path, monkeypatch, array, recipe=None):
    """Run the command on an array with a small recipe; return exit code and output folder."""
    np.save(tmp_path / 'pours.npy', array)
    monkeypatch.setattr(train, 'BEST', recipe or small_recipe())
    for name, value in ALONE.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / 'out'
    code = train.main(command_line(recipe='best', data=tmp_path / 'pours.npy', output=folder))
    return code, folder


@pytest.mark.parametrize('schema', SCHEMAS)
def test_files_and_what_is_printed(schema):
    left = best_run(schema)
    assert left.code == 0
    assert sorted(os.listdir(left.folder)) == FILES
    assert sorted(os.listdir(left.folder / 'figures')) == FIGURES
    assert left.out.splitlines() == [
        *summarize(left.built),
        'What would help:',
        *advice_of(left.built),
        f'wrote {left.folder / "model.onnx"}, its report is beside it',
    ]
    assert (left.folder / 'model.onnx').read_bytes() == left.built.content


@pytest.mark.parametrize('schema', SCHEMAS)
def test_the_model_gives_bounds_in_the_node(schema):
    model = StepModel.load(best_run(schema).folder / 'model.onnx')
    pour = recordings(schema).pours[0]
    initial = pour.context.initial_weight
    estimates = estimates_of(PourEstimator(model, pour.context), pour.tilt)
    for estimate in estimates:
        assert 0.0 <= estimate.lower <= estimate.upper <= initial
        least = estimate.poured_weight + 0.99 * model.spec.interval.noise
        assert estimate.upper >= min(least, initial)
    ((bulk, _, _),) = estimate_in_bulk(model, [pour])
    weights = [estimate.poured_weight for estimate in estimates]
    assert weights == pytest.approx(bulk.tolist(), abs=1e-4)


@pytest.mark.parametrize('schema', SCHEMAS)
def test_metadata(schema):
    built = best_run(schema).built
    spec = StepModel(built.content).spec
    assert (spec.name, spec.interval, spec.errors) == ('mine', built.interval, built.errors)
    fitted = {(round(cup.height, 4), round(cup.diameter, 4)) for cup in spec.cups if cup.pours}
    assert fitted == {(0.081, 0.088), (0.12, 0.121)}
    assert spec.measured_error[0] == 'cross_validation'
    training = spec.training
    assert training['dataset_digest'] == recordings(schema).digest
    assert (training['schema'], training['recipe'], training['seed']) == (schema, 'best', 2)
    assert training['pours'] == {'train': 12} and training['blind_pours'] > 0
    assert training['command'] == (
        f'python -m training.train --data {schema}.npy --recipe best --seed 2 --output OUTPUT'
    )


@pytest.mark.parametrize('size, feature', [((0.12, 0.121), 1.0), ((0.11, 0.12), 0.0)])
def test_the_model_answers_for_cups_that_it_does_not_know(size, feature):
    """In the node: with hypotheses of its own; nothing is out of range."""
    model = StepModel(best_run().built.content)
    pour = recordings().pours[1]
    context = replace(pour.context, cup_height=size[0], cup_diameter=size[1])
    names = model.spec.feature_names
    builder = FeatureBuilder(names, 60.0, model.spec.tilt_sign, model.spec.cups)
    row = builder.matrix(pour.tilt, context)[-1]
    assert row[names.index(CUP_KNOWN)] == feature
    spec = model.spec.features[names.index(CUP_KNOWN)]
    assert spec.low <= feature <= spec.high
    experts = row[[names.index(name) for name in PHYSICS_FEATURES]]
    last = estimates_of(PourEstimator(model, context), pour.tilt)[-1]
    assert experts.min() - 1e-4 <= last.poured_weight <= experts.max() + 1e-4
    assert 0.0 <= last.lower <= last.poured_weight <= last.upper <= context.initial_weight


def test_the_final_model_learned_from_all_pours():
    """And from what would be known of their mountings, and from simulated ones."""
    prepared = best_run().built.prepared
    blind = int(prepared.train.blind.sum())
    assert blind > 0
    assert len(prepared.train.lengths) == 12 * len(WEIGHED) + blind


def test_the_interval_is_calibrated_on_pours_held_out_and_on_simulated_ones():
    built = best_run().built
    assert built.interval.coverage == 0.9
    simulated = ('known_0', 'known_1', 'new_0', 'new_5')
    assert built.errors.keys() >= {f'simulated_{name}' for name in simulated}
    for part in ('steps', 'finals'):
        assert 0.3 <= built.nested_coverage[part] <= 1.0


def test_errors_are_those_of_the_models():
    built, pours = best_run().built, recordings().pours
    weights = [estimate.weight for estimate in estimate_in_bulk(StepModel(built.content), pours)]
    assert built.errors['train'] == pytest.approx(pour_errors(pours, weights))
    reached = built.errors['cross_validation']
    assert {name: reached[name] for name in built.held_out.errors()} == built.held_out.errors()
    assert reached['interval_coverage_final'] == built.nested_coverage['finals']
    assert reached['interval_coverage_steps'] == built.nested_coverage['steps']


def test_metrics():
    left = best_run()
    metrics = json.loads((left.folder / 'metrics.json').read_text())
    assert metrics == {
        **left.built.errors,
        'interval': vars(left.built.interval),
        'pours': 12,
        'fold_mse_newton2': [fold['mse_newton2'] for fold in left.built.held_out.fold_errors()],
    }


def test_the_report_has_its_parts():
    left = best_run()
    page = (left.folder / 'report.html').read_text(encoding='utf-8')
    assert page.count('src="data:image/png;base64,') == len(FIGURES)
    text = (left.folder / 'report.md').read_text(encoding='utf-8')
    assert [line[3:] for line in text.splitlines() if line.startswith('## ')] == PARTS
    command = 'python -m training.train --data robot_trials.npy --recipe best'
    cups = ('81 x 88 mm', '120 x 121 mm')
    kinds = ('known, nothing weighed', 'new, one pour weighed', 'new, 5 pours weighed')
    for part in (*summarize(left.built), *advice_of(left.built), *cups, *kinds, command):
        assert part in text
    ranked = np.argsort([np.square(error).mean() for error in left.built.held_out.differences])
    for which, index in (('best', ranked[0]), ('median', ranked[6]), ('worst', ranked[11])):
        assert f'The {which} pour (number {index}), held out' in text


def test_what_was_reached_is_said_in_numbers():
    built = best_run().built
    summary, coverage = ' '.join(summarize(built)), built.nested_coverage
    errors = built.errors['cross_validation']
    median, p90 = (errors[f'final_error_ml_{name}'] for name in ('median', 'p90'))
    for number in (
        f'**{errors["rmse_ml"]:.0f} ml**',
        f'{errors["rmse_newton"]:.3f} N',
        f'median {median:.0f} ml, 90th percentile {p90:.0f} ml',
        f'90% intervals cover {coverage["finals"]:.0%} of the final',
        f'{coverage["steps"]:.0%} of the time steps',
    ):
        assert number in summary


def test_a_second_run_replaces_the_first(tmp_path, monkeypatch):
    """The figures are in a folder, which cannot be replaced as a file can."""
    data, folder = tmp_path / 'robot_trials.npy', tmp_path / 'mine'
    np.save(data, two_cups())
    monkeypatch.setattr(command, 'build', lambda *arguments: best_run().built)
    for name in ('first', 'second'):
        command.train_with_recipe(data, folder, name=name, recipe=small_recipe(), command='again')
    assert sorted(os.listdir(folder)) == FILES
    assert sorted(os.listdir(folder / 'figures')) == FIGURES
    assert 'second' in (folder / 'report.md').read_text()
    assert sorted(os.listdir(tmp_path)) == ['mine', 'robot_trials.npy']


def test_too_few_pours(tmp_path, monkeypatch, capfd):
    code, folder = run(tmp_path, monkeypatch, two_cups(n=9))
    assert code == 2 and not folder.exists()
    assert capfd.readouterr().err == (
        'error: recipe: expected at least 10 pours, received 9; with a few pours of a new cup, '
        '`python -m training.calibrate` adapts a shipped model\n'
    )


def test_cups_that_are_more_than_full(tmp_path, monkeypatch, capfd):
    array = two_cups()
    array[:, :, ROBOT_TRIALS.index('f_init')] *= 3.0
    code, folder = run(tmp_path, monkeypatch, array)
    assert code == 2 and not folder.exists()
    error = capfd.readouterr().err.splitlines()[-1]
    assert error.startswith('error: cup 81 x 88 mm, pour 0: expected at most')


def test_an_output_that_is_a_file(tmp_path, monkeypatch, capfd):
    (tmp_path / 'out').write_text('mine')
    code, folder = run(tmp_path, monkeypatch, two_cups())
    assert code == 2 and folder.read_text() == 'mine'
    assert 'expected a folder to write to, received a file' in capfd.readouterr().err


def test_ctrl_c_while_a_network_learns(tmp_path, monkeypatch, capfd):
    """A single network would be exported as it is; an ensemble of such would be of no use."""
    fit = ensemble.fit

    def press(epoch, loss, val_loss):
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    fits = [best_run().built.prepared.cup_fits] * 5  # found already
    monkeypatch.setattr(held_out, 'fit_folds', lambda pours, folds: fits)
    monkeypatch.setattr(ensemble, 'fit', lambda *arguments: fit(*arguments, on_epoch=press))
    code, _ = run(tmp_path, monkeypatch, two_cups(n=10), small_recipe(epochs=100_000))
    assert code == 130 and os.listdir(tmp_path) == ['pours.npy']
    assert capfd.readouterr().err.endswith('interrupted: nothing was written\n')


def test_ctrl_c_while_the_report_is_written(tmp_path, monkeypatch, capfd):
    """The model has been trained for half an hour by then."""
    monkeypatch.setattr(command, 'build', lambda *arguments: best_run().built)
    monkeypatch.setattr(command, 'write_report', Mock(side_effect=KeyboardInterrupt))
    code, folder = run(tmp_path, monkeypatch, two_cups())
    assert code == 130
    assert sorted(os.listdir(folder)) == ['metrics.json', 'model.onnx']
    digest = StepModel(best_run().built.content).digest
    assert StepModel.load(folder / 'model.onnx').digest == digest
    written = 'interrupted: model.onnx was written, its report was not\n'
    assert capfd.readouterr().err.endswith(written)


def test_a_report_that_fails_costs_no_model(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(command, 'build', lambda *arguments: best_run().built)
    monkeypatch.setattr(command, 'build_report', Mock(side_effect=ValueError('no\nfont')))
    code, folder = run(tmp_path, monkeypatch, two_cups())
    assert code == 0 and (folder / 'model.onnx').exists()
    assert 'the report is missing: no font\n' in capfd.readouterr().err

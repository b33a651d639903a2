# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.accuracy with two tiny variants of the recipe."""

from functools import partial
import json
import os

import numpy as np
import pytest
from small_recipe import ALONE, FOLDS, made, pours_of_cup, recordings, small_recipe, two_cups

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from training.accuracy import __main__ as accuracy
from training.accuracy import measure
from training.accuracy.measure import measure_calibration, RecipeEvaluation
from training.accuracy.report import build_report
from training.accuracy.variants import SINGLE, Variant, VARIANTS
from training.recipe.held_out import folds_by_trial, HeldOut
from training.recipe.settings import BEST

RECIPE = small_recipe(epochs=1)
TINY = (
    Variant('first', 'three units', RECIPE, thorough=True),
    Variant('second', 'no experts', small_recipe(epochs=1, experts=False)),
)


@pytest.fixture(scope='module', autouse=True)
def small():
    """Measure little, in this process, whatever the command is asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accuracy, 'VARIANTS', TINY)
        patch.setattr(measure, 'folds_by_trial', partial(folds_by_trial, n_folds=FOLDS))
        patch.setattr(measure, 'OPEN_LOOP_PER_CUP', 3)
        patch.setattr(measure, 'CALIBRATION_DRAWS', 1)
        patch.setattr(measure, 'CALIBRATION_POURS', (0, 2))
        for name, value in ALONE.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope='module')
def first(tmp_path_factory):
    """Run the command for the first variant alone; return its folder."""
    folder = tmp_path_factory.mktemp('accuracy')
    np.save(folder / 'pours.npy', two_cups(n=10))
    assert accuracy.main(command(folder, '--variants', 'first')) == 0
    assert sorted(os.listdir(folder / 'out')) == [
        'figures',
        'first.json',
        'report.html',
        'report.md',
    ]
    return folder


@pytest.fixture(scope='module')
def both(first):
    """Go on with both variants; return the folder and the keys of what was measured then."""
    measured, original = [], RecipeEvaluation.measure

    def watch(self, variant):
        measured.append(variant.key)
        return original(self, variant)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecipeEvaluation, 'measure', watch)
        assert accuracy.main(command(first)) == 0
    return first, measured


@pytest.fixture(scope='module')
def results(both):
    return {
        variant.key: json.loads((both[0] / 'out' / f'{variant.key}.json').read_text())
        for variant in TINY
    }


def command(folder, *options):
    return ['--data', str(folder / 'pours.npy'), '--output', str(folder / 'out'), *options]


def test_each_variant_differs_in_one_thing():
    """And no two are alike, or a report would compare a recipe with itself."""
    assert len({variant.key for variant in VARIANTS}) == len(VARIANTS)
    assert len({str(variant.recipe) for variant in VARIANTS}) == len(VARIANTS)
    for variant in VARIANTS:
        others = {
            name for name, value in vars(variant.recipe).items() if value != getattr(SINGLE, name)
        }
        assert len(others) <= (2 if variant.key in ('plain_gru_no_noise', 'no_blind') else 1)


def test_what_a_variant_goes_without_is_there_otherwise():
    names = BEST.features(ROBOT_TRIALS)
    for variant in VARIANTS:
        assert set(variant.recipe.without) <= set(names)


def test_variants_share_their_simulated_sessions(monkeypatch):
    asked = []
    monkeypatch.setattr(
        measure, 'simulate_blind_sessions', lambda *arguments: asked.append(arguments) or []
    )
    bench = RecipeEvaluation(recordings().pours, 1)
    for variant in VARIANTS:
        bench._simulated(variant.recipe)
    assert [arguments[1:3] for arguments in asked] == [
        (BEST.sessions_per_cup, BEST.new_cup_sessions),
        (0, 0),
    ]


def test_a_run_goes_on_where_the_last_one_ended(both):
    folder, measured = both
    assert measured == ['second']
    assert {'first.json', 'second.json', 'report.html'} < set(os.listdir(folder / 'out'))


def test_a_complete_run_measures_nothing(both, monkeypatch):
    folder, _ = both
    before = (folder / 'out' / 'report.md').read_text()

    def fail(self, variant):
        raise AssertionError(variant.key)

    monkeypatch.setattr(RecipeEvaluation, 'measure', fail)
    assert accuracy.main(command(folder)) == 0
    assert (folder / 'out' / 'report.md').read_text() == before


def test_what_is_measured(results):
    for result in results.values():
        assert result['by_trial']['all']['pours'] == 10
        assert sorted(fold['pours'] for fold in result['by_trial']['folds']) == [3, 3, 4]
    first, second = results['first'], results['second']
    assert first['open_loop']['pours'] == 6
    assert 0.0 < first['open_loop']['rmse_newton'] < 4.4
    assert 0.0 <= first['coverage']['finals'] <= 1.0
    assert [fold['pours'] for fold in first['by_cup']['folds']] == [5, 5]
    assert first['by_cup']['cups'] == ['81 x 88 mm', '120 x 121 mm']
    assert [cup['cup'] for cup in first['new_cup']] == first['by_cup']['cups']
    for cup in first['new_cup']:
        assert cup['pours'] == [0, 2]
        assert [len(draws) for draws in cup['rmse_newton']] == [1, 1]
    for name in ('coverage', 'open_loop', 'by_cup', 'new_cup'):
        assert second[name] is None


def test_the_report(both, results):
    text = (both[0] / 'out' / 'report.md').read_text(encoding='utf-8')
    for heading in (
        'What each part is worth',
        'The interval',
        'A cup that was never seen',
        'How to make this again',
    ):
        assert f'## {heading}' in text
    for variant in TINY:
        errors = results[variant.key]['by_trial']['all']
        row = next(line for line in text.splitlines() if line.startswith(f'| {variant.title}'))
        assert f'{errors["mse_newton2"] / 4.4482216152605**2:.6f}' in row
        if variant.thorough:
            assert f'{results[variant.key]["open_loop"]["rmse_newton"]:.3f}' in row
    mean = np.mean([cup['rmse_newton'][1] for cup in results['first']['new_cup']])
    assert f'**{mean:.3f}**' in text
    page = (both[0] / 'out' / 'report.html').read_text(encoding='utf-8')
    assert page.count('data:image/png;base64,') == 2


def test_a_report_of_variants_that_know_no_interval(results):
    document = build_report(recordings(), [(TINY[1], results['second'])], 'again')
    text = repr(document.blocks)
    assert 'no experts' in text and 'The interval' not in text and 'never seen' not in text


@pytest.mark.parametrize(
    'content, message',
    [
        ('{"by_trial": ', 'expected what an earlier run wrote, received a file that is no JSON ('),
        ('{}', 'expected results of this data and recipe, received others; delete it'),
        ('[]', 'expected results of this data and recipe, received others; delete it'),
    ],
)
def test_a_broken_result(both, tmp_path, capsys, content, message):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'first.json').write_text(content)
    (tmp_path / 'pours.npy').write_bytes((both[0] / 'pours.npy').read_bytes())
    assert accuracy.main(command(tmp_path)) == 2
    assert capsys.readouterr().err.startswith(
        f'error: {tmp_path / "out" / "first.json"}: {message}'
    )
    assert os.listdir(tmp_path / 'out') == ['first.json']


def test_results_of_other_data(both, tmp_path, capsys):
    np.save(tmp_path / 'pours.npy', two_cups(n=10, seed=5))
    out = both[0] / 'out'
    before = (out / 'report.md').read_text()
    assert accuracy.main(['--data', str(tmp_path / 'pours.npy'), '--output', str(out)]) == 2
    assert capsys.readouterr().err == (
        f'error: {out / "first.json"}: expected results of this data and recipe, received '
        'others; delete it to measure this variant again, or choose another folder\n'
    )
    assert (out / 'report.md').read_text() == before


@pytest.mark.parametrize(
    'make, message',
    [
        (lambda array: array[:2], 'folds: expected at least 3 pours, received 2'),
        (lambda array: array[::2], 'folds: expected pours of at least two cups, received one cup'),
    ],
)
def test_data_that_cannot_be_cross_validated(tmp_path, capsys, make, message):
    np.save(tmp_path / 'pours.npy', make(two_cups(n=10)))
    assert accuracy.main(command(tmp_path)) == 2
    assert capsys.readouterr().err == f'error: {message}\n'


def test_ctrl_c(tmp_path, capsys, monkeypatch):
    def interrupt(self, variant):
        raise KeyboardInterrupt

    np.save(tmp_path / 'pours.npy', two_cups(n=10))
    monkeypatch.setattr(RecipeEvaluation, 'measure', interrupt)
    assert accuracy.main(command(tmp_path)) == 130
    assert 'the same command goes on from here' in capsys.readouterr().err
    assert os.listdir(tmp_path) == ['pours.npy']


def test_pours_of_a_new_cup_help():
    """A model that takes it for a typical one, adapted with one and with three of six pours."""
    pours = pours_of_cup(
        CupSpec.of_size(0.100, 0.095, discharge=0.2, angle_offset=-0.2, delay_s=0.2), 6
    )
    held_out = HeldOut(tuple(pours), [], np.zeros(6, int), [made().built.content], [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measure, 'CALIBRATION_POURS', (0, 1, 3))
        (cup,) = measure_calibration(held_out)
    none, one, three = (draws[0] for draws in cup['rmse_newton'])
    assert cup['cup'] == '100 x 95 mm'
    assert one < 0.6 * none and three < 0.6 * none


@pytest.mark.parametrize('n', [1, 2, 3])
def test_a_new_cup_with_hardly_a_pour(n):
    """Two pours are kept to judge on, where there are so many."""
    pours = pours_of_cup(CupSpec.of_size(0.100, 0.095), n)
    held_out = HeldOut(tuple(pours), [], np.zeros(n, int), [made().built.content], [])
    (cup,) = measure_calibration(held_out)
    (none,), (two,) = cup['rmse_newton']
    assert np.isfinite([none, two]).all()
    assert (none == two) == (n < 3)

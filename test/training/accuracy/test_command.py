# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.accuracy with two tiny variants of the recipe."""

from functools import partial
import json
import os
from types import SimpleNamespace

from command_line import command_line
import numpy as np
import pytest
from small_recipe import ALONE, best_run, FOLDS, pours_of_cup, recordings, small_recipe, two_cups

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
def both(tmp_path_factory):
    """Run the command for one variant, then for both; return the folder and what it measured."""
    folder, measured, original = tmp_path_factory.mktemp('accuracy'), [], RecipeEvaluation.measure

    def watch(self, variant):
        measured.append(variant.key)
        return original(self, variant)

    np.save(folder / 'pours.npy', two_cups(n=10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecipeEvaluation, 'measure', watch)
        assert accuracy.main(command(folder, '--variants', 'first')) == 0
        files = ['figures', 'first.json', 'report.html', 'report.md']
        assert sorted(os.listdir(folder / 'out')) == files and measured == ['first']
        assert accuracy.main(command(folder)) == 0
    paths = {variant.key: folder / 'out' / f'{variant.key}.json' for variant in TINY}
    results = {key: json.loads(path.read_text()) for key, path in paths.items()}
    return SimpleNamespace(folder=folder, measured=measured, results=results)


def command(folder, *options, data='pours.npy'):
    return command_line(*options, data=folder / data, output=folder / 'out')


def test_each_variant_differs_in_one_thing():
    """And no two are alike, or a report would compare a recipe with itself."""
    assert len({variant.key for variant in VARIANTS}) == len(VARIANTS)
    assert len({str(variant.recipe) for variant in VARIANTS}) == len(VARIANTS)
    single, names = vars(SINGLE).items(), BEST.features(ROBOT_TRIALS)
    for variant in VARIANTS:
        others = [name for name, value in single if value != getattr(variant.recipe, name)]
        assert len(others) <= (2 if variant.key in ('plain_gru_no_noise', 'no_blind') else 1)
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


def test_a_run_goes_on_where_the_last_one_ended(both, capsys, monkeypatch):
    """And is not the last one of other data."""
    out = both.folder / 'out'
    assert both.measured == ['first', 'second']
    assert {'first.json', 'second.json', 'report.html'} < set(os.listdir(out))
    before = (out / 'report.md').read_text()
    monkeypatch.setattr(RecipeEvaluation, 'measure', None)
    assert accuracy.main(command(both.folder)) == 0
    np.save(both.folder / 'other.npy', two_cups(n=10, seed=5))
    assert accuracy.main(command(both.folder, data='other.npy')) == 2
    assert capsys.readouterr().err.endswith(
        f'error: {out / "first.json"}: expected results of this data and recipe, received '
        'others; delete it to measure this variant again, or choose another folder\n'
    )
    assert (out / 'report.md').read_text() == before


def test_what_is_measured(both):
    for result in both.results.values():
        assert result['by_trial']['all']['pours'] == 10
        assert sorted(fold['pours'] for fold in result['by_trial']['folds']) == [3, 3, 4]
    first, second = both.results['first'], both.results['second']
    assert first['open_loop']['pours'] == 6
    assert 0.0 < first['open_loop']['rmse_newton'] < 4.4
    assert first['coverage'].keys() == {'steps', 'finals'}
    assert [fold['pours'] for fold in first['by_cup']['folds']] == [5, 5]
    assert first['by_cup']['cups'] == ['81 x 88 mm', '120 x 121 mm']
    assert [cup['cup'] for cup in first['new_cup']] == first['by_cup']['cups']
    for cup in first['new_cup']:
        assert cup['pours'] == [0, 2]
        assert [len(draws) for draws in cup['rmse_newton']] == [1, 1]
        assert len(cup['bound_newton']) == 1
    for name in ('coverage', 'open_loop', 'by_cup', 'new_cup'):
        assert second[name] is None


def test_the_report(both):
    out, results = both.folder / 'out', both.results
    text = (out / 'report.md').read_text(encoding='utf-8')
    for heading in ('What each part is worth', 'The interval', 'A cup that was never seen'):
        assert f'## {heading}' in text
    for variant in TINY:
        errors = results[variant.key]['by_trial']['all']
        row = next(line for line in text.splitlines() if line.startswith(f'| {variant.title}'))
        assert f'{errors["mse_newton2"] / 4.4482216152605**2:.6f}' in row
        if variant.thorough:
            assert f'{results[variant.key]["open_loop"]["rmse_newton"]:.3f}' in row
    mean = np.mean([cup['rmse_newton'][1] for cup in results['first']['new_cup']])
    assert f'**{mean:.3f}**' in text and '## How to make this again' in text
    page = (out / 'report.html').read_text(encoding='utf-8')
    assert page.count('data:image/png;base64,') == 2
    text = build_report(recordings(), [(TINY[1], results['second'])], 'again').markdown
    assert 'no experts' in text and 'The interval' not in text and 'never seen' not in text


@pytest.mark.parametrize(
    'content, message', [('{"by_trial": ', 'that is no JSON ('), ('[]', 'received others')]
)
def test_a_broken_result(both, tmp_path, capsys, content, message):
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'first.json').write_text(content)
    (tmp_path / 'pours.npy').write_bytes((both.folder / 'pours.npy').read_bytes())
    assert accuracy.main(command(tmp_path)) == 2
    error = capsys.readouterr().err
    assert error.startswith(f'error: {tmp_path / "out" / "first.json"}: expected ')
    assert message in error and os.listdir(tmp_path / 'out') == ['first.json']


def test_data_that_cannot_be_cross_validated(tmp_path, capsys):
    np.save(tmp_path / 'pours.npy', two_cups(n=10)[:2])
    assert accuracy.main(command(tmp_path)) == 2
    assert capsys.readouterr().err == 'error: folds: expected at least 3 pours, received 2\n'


def test_ctrl_c(tmp_path, capsys, monkeypatch):
    def interrupt(self, variant):
        raise KeyboardInterrupt

    np.save(tmp_path / 'pours.npy', two_cups(n=10))
    monkeypatch.setattr(RecipeEvaluation, 'measure', interrupt)
    assert accuracy.main(command(tmp_path)) == 130
    assert 'the same command goes on from here' in capsys.readouterr().err
    assert os.listdir(tmp_path) == ['pours.npy']


@pytest.mark.parametrize('n', [1, 2, 3, 6])
def test_pours_of_a_new_cup_help(monkeypatch, n):
    """Where the model takes it for a typical one; two pours are kept to judge on."""
    monkeypatch.setattr(measure, 'CALIBRATION_POURS', (0, 1, 3))
    cup = CupSpec.of_size(0.100, 0.095, discharge=0.2, angle_offset=-0.2, delay_s=0.2)
    pours = pours_of_cup(cup, n)
    held_out = HeldOut(tuple(pours), [], np.zeros(n, int), [best_run().built.content], [])
    (cup,) = measure_calibration(held_out)
    assert cup['cup'] == '100 x 95 mm'
    of_none, of_one, of_three = (draws[0] for draws in cup['rmse_newton'])
    assert np.isfinite([of_none, of_one, of_three, *cup['bound_newton']]).all()
    assert (of_none == of_one) == (n < 3)
    if n > 3:
        assert of_one < 0.6 * of_none and of_three < 0.6 * of_none
        assert cup['bound_newton'][0] < 1.1 * of_three

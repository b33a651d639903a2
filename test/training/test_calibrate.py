# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.calibrate with the model of a small recipe and a cup that it never saw."""

from dataclasses import replace
import json
import re

from command_line import command_line
from hypothetical_pours import estimates_of
import numpy as np
import pytest
from small_models import make_model
from small_recipe import array_of, best_run, pours_of_cup, recordings, rmse_of

from pour_force_estimator import PourEstimator, StepModel
from pour_force_estimator.cups.table import CupSpec, CupTable
from pour_force_estimator.hypotheses.grid import CUP_SPREAD_DEG, FLOW_SPREAD
from pour_force_estimator.mounting_keeper import MountingKeeper
from pour_force_estimator.units import rad_to_degree
from training import calibrate
from training.evaluation.bulk import estimate_in_bulk
from training.export import calibration
from training.export.calibration import calibrate_model, MIN_JUDGED

CUP = CupSpec.of_size(0.100, 0.095, discharge=0.2, angle_offset=-0.2, delay_s=0.2)
"""Far from a typical cylinder: 0.66, 4.3 degree forward, 0.04 s."""


@pytest.fixture(scope='module')
def content():
    return best_run().built.content


@pytest.fixture(scope='module')
def pours():
    return pours_of_cup(CUP, 9)


@pytest.fixture
def run(tmp_path, content):
    """Return a function that runs the command; it returns exit code and the file to write."""

    def run(pours=(), model=content, **source):
        output = tmp_path / 'new' / 'adapted.onnx'
        (tmp_path / 'model.onnx').write_bytes(model)
        if pours:
            np.save(tmp_path / 'cup.npy', array_of(pours))
            source['data'] = tmp_path / 'cup.npy'
        line = command_line(model=tmp_path / 'model.onnx', output=output, **source)
        return calibrate.main(line), output

    return run


@pytest.mark.parametrize('n', [1, 3])
def test_the_model_then_knows_the_cup(run, content, pours, capsys, n):
    """The error on pours that took no part falls."""
    code, output = run(pours[:n])
    assert code == 0
    adapted = output.read_bytes()
    table = CupTable(StepModel(adapted).spec.cups)
    assert table.knows(CUP.height, CUP.diameter)
    assert len(table) == len(StepModel(content).spec.cups) + 1
    assert table.find(CUP.height, CUP.diameter).pours == n
    assert table.find(CUP.height, CUP.diameter).delay_s > 0.1
    assert rmse_of(adapted, pours[4:]) < 0.6 * rmse_of(content, pours[4:])
    out = capsys.readouterr().out
    assert 'cup_100x95, 100 x 95 mm: lip 1.00 of the body' in out
    assert f'fitted to {n} pours, mountings seen: ' in out
    assert out.endswith(f'wrote {output}\n') and 'chance' not in out
    assert ('too few pours to judge the fit' in out) is (n < MIN_JUDGED)
    assert ('on pours left out of the fit: RMSE ' in out) is (n >= MIN_JUDGED)


def test_fits_are_judged_on_pours_that_took_no_part(content, pours):
    _, (calibrated,) = calibrate_model(content, pours[:3])
    assert calibrated.before == pytest.approx(rmse_of(content, pours[:3]))
    errors = []
    for index in range(3):
        others = pours[:index] + pours[index + 1 : 3]
        errors.append(rmse_of(calibrate_model(content, others)[0], [pours[index]]))
    counts = [len(pour) for pour in pours[:3]]
    assert calibrated.after == pytest.approx(
        np.sqrt(np.average(np.square(errors), weights=counts))
    )
    assert calibrated.after < calibrated.before and calibrated.helps


def test_a_fit_that_does_not_help_stays_out(monkeypatch, content, run, capsys):
    """Of a cup that is known well, a fit that goes wrong is worse than what was known."""
    fitted = StepModel(content).spec.cups[0]
    fit_cup = calibration.fit_cup

    def fit_badly(pours, prior):
        fit = fit_cup(pours, prior)
        wrong = fit.cup.angle_offset + 0.1
        return replace(fit, posterior=replace(fit.posterior, angle_offset=wrong))

    monkeypatch.setattr(calibration, 'fit_cup', fit_badly)
    code, output = run(pours_of_cup(fitted, 3))
    assert code == 0
    assert StepModel(output.read_bytes()).spec.cups == StepModel(content).spec.cups
    out = capsys.readouterr().out
    before, after = map(float, re.search(r'RMSE (\S+) ml before, (\S+) ml after', out).groups())
    assert before < after and 'the model keeps what it knew of this cup' in out


def test_nothing_else_changes(content, pours):
    """Neither in the file nor in what is estimated for other cups."""
    models = [StepModel(file) for file in (content, calibrate_model(content, pours[:2])[0])]
    spec, grown = (model.spec for model in models)
    assert spec.cups == grown.cups[: len(spec.cups)] and len(grown.cups) == len(spec.cups) + 1
    assert replace(spec, cups=()) == replace(grown, cups=())
    fitted_pours = recordings().pours
    for before, after in zip(*(estimate_in_bulk(model, fitted_pours) for model in models)):
        assert all(map(np.array_equal, before, after))


def test_a_cup_that_is_known_is_replaced(content):
    fitted = StepModel(content).spec.cups[0]
    changed = replace(fitted, discharge=0.5, angle_offset=fitted.angle_offset - 0.1)
    adapted, (calibrated,) = calibrate_model(content, pours_of_cup(changed, 4))
    fit = calibrated.fit
    cups = CupTable(StepModel(adapted).spec.cups)
    assert len(cups) == len(StepModel(content).spec.cups)
    assert cups.find(fitted.height, fitted.diameter) == fit.posterior != fitted
    assert 0.05 < fitted.angle_offset - fit.cup.angle_offset < 0.1  # drawn to what was known


def test_pours_of_several_cups(content, pours):
    """Sizes within 0.5 mm are those of one cup."""
    near = pours[1].data.copy()
    near[:, pours[1].schema.index('h_pc')] = 100.2
    third = pours_of_cup(replace(CUP, height=0.110), 2, seed=5)
    mixed = [pours[0], third[0], replace(pours[1], data=near), third[1]]
    adapted, calibrations = calibrate_model(content, mixed)
    fits = [calibrated.fit for calibrated in calibrations]
    assert [len(fit.pour_offsets_deg) for fit in fits] == [2, 2]
    assert [fit.cup.height for fit in fits] == [pytest.approx(0.100), pytest.approx(0.110)]
    assert len(StepModel(adapted).spec.cups) == len(StepModel(content).spec.cups) + 2


@pytest.fixture
def learned(tmp_path, content):
    """Return a function that weighs pours of `CUP` and returns the file that keeps the rest."""

    def learned(mountings, pours_each):
        estimator = PourEstimator(StepModel(content), pours_of_cup(CUP, 1)[0].context)
        keeper = MountingKeeper(str(tmp_path / 'mounting.json'), estimator)
        for seed in range(mountings):
            for pour in pours_of_cup(CUP, pours_each, seed=seed):
                estimator.reset(pour.context)
                estimates_of(estimator, pour.tilt)
                estimator.weigh(float(pour.poured_weight[-1].clip(0.0)))
            estimator.remount()
        keeper.keep()
        return tmp_path / 'mounting.json'

    return learned


def test_what_was_weighed_online_goes_into_a_model(run, content, pours, learned, capsys):
    """The model then begins where the estimator was: the same cup, as unknown as it is."""
    path = learned(2, 3)
    values = json.loads(path.read_text())
    values['mountings'].append({'cup': {**values['mountings'][0]['cup'], 'name': 'jug'}})
    values['mountings'][1]['mounting'] = {}
    path.write_text(json.dumps(values))
    code, output = run(mounting=path)
    assert code == 0
    note, left_out, _ = capsys.readouterr().out.splitlines()[-3:]
    assert note.endswith('learned from weighed pours: 6')
    assert left_out.startswith('left out: jug, ') and 'expected one of' in left_out
    cup = CupTable(StepModel(output.read_bytes()).spec.cups).find(CUP.height, CUP.diameter)
    assert cup.pours == 6 and not cup.is_shape_alone
    assert cup.discharge < 0.66  # of a typical cylinder, towards the cup's 0.2
    assert 0.0 < cup.flow_spread < FLOW_SPREAD
    assert 0.0 < rad_to_degree(cup.offset_spread) < CUP_SPREAD_DEG
    assert rmse_of(output.read_bytes(), pours[4:]) < rmse_of(content, pours[4:])


def test_a_mounting_that_tells_nothing(run, tmp_path, learned, capsys):
    path = tmp_path / 'mounting.json'
    code, output = run(mounting=path)
    assert code == 2
    assert capsys.readouterr().err == (
        f'error: {path}: expected the mounting_file of an estimator, found no file\n'
    )
    values = json.loads(learned(1, 1).read_text())
    values['mountings'][0]['mounting'].update(pours_before=0, pours_weighed=0)
    path.write_text(json.dumps(values))
    assert run(mounting=path)[0] == 2
    assert 'expected weighed pours to learn from, received none' in capsys.readouterr().err
    assert not output.exists()


def test_a_model_without_physics(run, pours, capsys):
    """It looks up no cup, so that nothing could be adapted."""
    code, output = run(pours[:1], make_model())
    assert code == 2 and not output.parent.exists()
    (error,) = capsys.readouterr().err.splitlines()[-1:]
    assert error.startswith('error: small: expected a model that knows the physics of its cups')


def test_pours_that_cannot_be(run, pours, capsys):
    factors = np.array([1.0, 1.0, 5.0, 1.0, 1.0, 1.0, 1.0])
    code, output = run([replace(pour, data=pour.data * factors) for pour in pours[:2]])
    assert code == 2 and not output.parent.exists()
    *doubts, error = capsys.readouterr().err.splitlines()
    assert error.startswith('error: cup 100 x 95 mm, pour 0: expected at most')
    assert all(doubt.startswith('warning: ') for doubt in doubts)

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.calibrate with cups whose shape is known, and with cups of a name."""

from dataclasses import replace

import numpy as np
import pytest
from small_recipe import array_of, pours_of_cup, rmse_of

from pour_force_estimator import StepModel
from pour_force_estimator.cups.everyday import everyday_cup
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.errors import RecordingError
from pour_force_estimator.units import degree_to_rad
from training import calibrate
from training.export.calibration import calibrate_model, with_cups
from training.recipe.sessions import prior_model

SPREADS = {'flow_spread': 0.2, 'offset_spread': degree_to_rad(2.2)}
JUG = replace(everyday_cup('measuring_jug'), name='jug', pours=1, **SPREADS)
"""As a slow pour has measured it."""

KNOWN = CupSpec.of_size(0.120, 0.121, angle_offset=0.07, pours=6)

REAL_JUG = replace(JUG, discharge=0.8 * JUG.discharge, angle_offset=degree_to_rad(4.0))


@pytest.fixture(scope='module')
def content():
    """Return a model that knows the jug, and believes what is known before a pour."""
    return prior_model(CupTable([KNOWN, JUG]), 60.0)


@pytest.fixture(scope='module')
def pours():
    return pours_of_cup(REAL_JUG, 11)


def cup_of(content, name):
    return CupTable(StepModel(content).spec.cups).named(name)


@pytest.mark.parametrize('name', [None, 'jug'])
@pytest.mark.parametrize('n', [1, 2, 5])
def test_quick_pours_of_a_measured_cup_help_and_leave_its_shape(content, pours, n, name):
    adapted, _ = calibrate_model(content, pours[:n], name)
    cup = cup_of(adapted, 'jug')
    assert cup.table == JUG.table
    assert len(StepModel(adapted).spec.cups) == len(StepModel(content).spec.cups)
    assert cup.pours == 1 + n
    assert cup.flow_spread <= JUG.flow_spread and cup.offset_spread < JUG.offset_spread
    assert rmse_of(adapted, pours[5:]) < rmse_of(content, pours[5:])


def test_a_pour_that_tells_nothing_leaves_what_was_known(content, pours):
    """The cup is never tilted."""
    data = pours[0].data.copy()
    data[:, 0], data[:, 1] = -5.0, 0.0
    adapted, _ = calibrate_model(content, [replace(pours[0], data=data)])
    cup = cup_of(adapted, 'jug')
    assert cup.discharge == pytest.approx(JUG.discharge, rel=1e-3)
    assert cup.angle_offset == pytest.approx(JUG.angle_offset, abs=1e-4)


def test_a_shape_alone_becomes_a_cup_that_flows_as_measured(content):
    """Of the vessels that each model knows by name."""
    glass = everyday_cup('wine_glass')
    content = with_cups(content, CupTable(StepModel(content).spec.cups).with_cup(glass))
    real = replace(glass, discharge=0.4, angle_offset=degree_to_rad(3.0), delay_s=0.1)
    pours = pours_of_cup(real, 7)
    adapted, _ = calibrate_model(content, pours[:3], 'wine_glass')
    cup = cup_of(adapted, 'wine_glass')
    assert cup.table == glass.table and (cup.pours, cup.is_shape_alone) == (3, False)
    assert rmse_of(adapted, pours[3:], 'wine_glass') < rmse_of(content, pours[3:], 'wine_glass')


def test_a_new_name_is_a_new_cup(content):
    """Although one of its size is known, which stays."""
    slower = replace(KNOWN, discharge=0.3)
    adapted, (calibrated,) = calibrate_model(content, pours_of_cup(slower, 3), 'mine')
    assert StepModel(adapted).spec.cups[:-1] == StepModel(content).spec.cups
    assert cup_of(adapted, 'mine') == calibrated.fit.posterior
    assert calibrated.fit.cup.discharge == pytest.approx(0.3, rel=0.2)


def test_many_pours_outweigh_a_few_more(content):
    """A cylinder that many pours have told is drawn to what they told."""
    pours = pours_of_cup(replace(KNOWN, discharge=0.5 * KNOWN.discharge), 1)
    fits = [
        calibrate_model(with_cups(content, [replace(KNOWN, pours=number)]), pours)[1][0].fit
        for number in (1, 100)
    ]
    few, many = (abs(np.log(fit.cup.discharge / KNOWN.discharge)) for fit in fits)
    assert many < 0.5 * few


def test_pours_that_are_not_of_the_cup_of_the_name(content, pours):
    wrong = pours_of_cup(KNOWN, 2)
    for name, others in (('jug', wrong), (KNOWN.name, pours[:1])):
        with pytest.raises(RecordingError, match=f"^'{name}': expected pours of cup .*, received"):
            calibrate_model(content, others, name)
    with pytest.raises(RecordingError, match="^'jug': expected pours of one cup, .* of 2 sizes"):
        calibrate_model(content, [pours[0], wrong[0]], 'jug')


def test_the_command_takes_a_name(tmp_path, content, pours, capsys):
    (tmp_path / 'model.onnx').write_bytes(content)
    np.save(tmp_path / 'jug.npy', array_of(pours[:2]))
    words = ['--model', str(tmp_path / 'model.onnx'), '--output', str(tmp_path / 'new.onnx')]
    data = ['--data', str(tmp_path / 'jug.npy')]
    assert calibrate.main([*words, *data, '--cup', 'jug']) == 0
    assert capsys.readouterr().out.startswith('jug, ')
    assert isinstance(cup_of((tmp_path / 'new.onnx').read_bytes(), 'jug'), CupSpec)
    assert calibrate.main([*words, *data, '--cup', 'jog']) == 0
    assert 'note: jog is new to the model, which knows ' in capsys.readouterr().out
    assert calibrate.main([*words, *data, '--cup', '']) == 2
    assert capsys.readouterr().err.startswith('error: name: expected plain text')
    with pytest.raises(SystemExit):
        calibrate.main([*words, '--mounting', 'mounting.json', '--cup', 'jug'])

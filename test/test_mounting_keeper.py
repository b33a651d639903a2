# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.mounting_keeper with estimators that learn."""

from dataclasses import replace
import json
from pathlib import Path

from hypothetical_pours import estimates_of, turn
import pytest
from small_models import INTERVAL, make_model, make_spec

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import MountingError
from pour_force_estimator.hypotheses import mounting_file
from pour_force_estimator.hypotheses.mounting_file import read_mountings
from pour_force_estimator.mounting_keeper import MountingKeeper

CUP = CupSpec.of_size(0.150, 0.090, discharge=0.5, pours=12)
OTHER_CUP = CupSpec.of_size(0.120, 0.121, pours=12)
CONTEXT = PourContext(4.0, cup_height=CUP.height, cup_diameter=CUP.diameter)
OTHER = PourContext(4.0, cup_height=OTHER_CUP.height, cup_diameter=OTHER_CUP.diameter)


def model_of(*cups):
    """Return a model that learns from weighed pours of `cups`."""
    return StepModel(make_model(make_spec(interval=INTERVAL, cups=cups)))


@pytest.fixture(scope='module')
def model():
    return model_of(CUP, OTHER_CUP)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / 'mounting.json')


def pour(estimator, weighed=None):
    """Pour once and return what is estimated in the end [N]."""
    estimator.reset()
    poured = estimates_of(estimator, turn())[-1].poured_weight
    if weighed is not None:
        estimator.weigh(weighed)
    return poured


def started(model, path, context=CONTEXT):
    """Return estimator and keeper after a restart, and what is said of it."""
    estimator = PourEstimator(model, context)
    keeper = MountingKeeper(path, estimator)
    return estimator, keeper, keeper.restore()


def refusal(model, path):
    """Return why a restart is refused: one line, not long, that names the file."""
    with pytest.raises(MountingError) as raised:
        started(model, path)
    message = str(raised.value)
    assert message.startswith(f'{path}: ') and message.isprintable() and len(message) < 500
    return message


@pytest.fixture
def kept(model, path):
    """Return what has written the file after a weighed pour."""
    estimator, keeper, _ = started(model, path)
    pour(estimator, weighed=0.7)
    keeper.keep()
    return estimator, keeper


def test_a_restart_loses_nothing(model, path):
    estimator, keeper, message = started(model, path)
    assert message == f'{path} is not there yet: nothing was learned of the mounting'
    pour(estimator, weighed=0.7)
    keeper.keep()
    again, keeper, message = started(model, path)
    assert message == f'{path}: {keeper.learned()}' and 'pours weighed: 1' in message
    assert again.mounting.to_dict() == estimator.mounting.to_dict()


def test_a_file_is_written_only_where_it_would_change(model, path):
    estimator, keeper, _ = started(model, path)
    keeper.keep()
    assert not Path(path).exists()  # nothing was learned, nothing is forgotten
    pour(estimator, weighed=0.7)
    keeper.keep()
    Path(path).unlink()
    keeper.keep()
    assert not Path(path).exists()
    estimator.remount()
    keeper.keep()
    assert 'pours weighed: 0, of earlier mountings: 1' in started(model, path)[2]


@pytest.mark.usefixtures('kept')
def test_another_cup_starts_without_and_both_stay_in_the_file(model, path):
    estimator, keeper, message = started(model, path, OTHER)
    assert message == f'{path} is of another cup, 150 x 90 mm: nothing was learned of this one'
    assert not estimator.mounting.has_learned
    pour(estimator, weighed=0.9)
    keeper.keep()
    assert started(model, path, OTHER)[2].endswith('pours weighed: 1')
    # that which was taken out meanwhile comes back in a new mounting
    assert started(model, path)[2].endswith('pours weighed: 0, of earlier mountings: 1')


def test_a_file_finds_a_cup_that_was_measured_again(model, path):
    height = 0.1
    for weighed in (0, 1):
        context = PourContext(initial_weight=3.0, cup_height=height, cup_diameter=0.080)
        estimator, keeper, _ = started(model, path, context)
        assert estimator.mounting.pours_weighed == weighed
        pour(estimator, weighed=0.5)
        keeper.keep()
        height += 0.0001
    assert len(read_mountings(path)) == 1


def test_cups_in_turn_keep_what_was_learned_of_them(path):
    """How they sit is unknown again, but not what they are like."""
    model = model_of(replace(CUP, offset_spread=0.06), OTHER_CUP)
    estimator, keeper, _ = started(model, path)
    new = estimator.mounting.spread
    pour(estimator, weighed=0.7)
    learned = estimator.mounting.spread
    estimator.reset(OTHER)
    pour(estimator, weighed=0.9)
    keeper.keep()
    again, _, _ = started(model, path, OTHER)
    for restarted in (estimator, again):
        restarted.reset(CONTEXT)
        assert (restarted.mounting.pours_weighed, restarted.mounting.pours_before) == (0, 1)
        assert learned < restarted.mounting.spread < new
    assert again.mounting.spread == pytest.approx(estimator.mounting.spread, rel=1e-12)


def test_restarts_leave_the_order_in_which_cups_were_put_away(path):
    """So that the cup that is forgotten is the one that was put away first."""
    cups = [CupSpec.of_size(0.1, 0.08, name=name) for name in ('first', 'second', 'third')]
    model = model_of(*cups)
    estimator, keeper, _ = started(model, path, PourContext(initial_weight=4.0, cup='first'))
    for cup in cups:
        estimator.reset(PourContext(initial_weight=4.0, cup=cup.name))
        pour(estimator, weighed=0.7)
    keeper.keep()
    for _ in range(2):
        estimator, keeper, _ = started(model, path, PourContext(initial_weight=4.0, cup='third'))
        assert [name for name, _ in estimator.put_away] == ['second', 'first']
        keeper.keep()
        assert [stored.cup for stored in read_mountings(path)] == ['third', 'second', 'first']


@pytest.mark.usefixtures('kept')
def test_what_an_older_model_learned_of_a_cup_goes_once_this_one_has_learned(path):
    """Another cup was in the gripper when the model changed, so that nothing was refused."""
    fitted_anew = replace(CUP, discharge=0.6, pours=13)
    model = model_of(fitted_anew, OTHER_CUP)
    estimator, keeper, _ = started(model, path, OTHER)
    estimator.reset(CONTEXT)
    pour(estimator, weighed=0.7)
    keeper.keep()
    assert len(read_mountings(path)) == 2
    estimator, keeper, message = started(model, path)
    assert 'pours weighed: 1' in message
    keeper.keep()
    assert len(read_mountings(path)) == 1


def test_what_is_of_a_cup_that_is_not_known_stays_in_the_file(kept, model, path):
    """The cup of a name has gone with its file; or the model knows a cup in another way."""
    unknown = mounting_file.StoredMounting(CupSize(0.2, 0.1), {'a': 1}, 'jug')
    mounting_file.write_mountings(path, [*read_mountings(path), unknown])
    estimator, keeper, message = started(model, path)
    assert 'pours weighed: 1' in message
    pour(estimator, weighed=0.7)
    keeper.keep()
    learned, *rest = read_mountings(path)
    assert learned.mounting['pours_weighed'] == 2 and rest == [unknown]


@pytest.mark.usefixtures('kept')
def test_a_model_that_knows_the_cup_in_another_way_and_broken_content_are_refused(model, path):
    fitted_anew = CupSpec.of_size(CUP.height, CUP.diameter, discharge=0.6, pours=13)
    assert 'another fit of it' in refusal(model_of(fitted_anew, OTHER_CUP), path)
    values = json.loads(Path(path).read_text())
    values['mountings'][0]['mounting']['cup'] = [['a\n'] * 99]
    Path(path).write_text(json.dumps(values))
    assert 'cup: expected' in refusal(model, path)


def test_without_a_path_nothing_is_kept(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    estimator, keeper, message = started(model, '')
    assert message == ''
    pour(estimator, weighed=0.7)
    keeper.keep()
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_learns_nothing_uses_no_file(path):
    Path(path).write_text('no mounting')
    estimator, keeper, message = started(StepModel(make_model()), path)
    assert message == f'{path} is not used: the model learns nothing from weighed pours'
    keeper.keep()
    assert keeper.learned() == 'nothing is learned of the mounting'
    assert Path(path).read_text() == 'no mounting'


def test_a_write_that_failed_is_tried_again(model, tmp_path):
    blocked = tmp_path / 'file'
    blocked.write_text('')
    path = str(blocked / 'mounting.json')
    estimator = PourEstimator(model, CONTEXT)
    keeper = MountingKeeper(path, estimator)
    pour(estimator, weighed=0.7)
    with pytest.raises(MountingError, match='cannot be written'):
        keeper.keep()
    blocked.unlink()
    keeper.keep()
    assert started(model, path)[0].mounting.pours_weighed == 1

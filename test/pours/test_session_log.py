# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.session_log."""

import math

import pytest

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.session_log import PourTask, SessionLog

MS = 1_000_000
TASK = PourTask(0.12, 0.121, initial_weight=3.5, target_weight=1.0, is_mounted_anew=True)
NEXT = PourTask(0.12, 0.121, initial_weight=3.0, target_weight=0.5, is_mounted_anew=False)


def pour(log, start_ms, poured, estimated, task=TASK):
    """Let 3 s go by, in which the cup moves after 1 s; return the pour."""
    log.begin(task)
    for step in range(31):
        stamp_ns = (start_ms + 100 * step) * MS
        log.scorer.add_truth(stamp_ns, poured * step / 30)
        if estimated is not None:
            # until the reset, that of the pour before
            weight = 9.0 if step < 5 else estimated * step / 30
            log.scorer.add_joint_state(stamp_ns, stamp_ns)
            log.scorer.add_lower(stamp_ns, weight - 0.25)
            log.scorer.add_upper(stamp_ns, weight + 0.25)
            log.scorer.add_estimate(stamp_ns, weight, stamp_ns + 2 * MS)
        log.add_tilt(stamp_ns, 0.1 if step < 10 else 0.5)
    return log.end(poured)


def test_a_pour_is_what_was_asked_weighed_and_estimated():
    log = SessionLog()
    log.is_known = True
    over = pour(log, 0, poured=1.25, estimated=1.0)
    assert (over.task, over.is_known, over.weighed) == (TASK, True, 1.25)
    assert over.estimated == pytest.approx(1.0)
    assert over.interval == pytest.approx((0.75, 1.25))
    assert over.off_target == pytest.approx(0.25)
    assert over.off_estimate == pytest.approx(-0.25)
    assert over.delays_s == pytest.approx(0.002)
    # what was said before the reset is left out
    assert max(over.trace.estimated_weight) == pytest.approx(1.0)
    assert over.trace.true_s[-1] == pytest.approx(2.1)  # from just before the motion


def test_pours_of_one_mounting_are_a_session():
    log = SessionLog()
    pours = [
        pour(log, 5000 * number, 1.0, 1.0, task)
        for number, task in enumerate((TASK, NEXT, TASK, NEXT, NEXT))
    ]
    assert log.pours == pours
    assert log.sessions() == [pours[:2], pours[2:]]
    assert log.pours[1].trace.true_weight[-1] == 1.0


def test_a_pour_without_estimates_has_none():
    over = pour(SessionLog(), 0, poured=1.0, estimated=None)
    assert math.isnan(over.estimated) and math.isnan(over.off_estimate)
    assert all(map(math.isnan, over.interval))
    assert len(over.trace.true_s) > 0


def test_a_weighing_without_a_pour_is_none():
    log = SessionLog()
    assert log.end(1.0) is None
    log.begin(TASK)
    assert log.end(1.0) is None  # nothing was seen of it
    pour(log, 0, 1.0, 1.0)
    assert log.end(1.0) is None
    assert len(log.pours) == 1


def test_a_task_comes_back_from_its_text():
    assert PourTask.from_json(TASK.to_json()) == TASK


@pytest.mark.parametrize('text', ['', '[]', '{}', '{"cup_height": 0.1}', '3'])
def test_what_is_no_task_is_refused(text):
    with pytest.raises(RecordingError, match='expected a task, received'):
        PourTask.from_json(text)

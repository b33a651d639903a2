"""Tests of pour_force_estimator.ros.rehearsals with a clock that stands still."""

from types import SimpleNamespace

import pytest

from pour_force_estimator.ros import rehearsals
from pour_force_estimator.ros.rehearsals import LEAD_NS, NEVER_NS, Rehearsals

PERIOD_NS = 16_000_000


class Clock:
    """A clock that the tests turn."""

    def __init__(self):
        self.now_ns = 5_000_000_000

    def perf_counter_ns(self):
        return self.now_ns


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(rehearsals, 'time', clock)
    return clock


@pytest.fixture
def calls():
    return []


@pytest.fixture
def nodes(calls):
    """Return a node that wants a rehearsal, and one that knows of none."""
    return [SimpleNamespace(rehearsal=lambda: calls.append(1)), SimpleNamespace()]


def steady(clock, messages=3):
    """Return `Rehearsals` after messages of a steady rate, the last one now."""
    rehearsals = Rehearsals()
    for _ in range(messages):
        clock.now_ns += PERIOD_NS
        rehearsals.message_came()
    return rehearsals


def test_nothing_is_expected_before_the_first_message(clock, nodes):
    assert Rehearsals().patience_ns(nodes) == NEVER_NS


def test_a_rehearsal_is_due_shortly_before_the_next_message(clock, nodes):
    rehearsals = steady(clock)
    assert rehearsals.patience_ns(nodes) == PERIOD_NS - LEAD_NS
    clock.now_ns += 3_000_000
    assert rehearsals.patience_ns(nodes) == PERIOD_NS - LEAD_NS - 3_000_000
    clock.now_ns += PERIOD_NS
    assert rehearsals.patience_ns(nodes) == 0


def test_messages_that_come_fast_leave_no_time_to_wait(clock, nodes):
    rehearsals = steady(clock)
    clock.now_ns += LEAD_NS // 2
    rehearsals.message_came()
    assert rehearsals.patience_ns(nodes) == 0


def test_one_rehearsal_for_each_message(clock, nodes, calls):
    rehearsals = steady(clock)
    rehearsals.rehearse(nodes)
    assert calls == [1]
    assert rehearsals.patience_ns(nodes) == NEVER_NS
    clock.now_ns += PERIOD_NS
    rehearsals.message_came()
    assert rehearsals.patience_ns(nodes) == PERIOD_NS - LEAD_NS


def test_nodes_may_do_without(clock, nodes, calls):
    rehearsals = steady(clock)
    nodes[0].rehearsal = None
    assert rehearsals.patience_ns(nodes) == NEVER_NS
    rehearsals.rehearse(nodes)
    assert calls == []

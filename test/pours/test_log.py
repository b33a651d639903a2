# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.log against numbers computed by hand."""

from dataclasses import replace
import math

import pytest

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours import log
from pour_force_estimator.pours.cut import Cut
from pour_force_estimator.pours.log import append_row, HEADER, PourComparison, read_log

S = 1_000_000_000
ABOUT = {'finished': '2026-01-02T03:04:05+00:00', 'model': 'small', 'model_digest': 'abc'}


def test_a_reading_waits_for_the_estimate_after_it_and_is_interpolated():
    comparison = PourComparison()
    comparison.add_reading(-1, 5.0)  # before the first
    assert comparison.add_estimate(0, 0.0) == []
    comparison.add_reading(S // 40, 5.0)
    assert comparison.add_estimate(S // 10, 1.0) == [(S // 40, 5.0, 0.25)]
    assert comparison.add_estimate(S // 5, 1.0) == []
    comparison.add_reading(S, 5.0)
    assert comparison.add_estimate(S, 0.1 + 0.2) == [(S, 5.0, 0.1 + 0.2)]  # unchanged
    comparison.add_reading(S + S // 2, 5.0)
    assert comparison.add_estimate(2 * S, 1.0) == []  # a gap


def test_a_reading_may_come_long_after_the_estimates_of_its_time():
    comparison = PourComparison()
    for tick in range(20):
        comparison.add_estimate(tick * S // 10, float(tick))
    assert comparison.add_reading(S // 20, 5.0) == [(S // 20, 5.0, 0.5)]
    assert comparison.add_reading(S, 6.0) == [(S, 6.0, 10.0)]


def test_late_readings_are_left_out_and_a_jump_of_the_clock_starts_anew():
    comparison = PourComparison()
    comparison.add_estimate(100 * S, 1.0)
    assert comparison.add_reading(100 * S, 5.0) == [(100 * S, 5.0, 1.0)]
    assert comparison.add_reading(99 * S + S // 2, 5.0) == []
    assert comparison.add_estimate(S, 2.0) == []
    assert comparison.add_reading(S, 6.0) == [(S, 6.0, 2.0)]


def compared(sign=1, interval=None):
    """Return the row of a pour of 0, 1, 2 N on a scale with 10 N on it; estimates are off."""
    comparison = PourComparison()
    for index, estimate in enumerate((0.0, 1.5, 1.9)):
        if interval is not None:
            comparison.add_bound('lower', index * S, estimate - interval)
            comparison.add_bound('upper', index * S, estimate + interval)
        comparison.add_reading(index * S, 10.0 + sign * index)
        comparison.add_estimate(index * S, estimate)
    cut = Cut(0, 2 * S, tare=10.0, change=sign * 2.0, drift=0.25)
    return comparison.row(cut, sign, **ABOUT)


ROW = compared(interval=0.2)


@pytest.mark.parametrize('sign', [1, -1])
def test_a_row_by_hand(sign):
    row = compared(sign)
    assert (row.start_stamp, row.duration_s, row.readings, row.scale_drift) == (0.0, 2.0, 3, 0.25)
    assert (row.poured, row.estimated, row.estimated_at_start) == (2.0, 1.9, 0.0)
    assert row.final_error == pytest.approx(-0.1)
    assert row.rmse == pytest.approx(math.sqrt((0.25 + 0.01) / 3.0))
    assert row.max_error == pytest.approx(0.5)
    assert math.isnan(row.interval_coverage)


@pytest.mark.parametrize('interval, coverage', [(0.01, 1 / 3), (0.2, 2 / 3), (1.0, 1.0)])
def test_coverage_of_the_interval(interval, coverage):
    assert compared(interval=interval).interval_coverage == pytest.approx(coverage)


def test_bounds_that_come_late_or_before_are_those_of_their_own_estimate():
    comparison = PourComparison()
    for index in range(3):
        if index:
            comparison.add_bound('lower', (index - 1) * S, index - 1.5)
            comparison.add_bound('upper', (index - 1) * S, index - 0.5)
        comparison.add_reading(index * S, 10.0 + index)
        comparison.add_estimate(index * S, float(index))
    cut = Cut(0, 2 * S, tare=10.0, change=2.0)
    assert comparison.row(cut, 1, **ABOUT).interval_coverage == 1.0


@pytest.mark.parametrize(
    'poured, coverage',
    [(0.5, 1.0), (0.05, 0.0), (0.95, 0.0)],
    ids=['of the time between', 'of the tick before', 'of the tick after'],
)
def test_the_bounds_of_a_reading_are_those_of_its_own_time(poured, coverage):
    """The estimate rises by 1 N from tick to tick; a reading halfway lies within 0.5 ± 0.1 N."""
    comparison = PourComparison()
    for tick in (0, 1):
        comparison.add_bound('lower', tick * S // 10, tick - 0.1)
        comparison.add_bound('upper', tick * S // 10, tick + 0.1)
        comparison.add_estimate(tick * S // 10, float(tick))
    comparison.add_reading(S // 20, 10.0 + poured)
    cut = Cut(0, S // 10, tare=10.0, change=poured)
    assert comparison.row(cut, 1, **ABOUT).interval_coverage == coverage


def test_a_pour_without_estimates_has_no_row():
    assert PourComparison().row(Cut(0, S, tare=0.0, change=1.0), 1, **ABOUT) is None


def test_readings_are_not_kept_for_ever_while_no_estimates_come():
    """A day at 100 Hz was a gigabyte."""
    comparison = PourComparison()
    for step in range(30_000):
        assert comparison.add_reading(step * S // 100, 5.0) == []
    kept = comparison._readings
    assert kept[-1][0] - kept[0][0] <= log.MEMORY_S * 1e9
    for step in range(log.MAX_ROWS + 10):  # a clock that stands still
        comparison.add_reading(300 * S, float(step))
    assert len(kept) <= log.MAX_ROWS


def test_rows_come_back_as_they_were(tmp_path):
    path = tmp_path / 'logs' / 'pours.csv'
    rows = [ROW, replace(ROW, poured=0.1 + 0.2, model='with, comma "and" quotes')]
    for row in rows:
        append_row(path, row)
    assert read_log(path) == rows
    assert path.read_text().splitlines()[0] == ','.join(HEADER)


def test_a_failed_append_leaves_the_log_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / 'pours.csv'
    append_row(path, ROW)
    before = path.read_bytes()

    def fail(*arguments):
        raise OSError('no space left on device')

    monkeypatch.setattr('os.replace', fail)
    with pytest.raises(OSError, match='no space left'):
        append_row(path, ROW)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ['pours.csv']


@pytest.mark.parametrize(
    'content, message',
    [
        ('', 'an empty file'),
        ('a,b\n1,2\n', 'received a,b'),
        (','.join(HEADER) + '\nhalf,1.0\n', 'line 2'),
        (','.join(HEADER) + '\n' + ','.join(['x'] * len(HEADER)) + '\n', 'line 2'),
    ],
)
def test_another_file_is_refused_and_stays(tmp_path, content, message):
    path = tmp_path / 'other.csv'
    path.write_text(content)
    with pytest.raises(RecordingError, match=message):
        append_row(path, ROW)
    assert path.read_text() == content

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
A log of pours: what a model estimated and what a scale said, a row of CSV for each pour.

The file is written anew with each row and takes the place of the old one in a single step, so
that no row in it is ever half; a row for each pour keeps it small.
"""

from collections import deque
import csv
from dataclasses import asdict, dataclass, fields
import io
import math
from pathlib import Path
from typing import get_type_hints, NamedTuple, TypeVar

import numpy as np

from ..errors import RecordingError
from ..files import write_text
from .cut import Cut

MAX_MATCH_S = 0.2
"""Longest time between two estimates that is interpolated [s]."""

JUMP_NS = 1_000_000_000
"""A stamp that is earlier than the last one by more is a jump of the clock, not a late message."""

MEMORY_S = 150.0
"""How long readings are kept for the pour that they may belong to [s]."""

MAX_ROWS = 200_000
"""Readings and estimates that are kept at most, whatever their stamps: 150 s at 1300 Hz."""


_Row = TypeVar('_Row', bound=tuple[float, ...])


@dataclass(frozen=True)
class PourRow:
    """
    One row of the log; weights in N.

    Attributes
    ----------
    finished : str
        When the pour was over, ISO 8601.
    start_stamp : float
        Stamp of its start [s].
    duration_s : float
        Its length [s].
    model, model_digest : str
        The model, as far as diagnostics have said.
    poured, estimated, final_error : float
        Last weight of the scale, last estimate, and estimate minus scale [N].
    estimated_at_start : float
        Estimate at the start [N]; more than noise if nobody has reset the estimator.
    rmse, max_error : float
        Over the pour [N].
    interval_coverage : float
        Part of the readings that lay within the model's interval; NaN if it publishes none.
    readings : int
        Readings of the scale that were compared.
    scale_drift : float
        Slope of the scale in the rest before [N/s].

    """

    finished: str
    start_stamp: float
    duration_s: float
    model: str
    model_digest: str
    poured: float
    estimated: float
    final_error: float
    estimated_at_start: float
    rmse: float
    max_error: float
    interval_coverage: float
    readings: int
    scale_drift: float


HEADER = tuple(field.name for field in fields(PourRow))
"""The columns of the log."""


class _Match(NamedTuple):
    """
    A reading of the scale [N] at a time [ns], and the estimate at that time [N].

    ``before_ns`` and ``after_ns`` are the stamps of the estimates that it was interpolated
    between; both are that of the reading where one estimate has the same.
    """

    stamp_ns: int
    reading: float
    estimate: float
    before_ns: int
    after_ns: int


class PourComparison:
    """
    Matches readings of a scale with estimates by their stamps.

    Messages of different topics overtake each other, and a scale lags: a reading waits until an
    estimate that is not older has come, and estimates are kept for readings that come later. What
    lies between two estimates is interpolated, and so are their bounds.
    """

    def __init__(self) -> None:
        self._readings: deque[tuple[int, float]] = deque(maxlen=MAX_ROWS)
        self._estimates: deque[tuple[int, float]] = deque(maxlen=MAX_ROWS)
        self._matched: deque[_Match] = deque(maxlen=MAX_ROWS)
        self._bounds: dict[str, dict[int, float]] = {'lower': {}, 'upper': {}}

    def add_bound(self, name: str, stamp_ns: int, weight: float) -> None:
        """Take the bound 'lower' or 'upper' [N] of the estimate with a stamp [ns]."""
        bounds = self._bounds[name]
        bounds[stamp_ns] = weight
        while len(bounds) > MAX_ROWS:
            del bounds[next(iter(bounds))]

    def add_reading(self, stamp_ns: int, weight: float) -> list[tuple[int, float, float]]:
        """
        Take a reading of the scale.

        Parameters
        ----------
        stamp_ns : int
            Its stamp [ns].
        weight : float
            The reading [N].

        Returns
        -------
        list of (int, float, float)
            Stamp [ns], reading [N] and estimate at that time [N], of the readings that are matched
            now.

        """
        _append(self._readings, (stamp_ns, weight))
        return self._match()

    def add_estimate(self, stamp_ns: int, weight: float) -> list[tuple[int, float, float]]:
        """Take an estimated poured weight [N] with its stamp [ns]; return as `add_reading`."""
        _append(self._estimates, (stamp_ns, weight))
        return self._match()

    def _match(self) -> list[tuple[int, float, float]]:
        matches = []
        while (
            self._readings and self._estimates and (self._readings[0][0] <= self._estimates[-1][0])
        ):
            stamp_ns, reading = self._readings.popleft()
            while len(self._estimates) > 1 and self._estimates[1][0] <= stamp_ns:
                self._estimates.popleft()  # no later reading needs it
            match = _match_reading(stamp_ns, reading, self._estimates)
            if match is not None:
                matches.append(match[:3])
                _append(self._matched, match)
        for buffer in (self._readings, self._estimates, self._matched):  # while none come, too
            while buffer and buffer[-1][0] - buffer[0][0] > MEMORY_S * 1e9:
                buffer.popleft()
        return matches

    def estimates(self, cut: Cut) -> tuple[np.ndarray, np.ndarray]:
        """Return stamps [ns] and estimates [N] at the readings of a pour: two of shape (n,)."""
        within = self._within(cut)
        return (
            np.array([match.stamp_ns for match in within], float),
            np.array([match.estimate for match in within], float),
        )

    def _within(self, cut: Cut) -> list[_Match]:
        return [match for match in self._matched if cut.start_ns <= match.stamp_ns <= cut.end_ns]

    def _bound(self, name: str, match: _Match) -> float:
        """Return a bound at the time of a reading [N]; NaN if one beside it has not come."""
        before, after = (
            self._bounds[name].get(stamp_ns, math.nan)
            for stamp_ns in (match.before_ns, match.after_ns)
        )
        return _interpolate(match.stamp_ns, (match.before_ns, before), (match.after_ns, after))

    def row(self, cut: Cut, sign: int, **about: str) -> PourRow | None:
        """
        Compare over a pour.

        Parameters
        ----------
        cut : Cut
            The pour.
        sign : {1, -1}
            In which direction the reading changes while the cup pours.
        **about
            ``finished``, ``model`` and ``model_digest`` of the `PourRow`.

        Returns
        -------
        PourRow or None
            None if there was no estimate at any reading.

        """
        within = self._within(cut)
        if not within:
            return None
        reading = np.array([match.reading for match in within])
        estimate = np.array([match.estimate for match in within])
        lower, upper = (
            np.array([self._bound(name, match) for match in within]) for name in self._bounds
        )
        poured = sign * (reading - cut.tare)
        errors = estimate - poured
        has_interval = np.isfinite(lower) & np.isfinite(upper)
        inside = (lower <= poured) & (poured <= upper)
        return PourRow(
            **about,
            start_stamp=cut.start_ns * 1e-9,
            duration_s=cut.duration_s,
            poured=sign * cut.change,
            estimated=float(estimate[-1]),
            final_error=float(estimate[-1]) - sign * cut.change,
            estimated_at_start=float(estimate[0]),
            rmse=float(np.sqrt(np.mean(errors**2))),
            max_error=float(np.abs(errors).max()),
            interval_coverage=(
                float(np.mean(inside[has_interval])) if has_interval.any() else math.nan
            ),
            readings=len(within),
            scale_drift=cut.drift,
        )


def _append(rows: deque[_Row], row: _Row) -> None:
    """Append a row that begins with a stamp; leave out a late one, start anew after a jump."""
    if rows and row[0] < rows[-1][0]:
        if rows[-1][0] - row[0] < JUMP_NS:
            return
        rows.clear()
    rows.append(row)


def _match_reading(
    stamp_ns: int, reading: float, estimates: deque[tuple[int, float]]
) -> _Match | None:
    """Match a reading with the first two estimates; None before them or in a gap."""
    before = estimates[0]
    if before[0] > stamp_ns:
        return None
    after = before if before[0] == stamp_ns else estimates[1]
    if after[0] - before[0] > MAX_MATCH_S * 1e9:
        return None
    estimate = _interpolate(stamp_ns, before, after)
    return _Match(stamp_ns, reading, estimate, before[0], after[0])


def _interpolate(stamp_ns: int, before: tuple[int, float], after: tuple[int, float]) -> float:
    """Return what lies between two values with stamps [ns]; they may be the same."""
    (before_ns, first), (after_ns, second) = before, after
    if before_ns == after_ns:
        return first
    part = (stamp_ns - before_ns) / (after_ns - before_ns)
    return first + (second - first) * part


def read_log(path: str | Path) -> list[PourRow]:
    """
    Read a log of pours.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    list of PourRow

    Raises
    ------
    RecordingError
        If the file is no log of pours; the message names line and column.

    """
    path = Path(path)
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding='utf-8'), newline='')))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RecordingError(f'{path}: expected a log of pours (CSV), received {error}') from error
    if not lines or tuple(lines[0]) != HEADER:
        raise RecordingError(
            f'{path}: expected a log of pours with the columns {",".join(HEADER)}, received '
            f'{",".join(lines[0]) if lines else "an empty file"}'
        )
    rows, kinds = [], get_type_hints(PourRow)
    for number, line in enumerate(lines[1:], start=2):
        try:
            rows.append(
                PourRow(*(kind(value) for kind, value in zip(kinds.values(), line, strict=True)))
            )
        except ValueError as error:
            raise RecordingError(f'{path}, line {number}: {error}') from error
    return rows


def append_row(path: str | Path, row: PourRow) -> None:
    """
    Append a row to a log of pours, which is made if it does not exist.

    Parameters
    ----------
    path : path-like
        The file.
    row : PourRow
        What to append.

    Raises
    ------
    RecordingError
        If the file is no log of pours; it stays as it is.

    """
    path = Path(path)
    rows = [*(read_log(path) if path.exists() else []), row]
    text = io.StringIO(newline='')
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(HEADER)
    writer.writerows(asdict(row).values() for row in rows)
    write_text(path, text.getvalue())

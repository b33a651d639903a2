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
from typing import get_type_hints, TypeVar

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


class PourComparison:
    """
    Matches readings of a scale with estimates by their stamps.

    Messages of different topics overtake each other, and a scale lags: a reading waits until an
    estimate that is not older has come, and estimates are kept for readings that come later. What
    lies between two estimates is interpolated.
    """

    def __init__(self) -> None:
        self._readings: deque[tuple[int, float]] = deque(maxlen=MAX_ROWS)
        self._estimates: deque[tuple[int, float]] = deque(maxlen=MAX_ROWS)
        self._matched: deque[tuple[int, float, float, int]] = deque(maxlen=MAX_ROWS)
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
            estimate = _interpolate(self._estimates, stamp_ns)
            if estimate is not None:
                matches.append((stamp_ns, reading, estimate))
                _append(self._matched, (*matches[-1], self._estimates[0][0]))
        for buffer in (self._readings, self._estimates, self._matched):  # while none come, too
            while buffer and buffer[-1][0] - buffer[0][0] > MEMORY_S * 1e9:
                buffer.popleft()
        return matches

    def estimates(self, cut: Cut) -> tuple[np.ndarray, np.ndarray]:
        """Return stamps [ns] and estimates [N] at the readings of a pour: two of shape (n,)."""
        within = self._within(cut)
        return within[:, 0], within[:, 2]

    def _within(self, cut: Cut) -> np.ndarray:
        return np.array(
            [match for match in self._matched if cut.start_ns <= match[0] <= cut.end_ns], float
        ).reshape(-1, 4)

    def _bounds_at(self, name: str, cut: Cut) -> np.ndarray:
        """Return the bounds of the estimates at the readings of a pour [N]; NaN for none."""
        bounds = self._bounds[name]
        return np.array(
            [
                bounds.get(match[3], math.nan)
                for match in self._matched
                if cut.start_ns <= match[0] <= cut.end_ns
            ]
        )

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
        if not len(within):
            return None
        reading, estimate = within[:, 1], within[:, 2]
        lower, upper = (self._bounds_at(name, cut) for name in ('lower', 'upper'))
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


def _interpolate(estimates: deque[tuple[int, float]], stamp_ns: int) -> float | None:
    """Return the estimate at a time between the first two; None before them or in a gap."""
    before_ns, before = estimates[0][:2]
    if before_ns == stamp_ns:
        return before
    if before_ns > stamp_ns or estimates[1][0] - before_ns > MAX_MATCH_S * 1e9:
        return None
    part = (stamp_ns - before_ns) / (estimates[1][0] - before_ns)
    return before + (estimates[1][1] - before) * part


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

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Tilt and weight of a bag at one rate and without gaps, from their stamps alone.

The tilt goes through the node's own resampler: where joint states lie on its ticks they pass
unchanged. The weight is interpolated at these ticks, later by the delay of the scale.
"""

from array import array
from dataclasses import dataclass

import numpy as np

from pour_force_estimator.pours.spikes import find_spikes
from pour_force_estimator.pours.stream import MAX_SILENCE_S
from pour_force_estimator.resampler import Resampler

from .clocks import difference, Piece, steady_pieces
from .problems import Problem
from .reading import Bag
from .samples import Samples

_MIN_SHARED_NS = 500_000_000
"""Time that parts of two topics share by their arrivals [ns]; less holds no pour."""

_S = 1_000_000_000


@dataclass(frozen=True)
class Segment:
    """
    A part of a bag without gaps.

    Attributes
    ----------
    stamps_ns : ndarray of shape (n,), int64
        Times of the ticks [ns].
    tilt : ndarray of shape (n,)
        Tilt of the cup [rad].
    weight : ndarray of shape (n,)
        Reading of the scale [N], its delay removed.
    offset_ns : int
        What makes a stamp a time since the begin of the bag [ns].
    why_ended : str
        Why it goes no further.
    readings_ns, spikes_ns : ndarray, int64
        Times of all readings of the scale at its time, and of the spikes among them [ns].

    """

    stamps_ns: np.ndarray
    tilt: np.ndarray
    weight: np.ndarray
    offset_ns: int
    why_ended: str
    readings_ns: np.ndarray
    spikes_ns: np.ndarray

    def time_s(self, stamp_ns: int) -> float:
        """Return the time since the begin of the bag [s] of a stamp [ns]."""
        return (stamp_ns - self.offset_ns) / _S


@dataclass(frozen=True)
class _Part:
    """Samples without gaps and jumps; what ended them."""

    stamps_ns: np.ndarray
    received_ns: np.ndarray
    values: np.ndarray
    why_ended: str


class Alignment:
    """
    Brings tilt and weight of a bag together.

    Parameters
    ----------
    bag : Bag
        What was read.
    rate_hz : float
        Rate of the ticks [Hz].

    Attributes
    ----------
    problems : list of Problem
        Spikes, clocks that jump or are apart, and no overlap.

    """

    def __init__(self, bag: Bag, rate_hz: float) -> None:
        self._start_ns = bag.start_ns
        self.problems: list[Problem] = []
        tilts, weights = (
            steady_pieces(samples, bag.name, bag.start_ns, self.problems)
            for samples in (bag.tilt, bag.weight)
        )
        readings = [_Readings(weight.samples) for weight in weights]
        self._note_spikes(bag, readings)
        self._pairs: list[tuple[list[_Part], Piece, _Readings, np.ndarray]] = []
        refused = False
        for tilt in tilts:
            parts = _tilt_parts(tilt, rate_hz)
            for weight, reading in zip(weights, readings):
                if _shared_ns(tilt.samples, weight.samples) < _MIN_SHARED_NS:
                    continue
                try:
                    ahead_s, text = difference(tilt, weight)
                except ValueError as error:
                    refused, text = True, str(error)
                else:
                    self._pairs.append((parts, weight, reading, ahead_s))
                if text:
                    self.problems.append(Problem(bag.name, bag.weight.topic, None, text))
        if not refused and not self.segments(0.0):
            self.problems.append(
                Problem(
                    bag.name,
                    bag.weight.topic,
                    None,
                    f'no overlap: {bag.tilt.topic} covers {_span(tilts)}, '
                    f'{bag.weight.topic} {_span(weights)}',
                )
            )

    def _note_spikes(self, bag: Bag, readings: list['_Readings']) -> None:
        spikes = sum(int(np.count_nonzero(reading.is_spike)) for reading in readings)
        if spikes:
            self.problems.append(
                Problem(
                    bag.name,
                    bag.weight.topic,
                    None,
                    f'{spikes} of {len(bag.weight.values)} readings are spikes, which '
                    'stick out of '
                    'their neighbours: left out',
                )
            )

    def segments(self, delay_s: float) -> list[Segment]:
        """
        Return what can be cut.

        Parameters
        ----------
        delay_s : float
            By how much the weight lags behind the tilt [s].

        Returns
        -------
        list of Segment
            In the order of arrival.

        """
        return [
            segment
            for parts, weight, reading, ahead_s in self._pairs
            for segment in _segments(
                parts,
                reading,
                np.round((ahead_s + delay_s) * _S).astype(np.int64),
                weight.why_ended or f'{reading.samples.topic} ends',
                self._start_ns,
            )
        ]


class _Readings:
    """Readings of a scale, and which of them are spikes."""

    def __init__(self, samples: Samples) -> None:
        self.samples = samples
        self.is_spike = find_spikes(samples.values)

    def at(self, stamps_ns: np.ndarray) -> tuple[Samples, np.ndarray, np.ndarray]:
        """Return those that are none, with these stamps; the sorted stamps of all, of spikes."""
        kept_samples = self.samples.stamped(stamps_ns).part(~self.is_spike)
        return kept_samples, np.sort(stamps_ns), np.sort(stamps_ns[self.is_spike])


def _tilt_parts(piece: Piece, rate_hz: float) -> list[_Part]:
    samples = piece.samples
    resampler = Resampler(rate_hz)
    parts: list[_Part] = []
    stamps, values, received = array('q'), array('d'), array('q')

    def close(why_ended: str) -> None:
        if stamps:
            parts.append(_Part(np.array(stamps), np.array(received), np.array(values), why_ended))
        for column in (stamps, values, received):
            del column[:]

    for stamp_ns, received_ns, value in zip(
        samples.stamps_ns.tolist(), samples.received_ns.tolist(), samples.values.tolist()
    ):
        ticks = resampler.push(stamp_ns, value)
        if resampler.interruption is not None:
            close(f'{resampler.interruption} of {samples.topic}')
            ticks = resampler.restart()
        for tick in ticks:
            stamps.append(tick.stamp_ns)
            values.append(tick.value)
            received.append(received_ns)
    close(piece.why_ended or f'{samples.topic} ends')
    return parts


def _weight_parts(samples: Samples, why_ended: str) -> list[_Part]:
    latest = np.maximum.accumulate(samples.stamps_ns)
    is_new = np.append(True, samples.stamps_ns[1:] > latest[:-1])  # neither late nor repeated
    samples = samples.part(is_new)
    silences_s = np.diff(samples.stamps_ns) / _S
    ends = (np.flatnonzero(silences_s > MAX_SILENCE_S) + 1).tolist()
    reasons = [f'no reading on {samples.topic} for {silences_s[end - 1]:.2f} s' for end in ends]
    bounds = [0, *ends, len(samples.stamps_ns)]
    return [
        _Part(
            samples.stamps_ns[begin:end],
            samples.received_ns[begin:end],
            samples.values[begin:end],
            why,
        )
        for begin, end, why in zip(bounds, bounds[1:], [*reasons, why_ended])
    ]


def _segments(
    tilts: list[_Part], readings: _Readings, shift_ns: np.ndarray, why_ended: str, start_ns: int
) -> list[Segment]:
    """Return what parts of tilts share with readings whose stamps are earlier by `shift_ns`."""
    samples, readings_ns, spikes_ns = readings.at(readings.samples.stamps_ns - shift_ns)
    if not len(samples.values):
        return []
    weights = _weight_parts(samples, why_ended)
    segments, first = [], 0
    for tilt in tilts:
        while first < len(weights) and weights[first].stamps_ns[-1] < tilt.stamps_ns[0]:
            first += 1
        for index in range(first, len(weights)):
            if weights[index].stamps_ns[0] > tilt.stamps_ns[-1]:
                break
            segment = _overlap(tilt, weights[index], start_ns, readings_ns, spikes_ns)
            if segment is not None:
                segments.append(segment)
    return segments


def _overlap(
    tilt: _Part, weight: _Part, start_ns: int, readings_ns: np.ndarray, spikes_ns: np.ndarray
) -> Segment | None:
    """Return the Segment that two parts share; None if they share no tick."""
    first, stop = np.searchsorted(tilt.stamps_ns, [weight.stamps_ns[0], weight.stamps_ns[-1] + 1])
    if stop - first < 2:
        return None
    stamps = tilt.stamps_ns[first:stop]
    base = stamps[0]
    return Segment(
        stamps,
        tilt.values[first:stop],
        np.interp(
            (stamps - base).astype(float), (weight.stamps_ns - base).astype(float), weight.values
        ),
        int(start_ns + stamps[0] - tilt.received_ns[first]),
        tilt.why_ended if stop == len(tilt.stamps_ns) else weight.why_ended,
        readings_ns,
        spikes_ns,
    )


def _shared_ns(tilt: Samples, weight: Samples) -> int:
    """Return for how long both topics were recorded at the same time [ns]; negative for never."""
    arrivals_ns = tilt.received_ns, weight.received_ns
    return int(min(times.max() for times in arrivals_ns)) - int(
        max(times.min() for times in arrivals_ns)
    )


def _span(pieces: list[Piece]) -> str:
    """Return the time that samples cover, in UTC."""
    stamps = np.concatenate([piece.samples.stamps_ns for piece in pieces])
    first, last = (
        np.datetime64(int(stamp), 'ns').astype('datetime64[ms]')
        for stamp in (stamps.min(), stamps.max())
    )
    return f'{first} to {last} UTC'

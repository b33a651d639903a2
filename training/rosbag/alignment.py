"""
Tilt and weight of a bag at one rate and without gaps, from their stamps alone.

The tilt goes through the node's own resampler: where joint states lie on its ticks they pass
unchanged. The weight is interpolated at these ticks, later by the delay of the scale.
"""

from dataclasses import dataclass

import numpy as np

from pour_force_estimator.pour_stream import LONGEST_SILENCE_S
from pour_force_estimator.resampler import Resampler

from .problems import Problem

_JUMP_S = 1.0
"""Difference between the step of the stamps and that of the arrivals that is a jump [s]."""

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

    """

    stamps_ns: np.ndarray
    tilt: np.ndarray
    weight: np.ndarray
    offset_ns: int
    why_ended: str

    def time_s(self, stamp_ns):
        """Return the time since the begin of the bag [s] of a stamp [ns]."""
        return (stamp_ns - self.offset_ns) / _S


@dataclass(frozen=True)
class _Part:
    """Samples without gaps and jumps; what ended them."""

    stamps_ns: np.ndarray
    received_ns: np.ndarray
    values: np.ndarray
    why_ended: str


def align(bag, rate_hz, delay_s=0.0):
    """
    Bring tilt and weight of a bag together.

    Parameters
    ----------
    bag : Bag
        What was read.
    rate_hz : float
        Rate of the ticks [Hz].
    delay_s : float
        By how much the weight lags behind the tilt [s].

    Returns
    -------
    segments : list of Segment
        In the order of arrival.
    problems : list of Problem
        Jumps of a clock, and no overlap.

    """
    problems = []
    tilts = _tilt_parts(bag, rate_hz, problems)
    weights = _weight_parts(bag, problems)
    delay_ns = round(delay_s * _S)
    segments = []
    for tilt in tilts:
        for weight in weights:
            segment = _overlap(tilt, weight, delay_ns, bag.start_ns)
            if segment is not None:
                segments.append(segment)
    if not segments:
        problems.append(Problem(
            bag.name, bag.weight.topic, None,
            f'no overlap: {bag.tilt.topic} covers {_span(bag.tilt)}, '
            f'{bag.weight.topic} {_span(bag.weight)}'))
    return segments, problems


def _tilt_parts(bag, rate_hz, problems):
    samples = bag.tilt
    resampler = Resampler(rate_hz)
    parts, ticks, received = [], [], []

    def close(why_ended):
        if ticks:
            stamps, values = zip(*ticks)
            parts.append(_Part(
                np.array(stamps), np.array(received, np.int64), np.array(values), why_ended))
        ticks.clear()
        received.clear()

    for index, (stamp_ns, value) in enumerate(zip(
            samples.stamps_ns.tolist(), samples.values.tolist())):
        new = resampler.push(stamp_ns, value)
        if resampler.interruption is not None:
            why = _why(bag, samples, index, resampler.interruption.last_ns, problems)
            close(why or f'{resampler.interruption} of {samples.topic}')
            resampler.reset()
            new = resampler.push(stamp_ns, value)
        ticks.extend(new)
        received.extend([samples.received_ns[index]] * len(new))
    close(f'{samples.topic} ends')
    return parts


def _weight_parts(bag, problems):
    samples = bag.weight
    parts, own = [], []
    for index, stamp_ns in enumerate(samples.stamps_ns.tolist()):
        if own:
            step_s = (stamp_ns - int(samples.stamps_ns[own[-1]])) / _S
            if -_JUMP_S < step_s <= 0.0:
                continue  # late or repeated
            why = _why(bag, samples, index, int(samples.stamps_ns[own[-1]]), problems)
            if why or step_s > LONGEST_SILENCE_S:
                why = why or f'no reading on {samples.topic} for {step_s:.2f} s'
                parts.append(_part(samples, own, why))
                own = []
        own.append(index)
    parts.append(_part(samples, own, f'{samples.topic} ends'))
    return parts


def _part(samples, own, why_ended):
    return _Part(samples.stamps_ns[own], samples.received_ns[own], samples.values[own], why_ended)


def _why(bag, samples, index, last_ns, problems):
    """Note a jump of the clock before sample `index`, and return it; '' if there is none."""
    step_s = (int(samples.stamps_ns[index]) - last_ns) / _S
    received_s = int(samples.received_ns[index] - samples.received_ns[index - 1]) / _S
    if abs(step_s - received_s) <= _JUMP_S:
        return ''
    text = f'the clock jumps by {step_s - received_s:+.2f} s'
    problems.append(Problem(
        bag.name, samples.topic, int(samples.received_ns[index] - bag.start_ns) / _S, text))
    return f'{text} on {samples.topic}'


def _overlap(tilt, weight, delay_ns, start_ns):
    """Return the Segment that two parts share; None if they share no tick."""
    if (tilt.received_ns[0] > weight.received_ns[-1]
            or weight.received_ns[0] > tilt.received_ns[-1]):
        return None  # the same stamps, but before and after a clock was set back
    first, stop = np.searchsorted(
        tilt.stamps_ns, [weight.stamps_ns[0] - delay_ns, weight.stamps_ns[-1] - delay_ns + 1])
    if stop - first < 2:
        return None
    stamps = tilt.stamps_ns[first:stop]
    base = stamps[0]
    return Segment(
        stamps, tilt.values[first:stop],
        np.interp((stamps - base + delay_ns).astype(float),
                  (weight.stamps_ns - base).astype(float), weight.values),
        int(start_ns + stamps[0] - tilt.received_ns[first]),
        tilt.why_ended if stop == len(tilt.stamps_ns) else weight.why_ended)


def _span(samples):
    """Return the time that samples cover, in UTC."""
    first, last = (np.datetime64(int(stamp), 'ns').astype('datetime64[ms]')
                   for stamp in (samples.stamps_ns.min(), samples.stamps_ns.max()))
    return f'{first} to {last} UTC'

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The clocks of a bag.

Each stamp is told by the clock of a robot or a sensor, each arrival by that of the recorder. How
far the stamps of a topic are ahead of their arrivals is the difference of its clock, less the
travel of its messages. Where this steps, a clock was set. Where it differs between two topics,
their clocks are apart, and stamps that look alike are of different times.
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import median_filter

from .problems import Problem
from .samples import Samples

MIN_STEP_S = 0.1
"""Change that is a step of a clock [s]: NTP sets a clock at 0.128 s, and slews it below."""

MAX_APART_S = 0.1
"""Difference between two clocks that may as well be the travel of messages [s]: it is left."""

_MAX_UNSTEADY_S = 0.1
"""How far a difference that is removed may be off the line that it follows [s]."""

_MAX_DRIFT = 0.001
"""By how much one clock may be faster than another [s/s]; those of computers are within 0.0002."""

_WINDOW_S = 5.0
"""Time before and after a step that it has to hold for [s]: a recorder may pause for a second."""

_BLOCK_S = 10.0
"""Time over which the difference of clocks is averaged [s]."""

_MAX_BLOCKS = 20_000
"""Blocks of a bag: two days of them, else they are longer."""

_STRAY_S = 0.5
"""Distance from its neighbours that makes a stamp a stray [s]."""

_NEIGHBOURS = 11

_MAX_STEPS = 1000
"""Steps in a bag; a clock that steps more often is none."""

_S = 1_000_000_000


class Piece(NamedTuple):
    """
    Samples while their clock was not set.

    Attributes
    ----------
    samples : Samples
        The samples.
    why_ended : str
        What ended it; '' at the end of the bag.

    """

    samples: Samples
    why_ended: str

    def ahead_s(self) -> np.ndarray:
        """Return how far stamps are ahead of arrivals: ndarray of shape (n,) [s]."""
        return _ahead_s(self.samples)


def _ahead_s(samples: Samples) -> np.ndarray:
    return (samples.stamps_ns - samples.received_ns) / _S


def steady_pieces(
    samples: Samples, bag: str, start_ns: int, problems: list[Problem]
) -> list[Piece]:
    """
    Divide the samples of a topic where its clock was set.

    Parameters
    ----------
    samples : Samples
        All samples; those without a stamp have that of 0.
    bag : str
        Name of the bag.
    start_ns : int
        Its begin [ns].
    problems : list of Problem
        Takes the steps, and the stamps that were left out.

    Returns
    -------
    list of Piece
        In the order of arrival.

    """
    samples = _stamped(samples, bag, problems)
    ahead_s = _ahead_s(samples)
    bounds, texts = [0], []
    for index, step_s in _steps(samples, ahead_s):
        texts.append(f'the clock jumps by {step_s:+.2f} s')
        bounds.append(index)
        problems.append(
            Problem(
                bag, samples.topic, (int(samples.received_ns[index]) - start_ns) / _S, texts[-1]
            )
        )
    bounds.append(len(samples.stamps_ns))
    texts = [*(f'{text} on {samples.topic}' for text in texts), '']
    return [
        Piece(samples.part(slice(begin, end)), text)
        for begin, end, text in zip(bounds, bounds[1:], texts)
        if end > begin
    ]


def _stamped(samples: Samples, bag: str, problems: list[Problem]) -> Samples:
    """Return samples with a stamp each: their own, or their arrival where most have none."""
    has_stamp = samples.stamps_ns != 0
    if 2 * np.count_nonzero(has_stamp) < len(has_stamp):
        return samples.stamped(samples.received_ns)
    if not has_stamp.all():
        problems.append(
            Problem(
                bag,
                samples.topic,
                None,
                f'{np.count_nonzero(~has_stamp)} messages without a stamp, among '
                'others with one, are '
                'left out',
            )
        )
        samples = samples.part(has_stamp)
    ahead_s = _ahead_s(samples)
    off_s = np.abs(ahead_s - median_filter(ahead_s, _NEIGHBOURS, mode='nearest'))
    is_stray = _runs_out_of_order(off_s > _STRAY_S, samples.stamps_ns)
    if is_stray.any():
        problems.append(
            Problem(
                bag,
                samples.topic,
                None,
                f'{np.count_nonzero(is_stray)} stamps stray by up to '
                f'{off_s[is_stray].max():.2f} s '
                'from those around them: these messages are left out',
            )
        )
        samples = samples.part(~is_stray)
    return samples


def _runs_out_of_order(is_off: np.ndarray, stamps_ns: np.ndarray) -> np.ndarray:
    """Return which samples are off in a run that is before or after both of its neighbours."""
    bounds = np.flatnonzero(np.diff(np.concatenate([[0], is_off.astype(np.int8), [0]])))
    begins, ends = bounds[::2], bounds[1::2]
    back = np.concatenate([[False], np.diff(stamps_ns) < 0, [False]])
    out = np.zeros(len(is_off) + 1, np.int8)
    is_back = back[begins] | back[ends]
    np.add.at(out, begins[is_back], 1)
    np.add.at(out, ends[is_back], -1)
    return np.cumsum(out)[:-1] > 0


def _steps(samples: Samples, ahead_s: np.ndarray) -> list[tuple[int, float]]:
    """Return index and size [s] of each step of a clock."""
    received_s = (samples.received_ns - samples.received_ns[0]) / _S
    jumps = np.diff(ahead_s)
    restarts = (np.diff(samples.stamps_ns) < -_S) & (np.diff(samples.received_ns) < -_S)
    steps: list[tuple[int, float]] = []
    for index in (np.flatnonzero((np.abs(jumps) > MIN_STEP_S) | restarts) + 1).tolist():
        if len(steps) == _MAX_STEPS:
            break
        if restarts[index - 1]:
            steps.append((index, float(np.diff(samples.stamps_ns)[index - 1] / _S)))
            continue
        before = ahead_s[_first_since(received_s, index - 1, -_WINDOW_S) : index]
        after = ahead_s[index : _first_since(received_s, index, _WINDOW_S)]
        changes = [np.median(after) - np.median(before), after.max() - before.max()]
        step_s = min(changes, key=abs)
        if step_s * jumps[index - 1] > 0.0 and abs(step_s) > MIN_STEP_S:
            steps.append((index, float(changes[0])))
    return steps


def _first_since(received_s: np.ndarray, index: int, seconds: float) -> int:
    """Return the end of a window of time that begins at `index` and goes forth or back."""
    reach = _NEIGHBOURS  # messages at least, of a topic that is slow
    if seconds < 0.0:
        return min(
            int(np.searchsorted(received_s, received_s[index] + seconds)),
            max(index - reach, 0),
            index,
        )
    return max(
        int(np.searchsorted(received_s, received_s[index] + seconds)),
        min(index + reach, len(received_s)),
        index + 1,
    )


def difference(tilt: Piece, weight: Piece) -> tuple[np.ndarray, str]:
    """
    Return how far the clock of a scale is ahead of that of the joints.

    Parameters
    ----------
    tilt, weight : Piece
        Of the same time.

    Returns
    -------
    seconds : ndarray of shape (n,)
        For each sample of `weight`, to be taken from its stamp [s]; 0 where the clocks are one.
    text : str
        What is said of it; '' where they are.

    Raises
    ------
    ValueError
        If the clocks are apart and not steadily so; the message says how.

    """
    no_correction = np.zeros(len(weight.samples.stamps_ns)), ''
    begin_ns = max(int(piece.samples.received_ns.min()) for piece in (tilt, weight))
    end_ns = min(int(piece.samples.received_ns.max()) for piece in (tilt, weight))
    blocks = min(max(1, round((end_ns - begin_ns) / _S / _BLOCK_S)), _MAX_BLOCKS)
    edges_ns = np.linspace(begin_ns, end_ns, blocks + 1)
    times_s, apart_s = _blocks(tilt, weight, edges_ns, begin_ns)
    if not len(apart_s) or np.abs(apart_s).max() <= MAX_APART_S:
        return no_correction
    drift, constant = (
        np.polyfit(times_s, apart_s, 1) if len(apart_s) > 2 else (0.0, float(np.mean(apart_s)))
    )
    off_s = np.abs(constant + drift * times_s - apart_s).max()
    names = f'that of {tilt.samples.topic}'
    if off_s > _MAX_UNSTEADY_S or abs(drift) > _MAX_DRIFT:
        raise ValueError(
            f'its clock is {apart_s.min():+.2f} to {apart_s.max():+.2f} s from {names}, and not '
            'steadily: no pour of this time is taken; let both tell one time (chrony, PTP)'
        )
    if np.abs(constant + drift * times_s).max() <= MAX_APART_S:
        return no_correction
    middle_s = float(np.median(apart_s))
    text = (
        f'its clock is {abs(middle_s):.2f} s {"ahead of" if middle_s > 0 else "behind"} '
        f'{names}, by stamps less arrivals ({_median_s(weight):+.2f} and '
        f'{_median_s(tilt):+.2f} s): removed'
    )
    if abs(drift) * 3600.0 >= 0.01 and abs(drift) * (times_s[-1] - times_s[0]) > 0.01:
        text += f', and so is its drift of {drift * 3600.0:+.2f} s/h'
    received_s = (weight.samples.received_ns - begin_ns) / _S
    return constant + drift * received_s, text


def _median_s(piece: Piece) -> float:
    return float(np.median(piece.ahead_s()))


def _blocks(
    tilt: Piece, weight: Piece, edges_ns: np.ndarray, begin_ns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the times of blocks and the difference of the clocks in each: two of shape (n,)."""
    medians = [_block_medians(piece, edges_ns) for piece in (tilt, weight)]
    has_both = np.isfinite(medians[0]) & np.isfinite(medians[1])
    times_s = ((edges_ns[1:] + edges_ns[:-1]) / 2.0 - begin_ns) / _S
    return times_s[has_both], (medians[1] - medians[0])[has_both]


def _block_medians(piece: Piece, edges_ns: np.ndarray) -> np.ndarray:
    ahead_s, received_ns = piece.ahead_s(), piece.samples.received_ns
    order = np.argsort(received_ns, kind='stable')
    bounds = np.searchsorted(received_ns[order], edges_ns)
    bounds[-1] = np.searchsorted(received_ns[order], edges_ns[-1], 'right')
    return np.array(
        [
            np.median(ahead_s[order[begin:end]]) if end > begin else np.nan
            for begin, end in zip(bounds, bounds[1:])
        ]
    )

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Timing of things beside each other, so that what disturbs one disturbs all."""

from collections.abc import Callable, Mapping, Sequence
import time
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

Line = dict[str, Any]
"""A line of the table; see `value`."""


def take_turns(
    contenders: Mapping[str, tuple[Callable[[], object], int]], blocks: int
) -> dict[str, np.ndarray]:
    """
    Time each call of some functions, a few calls of one after a few of the other.

    Parameters
    ----------
    contenders : dict of str to (callable, int)
        By name: what to call without arguments, and how often in each block.
    blocks : int
        How many turns each has. The order within a turn rotates.

    Returns
    -------
    dict of str to ndarray of shape (blocks, calls)
        Duration of each call by name [s].

    """
    durations_ns = {
        name: np.empty((blocks, calls), np.int64) for name, (_, calls) in contenders.items()
    }
    names = list(contenders)
    for block in range(blocks):
        first = block % len(names)
        for name in names[first:] + names[:first]:
            _time_block(contenders[name][0], durations_ns[name][block])
    return {name: durations * 1e-9 for name, durations in durations_ns.items()}


def _time_block(call: Callable[[], object], durations_ns: np.ndarray) -> None:
    clock = time.perf_counter_ns
    call()  # what ran before has taken the caches
    for index in range(len(durations_ns)):
        began_ns = clock()
        call()
        durations_ns[index] = clock() - began_ns


def paired_ratio(
    durations: Sequence[ArrayLike] | np.ndarray,
    reference: Sequence[ArrayLike] | np.ndarray,
    percentile: float = 50,
) -> float:
    """
    Return the median over blocks of the ratio of percentiles within the block, a float.

    Parameters
    ----------
    durations, reference : sequence of sequence of float
        Durations of each block; there are equally many blocks, not equally many durations.
    percentile : float
        Which percentile of a block.

    """
    return float(
        np.median(
            [
                np.percentile(a, percentile) / np.percentile(b, percentile)
                for a, b in zip(durations, reference)
            ]
        )
    )


def figure(
    part: str,
    name: str,
    durations: ArrayLike,
    ratio: float | None = None,
    beside: str | None = None,
    aim: float | None = None,
) -> Line:
    """
    Return one line of the table.

    Parameters
    ----------
    part, name : str
        What was measured.
    durations : array-like
        All of them [s]; p50, p99 and the largest are kept.
    ratio : float, optional
        Median paired ratio to `beside`.
    beside : str, optional
        Name of the figure that it was compared with.
    aim : float, optional
        What the ratio is to be at most.

    Returns
    -------
    dict
        Durations in microseconds.

    """
    durations_us = np.ravel(durations) * 1e6
    return {
        **value(part, name, np.median(durations_us), 'µs', ratio=ratio, beside=beside, aim=aim),
        'p99': float(np.percentile(durations_us, 99)),
        'max': float(durations_us.max()),
        'count': len(durations_us),
    }


def value(
    part: str,
    name: str,
    number: float | np.floating[Any],
    unit: str,
    *,
    ratio: float | None = None,
    beside: str | None = None,
    aim: float | None = None,
    limit: float | None = None,
) -> Line:
    """
    Return one line of the table for a single number.

    Parameters
    ----------
    part, name : str
        What was measured.
    number : float
        Its value.
    unit : str
        Its unit.
    ratio, beside, aim
        As of `figure`.
    limit : float, optional
        What the number itself is to be at most.

    Returns
    -------
    dict

    """
    met = None
    if aim is not None:
        met = ratio is not None and ratio <= aim
    elif limit is not None:
        met = bool(number <= limit)
    return {
        'part': part,
        'name': name,
        'value': float(number),
        'unit': unit,
        'ratio': ratio,
        'beside': beside,
        'aim': aim,
        'limit': limit,
        'met': met,
    }

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tilt and weight over time as an arm and a scale give them, made by hand."""

import numpy as np

RATE_HZ = 60.0
REST, TILTED = 0.1, 1.2
"""Tilt of a cup at rest, and of one that pours [rad]."""


def signal(*parts):
    """Join parts (seconds, tilt at the end [rad], weight at the end [N]) by straight lines."""
    tilt, weight = [parts[0][1]], [parts[0][2]]
    for seconds, to_tilt, to_weight in parts:
        steps = round(seconds * RATE_HZ)
        tilt += np.linspace(tilt[-1], to_tilt, steps + 1)[1:].tolist()
        weight += np.linspace(weight[-1], to_weight, steps + 1)[1:].tolist()
    stamps = np.array([round(step * 1e9 / RATE_HZ) for step in range(len(tilt))])
    return stamps, np.array(tilt), np.array(weight)


def ticks(*parts):
    """Return the same as a list of (stamp [ns], tilt [rad], weight [N]), one after the other."""
    return list(zip(*(column.tolist() for column in signal(*parts))))


def pour(before, after, rest_s=2.0, settled_s=2.0):
    """Return the parts of a pour: rest, up, pour, down, settle."""
    return (
        (rest_s, REST, before),
        (2.0, TILTED, before),
        (1.0, TILTED, after),
        (1.0, REST, after),
        (settled_s, REST, after),
    )

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a true prediction would be."""

import copy

from pour_force_estimator.estimator import RETURN_ACCELERATION, RETURN_SPEED


def foreseen_weight(live, tilt, velocity, rest_tilt, step_s):
    """Return what will have left the cup if the arm turns back now [N], by the same physics."""
    live = copy.deepcopy(live)
    while tilt > rest_tilt:
        velocity = max(velocity - RETURN_ACCELERATION * step_s, -RETURN_SPEED)
        tilt += velocity * step_s
        live.step(tilt)
        if velocity < 0.0 and live.is_settled:
            break
    return live.poured_weight

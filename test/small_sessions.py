# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Cups and spreads of the sessions that tests pour in."""

from pour_force_estimator.cups.spec import CupSpec
from training.in_the_loop.cups import KNOWN, Truth

CYLINDER = Truth('cylinder', KNOWN, CupSpec.of_size(0.120, 0.121, discharge=0.5, delay_s=0.05))
BOTTLE = Truth(
    'bottle',
    KNOWN,
    CupSpec.of_size(0.285, 0.089, lip_ratio=0.5, discharge=0.6, choke=0.3, delay_s=0.1),
)
CUPS = (CYLINDER, BOTTLE)
EXACT = {'session_spread': 0.0, 'pour_spread': 0.0, 'discharge_spread': 0.0}
"""Sessions whose physics and mountings are those that everybody expects."""

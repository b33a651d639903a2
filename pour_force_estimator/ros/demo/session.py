# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the demo pours to targets: several times from a known cup, then from one never seen."""

TARGETS_G = {
    'cylinder_120x121': (120.0, 80.0, 150.0, 100.0, 130.0),
    'custom': (100.0, 120.0, 70.0, 110.0, 90.0),
}
"""What to pour from each cup [g]."""

NEW_CUP = {
    'cup.height': 0.150,
    'cup.diameter': 0.098,
    'cup.discharge': 0.5,
    'cup.angle_offset': 0.087,
}
"""The second cup, a cylinder; no pour of one of its size was ever recorded."""

MAX_POURS = 5
"""Most pours from each cup."""

MAX_AGE_S = 0.25
"""Age at which estimates and joint states are stale, in real time [s]."""


def arm_parameters(pours: int = MAX_POURS) -> dict[str, object]:
    """Return parameters of `simulated_arm` for a number of pours from each cup."""
    cups = [cup for cup in TARGETS_G for _ in range(pours)]
    targets = [target for of_cup in TARGETS_G.values() for target in of_cup[:pours]]
    return {
        'control': 'estimate',
        'cups': cups,
        'targets': targets,
        **NEW_CUP,
        'seed': 1,
        'wait_for_subscribers': 3,  # the estimator, who steers, and the monitor
    }


def pourer_parameters(speed: float) -> dict[str, object]:
    """Return parameters of `pour_to_target` for an arm that is `speed` times as fast as time."""
    if speed == 1.0:
        return {}
    # In simulated time a pause of this machine lasts longer.
    return {
        'use_sim_time': True,
        'max_estimate_age': speed * MAX_AGE_S,
        'max_joint_state_age': speed * MAX_AGE_S,
    }

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Replay recorded pours as the joint states of an arm.

::

    ros2 run pour_force_estimator replay --ros-args -p data:=pours.npy
"""

import sys

import numpy as np
from rcl_interfaces.msg import ParameterDescriptor
from rclpy.node import Node

from ...pours.recordings import load_recordings, RecordedPour
from .arm_player import play_pours, PlayedPour


def load_pours(node: Node) -> list[PlayedPour]:
    """Return the pours that the parameters name, a list of PlayedPour."""
    for name, default, description in (
        ('data', '', 'File of recorded pours (.npy or .npz).'),
        ('schema', '', "'dim' or 'robot_trials'; empty to tell by the number of columns."),
        ('first', 0, 'Position of the first pour to play.'),
        ('count', 3, 'Number of pours to play; 0 for all.'),
    ):
        node.declare_parameter(name, default, ParameterDescriptor(description=description))
    data, schema, first, count = (
        node.get_parameter(name).value for name in ('data', 'schema', 'first', 'count')
    )
    recordings = load_recordings(data, schema)
    last = first + count if count else None
    return [played_pour(pour) for pour in recordings.pours[first:last]]


def played_pour(pour: RecordedPour) -> PlayedPour:
    """Return a `RecordedPour` as a `PlayedPour`."""
    period_ns = 1e9 / pour.schema.sample_rate_hz
    return PlayedPour(
        label=f'pour {pour.index}',
        elapsed_ns=np.array([round(step * period_ns) for step in range(len(pour))]),
        tilt=pour.tilt,
        poured_weight=pour.poured_weight,
        context=pour.context,
    )


def main(args: list[str] | None = None) -> int:
    """Run the node; return its exit code."""
    return play_pours('arm', load_pours, args)


if __name__ == '__main__':
    sys.exit(main())

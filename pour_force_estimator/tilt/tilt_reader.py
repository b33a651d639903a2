# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From joint states to the tilt of the cup, with what cannot be believed left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .joint_guard import JointGuard
from .joint_reader import JointPositions, JointReader
from .joint_tilt import JointTilt
from .source_check import TwoSources

if TYPE_CHECKING:
    from .urdf_tilt import UrdfTilt  # most arms need none: a node starts sooner without


class TiltReader:
    """
    Reads the tilt of the cup.

    Parameters
    ----------
    tilt : JointTilt or UrdfTilt
        How the tilt follows from the joints.
    max_joint_velocity : float
        A joint state that needs a faster motion since the last one is refused [rad/s].

    Attributes
    ----------
    joints : JointReader
        What picks the joints; it knows what was refused, and which joints were seen.

    """

    def __init__(self, tilt: JointTilt | UrdfTilt, max_joint_velocity: float) -> None:
        self._tilt = tilt
        self._guard = JointGuard(max_joint_velocity)
        self.joints = JointReader(tilt.joints, self._guard)

    def reset(self) -> None:
        """Begin a pour: neither the last positions nor a second source count any more."""
        self.forget_positions()
        self.forget_conflict()

    @property
    def conflict(self) -> TwoSources | None:
        """What gave a joint away as that of two sources; None if it has one."""
        return self.joints.sources.conflict

    def forget_conflict(self) -> None:
        """See anew whether a joint has two sources."""
        self.joints.sources.reset()

    def forget_positions(self) -> None:
        """Let the arm be anywhere in the next message, as after a jump of its clock."""
        self._guard.reset()

    def read(
        self, stamp_ns: int, message: JointPositions, number: int | None = None
    ) -> float | None:
        """
        Return the tilt [rad].

        Parameters
        ----------
        stamp_ns : int
            Time of the message [ns].
        message : sensor_msgs.msg.JointState
            Any joint state.
        number : int, optional
            Sequence number that its publisher gave it.

        Returns
        -------
        float or None
            The tilt [rad]; None if the message is refused.

        """
        positions = self.joints.read(stamp_ns, message, number)
        return None if positions is None else self._tilt(positions)

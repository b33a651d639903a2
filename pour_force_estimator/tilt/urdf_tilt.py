# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
From the joints of an arm to the tilt of the cup that it holds, by the arm's own description.

Where `pour_force_estimator.tilt.joint_tilt.JointTilt` needs to be told how the tilt follows from
the joints, `UrdfTilt` finds out from a URDF, for any pose of any arm.
"""

from collections.abc import Sequence
import math

import numpy as np

from ..errors import TiltError
from ..text import MAX_LINE, one_line
from .urdf_chain import (
    Chain,
    check_chain,
    direction,
    find_chain,
    find_master,
    joint_axis,
    joint_rotation,
    read_urdf,
    TURNING,
)


class UrdfTilt:
    """
    The angle between the axis of a cup and the vertical, by forward kinematics.

    The angle has no sign: it is 0 for an upright cup, pi for one upside down, and grows again
    when the cup is turned on beyond pi or back beyond 0. A `JointTilt` has a sign and goes on.
    For joints whose axes are parallel and horizontal the two agree while the `JointTilt` is
    between 0 and pi; this one needs no sign, as it grows whichever way the cup pours.

    Limits of the joints are ignored: an arm is where it says it is. Only joints between
    `root_frame` and `frame` have to be of a type that is known here, and meshes are never opened.

    Parameters
    ----------
    urdf : str
        The URDF itself (XML), not its path; xacro has to be expanded before.
    frame : str
        Frame of the cup: a link of the URDF.
    axis : sequence of 3 floats
        Axis of the cup in `frame`, from its bottom to its opening; its length does not matter.
    root_frame : str, optional
        Frame whose z axis points up; by default the URDF's root link.

    Attributes
    ----------
    joints : tuple of str
        Names of the movable joints between `root_frame` and `frame`, in that order. A joint that
        mimics another is not among them: the joint that it follows is, even one elsewhere.
    frame, root_frame : str
        As above; the root link's name where none was given.

    Raises
    ------
    TiltError
        If the text is no URDF, a frame is missing, no joint turns the cup, a joint on the way
        cannot be used, or the axis is no direction.

    Examples
    --------
    >>> tilt = UrdfTilt('''
    ...     <robot name="arm">
    ...       <link name="base"/>
    ...       <link name="cup"/>
    ...       <joint name="wrist" type="revolute">
    ...         <parent link="base"/> <child link="cup"/> <axis xyz="1 0 0"/>
    ...       </joint>
    ...     </robot>''', 'cup')
    >>> tilt.joints
    ('wrist',)
    >>> tilt([-0.25])
    0.25

    """

    def __init__(
        self,
        urdf: str,
        frame: str,
        axis: Sequence[float] = (0.0, 0.0, 1.0),
        root_frame: str | None = None,
    ) -> None:
        try:
            self._read(urdf, frame, axis, root_frame)
        except TiltError as error:  # which may quote any name of the URDF, of any length
            text = str(error)
            if len(text) <= MAX_LINE and text.isprintable():
                raise
            raise TiltError(one_line(text)) from error

    def _read(self, urdf: str, frame: str, axis: Sequence[float], root_frame: str | None) -> None:
        axis = direction(axis, 'axis')
        frames, joints = read_urdf(urdf)
        for name in (frame, root_frame):
            if name is not None and name not in frames:
                raise TiltError(f'no frame {name!r} in the URDF; its frames: {", ".join(frames)}')
        root_frame, chain = find_chain(joints, frame, root_frame)
        check_chain(chain, frame, root_frame)

        # Cup and joint axes in the root frame while all joints are at zero. The cup's axis in any
        # other pose follows by turning it about these, the last joint first: the product of
        # exponentials.
        rotation = _rotations_at_zero(chain, root_frame)
        self._cup_axis = tuple((rotation[frame] @ axis).tolist())
        self._turns = []
        masters = []
        for joint, sense in chain:
            if joint.type == 'fixed':
                continue
            master, multiplier, offset = find_master(joint, joints)
            if master not in masters:
                masters.append(master)
            if joint.type in TURNING:
                turning_axis = rotation[joint.child] @ joint_axis(joint)
                self._turns.append(
                    (
                        masters.index(master),
                        sense * multiplier,
                        sense * offset,
                        *turning_axis.tolist(),
                    )
                )
        self._turns.reverse()
        self.joints = tuple(masters)
        self.frame = frame
        self.root_frame = root_frame

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(frame={self.frame!r}, root_frame={self.root_frame!r}, '
            f'joints={self.joints!r})'
        )

    def __call__(self, positions: Sequence[float]) -> float:
        """
        Return the tilt [rad], from 0 to pi; nan if a position that matters is not finite.

        Parameters
        ----------
        positions : sequence of float
            Positions of `joints` [rad, or m for one that slides], in that order.

        """
        x, y, z = self._cup_axis
        for index, multiplier, offset, axis_x, axis_y, axis_z in self._turns:
            angle = multiplier * float(positions[index]) + offset
            if not math.isfinite(angle):
                return math.nan
            # Rodrigues' rotation formula in plain floats: numpy is slower for three numbers.
            cos, sin = math.cos(angle), math.sin(angle)
            along = (axis_x * x + axis_y * y + axis_z * z) * (1.0 - cos)
            x, y, z = (
                x * cos + (axis_y * z - axis_z * y) * sin + axis_x * along,
                y * cos + (axis_z * x - axis_x * z) * sin + axis_y * along,
                z * cos + (axis_x * y - axis_y * x) * sin + axis_z * along,
            )
        # Of cross and dot product with the vertical: exact near 0 and pi, where acos(z) is not.
        return math.atan2(math.hypot(x, y), z)


def _rotations_at_zero(chain: Chain, root_frame: str) -> dict[str, np.ndarray]:
    """
    Return how the frames on the way are turned against the root frame with all joints at zero.

    Returns
    -------
    dict of str to ndarray of shape (3, 3)

    """
    rotations = {root_frame: np.eye(3)}
    for joint, sense in chain:
        if sense > 0:
            rotations[joint.child] = rotations[joint.parent] @ joint_rotation(joint)
        else:
            rotations[joint.parent] = rotations[joint.child] @ joint_rotation(joint).T
    return rotations

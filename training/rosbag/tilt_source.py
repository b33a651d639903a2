# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the tilt follows from the joints in a bag: as told, or by a URDF, given or recorded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rosbags.typesys import get_typestore, Stores

from pour_force_estimator.bounded_file import read_bounded
from pour_force_estimator.errors import RecordingError, TiltError
from pour_force_estimator.text import shortened
from pour_force_estimator.tilt.joint_tilt import JointTilt
from pour_force_estimator.tilt.urdf_tilt import UrdfTilt

from ..errors import BagError
from .contents import Contents
from .storage import read_messages

ROBOT_DESCRIPTION = '/robot_description'
"""Topic on which robot_state_publisher keeps the URDF."""

STRING = 'std_msgs/msg/String'

MAX_URDF_BYTES = 16 << 20

_TYPES = get_typestore(Stores.ROS2_JAZZY)


@dataclass(frozen=True)
class UrdfSource:
    """
    A tilt from a URDF, as the node's parameters cup_frame, cup_axis and world_frame name it.

    Attributes
    ----------
    frame : str
        Link of the URDF that the cup is fixed to.
    axis : tuple of float
        Axis of the cup in `frame`, from its bottom to its opening.
    root_frame : str or None
        Link whose z axis points up; None for the root.
    urdf : str or None
        The URDF itself; None for the one that each bag holds on `topic`.
    topic : str
        Topic of the URDF.

    """

    frame: str
    axis: tuple[float, ...] = (0.0, 0.0, 1.0)
    root_frame: str | None = None
    urdf: str | None = None
    topic: str = ROBOT_DESCRIPTION

    def tilt(self, path: Path) -> UrdfTilt:
        """
        Return how the tilt follows from the joints of a bag.

        Parameters
        ----------
        path : Path
            The bag.

        Raises
        ------
        BagError
            If the bag holds no URDF, or it does not serve.

        """
        urdf = self.urdf if self.urdf is not None else _recorded_urdf(path, self.topic)
        try:
            return UrdfTilt(urdf, self.frame, self.axis, self.root_frame)
        except TiltError as error:
            raise BagError(shortened(str(error), 300)) from error

    def describe(self) -> dict[str, Any]:
        """Return what it is, in terms that YAML has."""
        return {
            'cup_frame': self.frame,
            'cup_axis': list(self.axis),
            'world_frame': self.root_frame or '',
            'urdf': self.topic if self.urdf is None else 'given',
        }


TiltSource = JointTilt | UrdfSource
"""Where the tilt comes from."""


def tilt_of(source: TiltSource, path: Path) -> JointTilt | UrdfTilt:
    """Return how the tilt follows from the joints of the bag at `path`."""
    return source.tilt(path) if isinstance(source, UrdfSource) else source


def describe_tilt(source: TiltSource) -> dict[str, Any]:
    """Return what a source is, in terms that YAML has and by the names of the parameters."""
    if isinstance(source, UrdfSource):
        return source.describe()
    return {
        'joints': list(source.joints),
        'joint_coefficients': list(source.coefficients),
        'tilt_offset': source.offset,
    }


def read_urdf_file(path: Path) -> str:
    """Return the text of a URDF's file; raise `BagError` if it is none."""
    try:
        return read_bounded(path, MAX_URDF_BYTES).decode('utf-8')
    except (OSError, RecordingError, UnicodeDecodeError, ValueError) as error:
        raise BagError(
            f'--urdf: expected the file of a URDF, received {shortened(str(path), 150)} '
            f'({shortened(str(error), 150)})'
        ) from error


def _recorded_urdf(path: Path, topic: str) -> str:
    """Return the first URDF that a bag holds."""
    contents = Contents((topic,))
    for message in read_messages(path, contents):
        if message.topic != topic or message.kind != STRING:
            continue
        try:
            content: Any = _TYPES.deserialize_cdr(message.data, STRING)
            return str(content.data)
        except Exception as error:  # the library raises what its parsers raise
            raise BagError(f'{topic}: expected a URDF, received a broken message') from error
    raise BagError(
        f'{topic}: expected the URDF of the arm ({STRING}), received a bag without: record that '
        'topic too, or give --urdf FILE'
    )

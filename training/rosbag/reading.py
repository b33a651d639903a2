# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Tilts and weights out of one bag.

A message with a header counts from its stamp, one without from its arrival at the recorder. What
is read is taken from the files alone, see `training.rosbag.storage`; the library rosbags knows how
messages are serialized. No ROS is needed.
"""

from array import array
from collections import Counter
from dataclasses import dataclass
import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.typesys import get_typestore, Stores

from pour_force_estimator.pours.scale import Scale, SCALE_TYPES
from pour_force_estimator.text import shortened
from pour_force_estimator.tilt.joint_tilt import JointTilt
from pour_force_estimator.tilt.tilt_reader import TiltReader
from pour_force_estimator.tilt.urdf_tilt import UrdfTilt

from ..errors import BagError
from .contents import Contents, RawMessage
from .problems import listed, Problem
from .samples import Samples
from .storage import read_messages
from .tilt_source import tilt_of, TiltSource

JOINT_STATE = 'sensor_msgs/msg/JointState'

_SCALE = f'a scale, {SCALE_TYPES["Float64"]} or {SCALE_TYPES["WrenchStamped"]}'
"""What is expected of a topic, in short: other numbers and plain wrenches are taken, too."""

MAX_JOINT_VELOCITY = 20.0
"""A joint state that needs a faster motion is refused [rad/s], as by the node's default."""

_TYPES = get_typestore(Stores.ROS2_JAZZY)


@dataclass(frozen=True)
class Bag:
    """
    What one bag holds.

    Attributes
    ----------
    name : str
        Name of its folder or file.
    digest : str
        SHA-256 over its files, hexadecimal.
    start_ns : int
        Arrival of its first message [ns].
    tilt : Samples
        Tilt of the cup [rad].
    weight : Samples
        Reading of the scale [N].
    problems : tuple of Problem
        What was refused.

    """

    name: str
    digest: str
    start_ns: int
    tilt: Samples
    weight: Samples
    problems: tuple[Problem, ...]


def read_bag(
    path: Path, joint_topic: str, tilt: TiltSource, scale_topic: str, scale: Scale
) -> Bag:
    """
    Read a bag.

    Parameters
    ----------
    path : path-like
        Folder of a rosbag2, or its file.
    joint_topic : str
        Topic of the joint states.
    tilt : JointTilt or UrdfSource
        How the tilt follows from the joints.
    scale_topic : str
        Topic of the scale.
    scale : Scale
        How its messages are read.

    Returns
    -------
    Bag

    Raises
    ------
    BagError
        If the bag cannot be read or lacks a topic or a joint; the message names what it has.

    """
    path = Path(path)
    name = path.resolve().name
    joints, weights = _Tilts(joint_topic, tilt_of(tilt, path)), _Weights(scale_topic, scale)
    contents = Contents((joint_topic, scale_topic))
    for message in read_messages(path, contents):
        if message.topic == joint_topic and message.kind == JOINT_STATE:
            joints.take(message)
        if message.topic == scale_topic and message.kind in SCALE_TYPES.values():
            weights.take(message)
    _check_topic(contents, joint_topic, (JOINT_STATE,), f'joint states, {JOINT_STATE}')
    _check_topic(contents, scale_topic, tuple(SCALE_TYPES.values()), _SCALE)
    joints.check_names()
    problems = _problems(name, contents)
    for signal in (joints, weights):
        if not len(signal.values):
            reasons = [f'{count} {text}' for text, count in signal.faults()]
            raise BagError(
                '; '.join(
                    [
                        f'{signal.topic}: no usable message',
                        *reasons,
                        *(problem.text for problem in problems),
                    ][:4]
                )
            )
        problems += [
            Problem(name, signal.topic, None, f'{count} {text}') for text, count in signal.faults()
        ]
    return Bag(
        name,
        _digest(path),
        contents.start_ns or 0,
        joints.samples(),
        weights.samples(),
        tuple(problems),
    )


def _check_topic(contents: Contents, topic: str, types: tuple[str, ...], expected: str) -> None:
    """Raise an error that says what the bag has instead of a topic of one of these types."""
    if topic not in contents.kinds:
        has = listed(
            sorted(
                f'{name} ({kind})' for name, kinds in contents.kinds.items() for kind, _ in kinds
            )
        )
        faults = ''.join(f'; {text}' for text in contents.faults[:2])
        raise BagError(f'no topic {topic}; its topics: {has or "none"}{faults}')
    for kind, encoding in sorted(contents.kinds[topic]):
        if encoding != 'cdr':
            raise BagError(
                f'{topic}: expected messages of ROS 2 (cdr), received {shortened(kind, 100)} '
                f'encoded as {shortened(encoding, 40)!r}: record them with ros2 bag record'
            )
        if kind not in types:
            raise BagError(f'{topic}: expected {expected}, received {shortened(kind, 100)}')


def _problems(name: str, contents: Contents) -> list[Problem]:
    """Return what is wrong with the files of a bag, and which messages they lack."""
    problems = [Problem(name, '', None, text) for text in contents.faults]
    for topic in contents.topics:
        count, stated = contents.counts[topic], contents.stated.get(topic, 0)
        if count < stated:
            problems.append(
                Problem(
                    name,
                    topic,
                    None,
                    f'{count} messages found, {stated} by the account of the bag',
                )
            )
    return problems


class _Signal:
    """Gathers the samples of a topic."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.values = array('d')
        self._stamps, self._received = array('q'), array('q')
        self._refused: Counter[str] = Counter()

    def take(self, message: RawMessage) -> None:
        """Take a message."""
        try:
            content = _TYPES.deserialize_cdr(message.data, message.kind)
        except Exception:  # the library raises what its parsers raise
            self._refused['messages are broken'] += 1
            return
        stamp_ns = 0
        if hasattr(content, 'header'):
            stamp = content.header.stamp
            stamp_ns = stamp.sec * 1_000_000_000 + stamp.nanosec
        value = self._read(stamp_ns or message.received_ns, content)
        if value is not None:
            self._stamps.append(stamp_ns)
            self._received.append(message.received_ns)
            self.values.append(value)

    def _read(self, stamp_ns: int, content: Any) -> float | None:
        raise NotImplementedError

    def faults(self) -> list[tuple[str, int]]:
        """Return what was wrong with messages, and how many there were."""
        return sorted(self._refused.items())

    def samples(self) -> Samples:
        """Return all, in the order of arrival; a stamp of 0 is none."""
        return Samples(
            self.topic,
            *(np.array(column) for column in (self._stamps, self._received, self.values)),
        )


class _Tilts(_Signal):
    """Gathers tilts [rad]."""

    def __init__(self, topic: str, tilt: JointTilt | UrdfTilt) -> None:
        super().__init__(topic)
        self._reader = TiltReader(tilt, MAX_JOINT_VELOCITY)

    def _read(self, stamp_ns: int, content: Any) -> float | None:
        return self._reader.read(stamp_ns, content)

    def check_names(self) -> None:
        """Raise an error if a joint was in no message."""
        missing = self._reader.joints.missing()
        if missing and self._reader.joints.seen:
            raise BagError(
                f'{self.topic}: no joint {", ".join(missing)}; it has '
                f'[{listed(map(repr, sorted(self._reader.joints.seen)))}]'
            )

    def faults(self) -> list[tuple[str, int]]:
        """Return what was wrong with messages, and how many there were."""
        return [
            *super().faults(),
            *(
                (f'joint states refused ({cause})', count)
                for cause, count in sorted(self._reader.joints.refused.items())
            ),
        ]


class _Weights(_Signal):
    """Gathers readings of a scale [N]."""

    def __init__(self, topic: str, scale: Scale) -> None:
        super().__init__(topic)
        self._scale = scale

    def _read(self, stamp_ns: int, content: Any) -> float | None:
        weight = self._scale.read(content)
        if not math.isfinite(weight):
            self._refused['readings are no number'] += 1
            return None
        return weight


def _digest(path: Path) -> str:
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        with file.open('rb') as content:
            while block := content.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()

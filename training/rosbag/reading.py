"""
Tilts and weights out of one bag.

rosbag2 as sqlite3 or MCAP, compressed or not, is read by the library rosbags, which needs no ROS.
A message with a header counts from its stamp, one without from its arrival at the recorder.
"""

from collections import Counter
from dataclasses import dataclass
import hashlib
from pathlib import Path

import numpy as np
from rosbags.rosbag2 import Reader
from rosbags.typesys import get_typestore, Stores

from pour_force_estimator.joint_guard import JointGuard
from pour_force_estimator.joint_reader import JointReader

from ..errors import BagError
from .problems import Problem

JOINT_STATE = 'sensor_msgs/msg/JointState'
SCALE_TYPES = ('std_msgs/msg/Float64', 'geometry_msgs/msg/WrenchStamped')

MAX_JOINT_VELOCITY = 20.0
"""A joint state that needs a faster motion is refused [rad/s], as by the node's default."""

_TYPES = get_typestore(Stores.ROS2_JAZZY)


@dataclass(frozen=True)
class Samples:
    """
    One signal.

    Attributes
    ----------
    topic : str
        Where it comes from.
    stamps_ns : ndarray of shape (n,), int64
        Times of the samples [ns], in the order of their arrival.
    received_ns : ndarray of shape (n,), int64
        Times of their arrival [ns].
    values : ndarray of shape (n,)
        The signal.

    """

    topic: str
    stamps_ns: np.ndarray
    received_ns: np.ndarray
    values: np.ndarray


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
    problems: tuple


def read_bag(path, joint_topic, tilt, scale_topic, scale):
    """
    Read a bag.

    Parameters
    ----------
    path : path-like
        Folder of a rosbag2, or its file.
    joint_topic : str
        Topic of the joint states.
    tilt : JointTilt
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
    try:
        with Reader(path) as reader:
            joints = _connections(reader, joint_topic, (JOINT_STATE,), 'joint states')
            weights = _connections(reader, scale_topic, SCALE_TYPES, 'a scale')
            tilt_samples, refused, seen = _read_tilts(reader, joints, joint_topic, tilt)
            weight_samples, not_finite = _read_weights(reader, weights, scale_topic, scale)
            start_ns = reader.start_time
    except BagError:
        raise
    except Exception as error:  # the library raises what its parsers raise
        raise BagError(
            f'expected a rosbag2 (a folder with metadata.yaml, a .db3 or an .mcap file), received '
            f'what cannot be read: {error}') from error
    missing = [joint for joint in tilt.joints if joint not in seen]
    if missing:
        raise BagError(f'{joint_topic}: no joint {", ".join(missing)}; it has {sorted(seen)}')
    problems = [
        Problem(name, joint_topic, None, f'{count} joint states refused ({cause})')
        for cause, count in sorted(refused.items())]
    if not_finite:
        problems.append(Problem(name, scale_topic, None, f'{not_finite} readings are no number'))
    for samples in (tilt_samples, weight_samples):
        if not len(samples.values):
            raise BagError(f'{samples.topic}: no usable message')
    return Bag(name, _digest(path), start_ns, tilt_samples, weight_samples, tuple(problems))


def _connections(reader, topic, types, what):
    """Return the connections of a topic; raise an error that says what the bag has instead."""
    found = [connection for connection in reader.connections if connection.topic == topic]
    has = ', '.join(sorted({f'{c.topic} ({c.msgtype})' for c in reader.connections})) or 'none'
    if not found:
        raise BagError(f'no topic {topic}; its topics: {has}')
    other = {connection.msgtype for connection in found} - set(types)
    if other:
        raise BagError(
            f'{topic}: expected {what}, {" or ".join(types)}, received {", ".join(other)}')
    return found


def _messages(reader, connections):
    """Yield arrival [ns], stamp [ns] and message."""
    for connection, received_ns, raw in reader.messages(connections):
        message = _TYPES.deserialize_cdr(raw, connection.msgtype)
        stamp_ns = 0
        if hasattr(message, 'header'):
            stamp = message.header.stamp
            stamp_ns = stamp.sec * 1_000_000_000 + stamp.nanosec
        yield received_ns, stamp_ns or received_ns, message


def _read_tilts(reader, connections, topic, tilt):
    """Return Samples, how many messages were refused by cause, and all joints seen."""
    joint_reader = JointReader(tilt.joints, JointGuard(MAX_JOINT_VELOCITY))
    rows = []
    for received_ns, stamp_ns, message in _messages(reader, connections):
        positions = joint_reader.read(stamp_ns, message)
        if positions is not None:
            rows.append((stamp_ns, received_ns, tilt([float(value) for value in positions])))
    return _samples(topic, rows), joint_reader.refused, joint_reader.seen


def _read_weights(reader, connections, topic, scale):
    """Return Samples, and how many readings were not finite."""
    rows = [(stamp_ns, received_ns, scale.read(message))
            for received_ns, stamp_ns, message in _messages(reader, connections)]
    counts = Counter(np.isfinite(weight) for *_, weight in rows)
    return _samples(topic, [row for row in rows if np.isfinite(row[2])]), counts[False]


def _samples(topic, rows):
    stamps, received, values = zip(*rows) if rows else ((), (), ())
    return Samples(topic, np.array(stamps, np.int64), np.array(received, np.int64),
                   np.array(values, np.float64))


def _digest(path):
    files = sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        with file.open('rb') as content:
            while block := content.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()

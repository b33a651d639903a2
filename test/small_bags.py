# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Bags for tests: simulated pours of an arm and a scale, written with the library rosbags."""

from dataclasses import dataclass

import numpy as np
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores

from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.simulation import Population, simulate_pours

TYPES = get_typestore(Stores.ROS2_JAZZY)
START_NS = 1_700_000_000_000_000_000
JOINTS = ('elbow_joint', 'wrist_3_joint')
CUP = CupSpec.of_size(0.150, 0.090, discharge=0.5)
"""A cup that none of the shipped models knows."""

REST_S = 2.0


@dataclass(frozen=True)
class Recording:
    """What an arm and a scale did: samples of shape (n,), and lists with a value for each pour."""

    time_s: np.ndarray  # since the start [s]
    tilt: np.ndarray  # of the cup [rad]
    left: np.ndarray  # weight that has left the cup, over all pours [N]
    initial_weights: list  # [N]
    poured: list  # [N]
    starts_s: list  # when the motion of each pour begins [s]

    def delayed(self, delay_s):
        """Return what a scale has seen by `time_s` [N]."""
        return np.interp(self.time_s - delay_s, self.time_s, self.left)


def record(n=2, rate_hz=100.0, seed=0, cup=CUP, fill=(0.35, 0.6), rest_s=REST_S):
    """Return `n` pours of `cup`, upright and at rest for `rest_s` before, between and after."""
    rng = np.random.default_rng(seed)
    fills = rng.uniform(*fill, n)
    population = Population.of([cup] * n, 1.0, fills)
    options = {'max_steps': round(11 * rate_hz), 'sample_rate_hz': rate_hz, 'control': 'closed'}
    pours = simulate_pours(n, rng, population=population, **options)
    rest = round(rest_s * rate_hz)
    tilt, left, starts = [], [], []
    for index, length in enumerate(pours.lengths):
        before = left[-1] if left else 0.0
        starts.append((len(tilt) + rest) / rate_hz)
        tilt += [pours.tilt[index, 0]] * rest + pours.tilt[index, :length].tolist()
        left += [before] * rest + (before + pours.poured_weight[index, :length]).tolist()
    tilt += [tilt[-1]] * rest
    left += [left[-1]] * rest
    return Recording(
        np.arange(len(tilt)) / rate_hz,
        np.array(tilt),
        np.array(left),
        pours.population.weight.tolist(),
        pours.final_poured_weight.tolist(),
        starts,
    )


def stamps(time_s, start_ns=START_NS):
    """Return times [s] as stamps, a list of int [ns]."""
    return (start_ns + np.round(np.asarray(time_s) * 1e9).astype(np.int64)).tolist()


def joint_states(recording, joints=JOINTS, latency_s=0.003, start_ns=START_NS):
    """Return messages (received [ns], topic, message); the last joint is the tilt."""
    latency_ns, others = round(latency_s * 1e9), [0.1] * (len(joints) - 1)
    return [
        (stamp + latency_ns, '/joint_states', joint_state(stamp, joints, [*others, tilt]))
        for stamp, tilt in zip(stamps(recording.time_s, start_ns), recording.tilt.tolist())
    ]


def joint_state(stamp_ns, joints, positions):
    """Return a sensor_msgs/JointState."""
    none = np.array([], np.float64)
    return TYPES.types['sensor_msgs/msg/JointState'](
        header(stamp_ns), list(joints), np.array(positions, np.float64), none, none
    )


def readings(recording, topic='/scale', **options):
    """Return Float64 messages of a scale [N]; options are those of `_scale`."""
    return [(stamp, topic, float64(weight)) for stamp, weight in _scale(recording, **options)]


def wrenches(recording, **options):
    """Return WrenchStamped messages of a scale; options are those of `_scale`."""
    return [
        (stamp + 4_000_000, '/scale', wrench(stamp, z=weight))
        for stamp, weight in _scale(recording, **options)
    ]


def _scale(recording, delay_s=0.2, rate_hz=50.0, start_ns=START_NS):
    """Return pairs (stamp [ns], weight [N]) of a scale with a load of 12 N on it."""
    time_s = np.arange(0.0, recording.time_s[-1], 1.0 / rate_hz)
    weight = 12.0 + np.interp(time_s, recording.time_s, recording.delayed(delay_s))
    noise = 0.004 * np.random.default_rng(1).standard_normal(len(weight))
    return zip(stamps(time_s, start_ns), (weight + noise).tolist())


def float64(value):
    """Return a std_msgs/Float64."""
    return TYPES.types['std_msgs/msg/Float64'](value)


def wrench(stamp_ns, x=0.0, y=0.0, z=0.0):
    """Return a geometry_msgs/WrenchStamped."""
    types, vector = TYPES.types, TYPES.types['geometry_msgs/msg/Vector3']
    return types['geometry_msgs/msg/WrenchStamped'](
        header(stamp_ns), types['geometry_msgs/msg/Wrench'](vector(x, y, z), vector(0.0, 0.0, 0.0))
    )


def header(stamp_ns):
    """Return a std_msgs/Header."""
    time = TYPES.types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, 1_000_000_000))
    return TYPES.types['std_msgs/msg/Header'](time, 'world')


def write_bag(path, messages, storage=StoragePlugin.MCAP, compression=CompressionMode.NONE):
    """Write messages (received [ns], topic, message) in the order of their arrival."""
    writer = Writer(path, version=9, storage_plugin=storage)
    writer.set_compression(compression, CompressionFormat.ZSTD)
    connections = {}
    with writer:
        for received_ns, topic, message in sorted(messages, key=lambda row: row[0]):
            kind = message.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=TYPES)
            writer.write(connections[topic], received_ns, TYPES.serialize_cdr(message, kind))
    return path


def write_mcap(path, messages, encoding='cdr', **options):
    """Write an MCAP as other recorders do."""
    from mcap.writer import Writer as McapWriter

    with path.open('wb') as file:
        writer = McapWriter(file, **options)
        writer.start(profile='ros2')
        channels = {}
        for received_ns, topic, message in sorted(messages, key=lambda row: row[0]):
            kind = message.__msgtype__
            if topic not in channels:
                schema_encoding = 'ros2msg' if encoding == 'cdr' else 'jsonschema'
                schema = writer.register_schema(kind, schema_encoding, b'')
                channels[topic] = writer.register_channel(topic, encoding, schema)
            data = TYPES.serialize_cdr(message, kind) if encoding == 'cdr' else b'{}'
            writer.add_message(channels[topic], received_ns, data, received_ns)
        writer.finish()
    return path


def write_context(path, recording, **changes):
    """Write the context file of pours of `CUP`."""
    import yaml

    values = {
        'cup_height': CUP.height,
        'cup_diameter': CUP.diameter,
        'initial_weight': recording.initial_weights,
        'target_weight': recording.poured,
        **changes,
    }
    path.write_text(yaml.safe_dump(values))
    return path

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The recorder over real DDS: it cuts pours and says what is missing."""

import math
import signal
import time

from estimated_pour import end, options
from geometry_msgs.msg import Wrench
import pytest
from ros_peer import Peer
from scale_peer import LOSSLESS, ScalePeer
from small_bags import CUP, record, START_NS
from std_msgs.msg import Int32

from pour_force_estimator.units import STANDARD_GRAVITY

URDF = (
    '<robot name="arm"><link name="base"/><link name="cup"/>'
    '<joint name="wrist_3_joint" type="continuous"><parent link="base"/><child link="cup"/>'
    '<axis xyz="0 1 0"/></joint></robot>'
)


@pytest.fixture
def scale_peer(ros_environment):
    """Return an arm and a scale."""
    with ScalePeer() as peer:
        yield peer


@pytest.fixture(scope='module')
def recording():
    """Return two pours."""
    return record(2, seed=4)


def test_pours_are_cut_shown_and_what_is_missing_is_said(start_installed, scale_peer, recording):
    node = start_installed(
        'recorder',
        *options(
            {
                **LOSSLESS,
                'pour.initial_weight': recording.initial_weights[0],
                'pour.cup_height': CUP.height,
                'pour.cup_diameter': CUP.diameter,
            }
        ),
    )
    scale_peer.wait_for_watcher()
    scale_peer.play(recording, START_NS)
    scale_peer.wait_until(
        lambda: scale_peer.pours and scale_peer.pours[-1]['pours'] == '2', 'two pours'
    )
    values = scale_peer.pours[-1]
    assert values['rejected'] == '0'
    assert '18 more pours (of 20)' in values['missing']
    assert '4 more slow tilts' in values['missing'] and 'fill levels' in values['missing']
    fill = recording.initial_weights[0] / (9806.65 * CUP.volume)
    for index, poured in enumerate(recording.poured, start=1):
        line = values[f'pour {index}']
        assert abs(float(line.split(' N = ')[0].split()[-1]) - poured) < 0.02
        assert f'fill before {100 * fill:.0f} %' in line
    output = end(node)
    for text in (
        'watching for pours: weight from /scale',
        'pour 1: ',
        'pour 2: ',
        'the reading grows while the cup pours',
        'still missing: ',
    ):
        assert text in output, output


def test_two_publishers_of_a_joint_are_said(start_installed, scale_peer):
    node = start_installed('recorder', *options(LOSSLESS))
    scale_peer.wait_for_watcher()
    with Peer() as liar:
        liar.wait_for_subscriber()
        began_s = time.monotonic()
        for count in range(600):  # longer than it takes the recorder to look for silence
            stamp_ns = START_NS + count * 10_000_000
            scale_peer.send_joint_state(stamp_ns, ('wrist_3_joint',), (0.001 * count,))
            liar.send_joint_state(stamp_ns + 1_000_000, ('wrist_3_joint',), (1.2,))
            scale_peer.spin_until(began_s + 0.01 * count)
    assert "two sources of joint 'wrist_3_joint' (" in end(node)


def test_what_is_no_pour_is_said_too(start_installed, scale_peer, recording):
    node = start_installed('recorder', *options({**LOSSLESS, 'smallest_pour': 9.0}))
    scale_peer.wait_for_watcher()
    scale_peer.play(recording, START_NS, end=round(recording.starts_s[1] * 100))
    scale_peer.wait_until(
        lambda: scale_peer.pours and scale_peer.pours[-1]['rejected'] == '1', 'no pour'
    )
    assert scale_peer.pours[-1]['rejected 1'].startswith('nothing poured: the weight changed by +')
    assert 'no pour: nothing poured' in end(node)


def test_whole_grams_with_spikes_of_a_load_cell(start_installed, scale_peer, recording):
    """As a micro-ROS board with an HX711 sends them: Int32, now and then its full scale."""
    node = start_installed(
        'recorder',
        *options(
            {**LOSSLESS, 'scale_topic': '/scale_other', 'scale_type': 'Int32', 'scale_unit': 'g'}
        ),
    )
    scale_peer.offer(Int32)
    scale_peer.wait_for_watcher()
    scale_peer.play(
        recording,
        START_NS,
        reading=lambda index, _, weight: Int32(
            data=8388607 if index % 60 == 7 else round(weight / STANDARD_GRAVITY * 1000.0)
        ),
    )
    scale_peer.wait_until(
        lambda: scale_peer.pours and scale_peer.pours[-1]['pours'] == '2', 'two pours'
    )
    for index, poured in enumerate(recording.poured, start=1):
        line = scale_peer.pours[-1][f'pour {index}']
        assert abs(float(line.split(' N = ')[0].split()[-1]) - poured) < 0.03
        assert ' spikes of the scale left out' in line
    assert 'spikes of the scale left out' in end(node)


def test_a_wrench_that_turns_with_the_cup_is_no_pour(start_installed, scale_peer, recording):
    node = start_installed(
        'recorder', *options({**LOSSLESS, 'scale_topic': '/scale_other', 'scale_type': 'Wrench'})
    )
    scale_peer.offer(Wrench)
    scale_peer.wait_for_watcher()

    def turned(index, _, weight):
        message = Wrench()
        message.force.z = (20.0 - weight) * math.cos(recording.tilt[index])
        return message

    scale_peer.play(recording, START_NS, reading=turned)
    scale_peer.wait_until(
        lambda: scale_peer.pours and scale_peer.pours[-1]['rejected'] == '2', 'no pours'
    )
    assert scale_peer.pours[-1]['rejected 1'].startswith('the poured weight falls by ')
    assert 'Record its force in a frame that does not turn' in end(node)


def test_the_summary_is_there_for_who_comes_later(start_installed, recording, ros_environment):
    start_installed('recorder', *options(LOSSLESS))
    with ScalePeer() as peer:
        peer.wait_until(lambda: peer.pours, 'the summary')
        assert peer.pours[0]['pours'] == '0'


def test_topics_that_are_silent_are_named(start_installed, scale_peer):
    node = start_installed('recorder', *options({**LOSSLESS, 'scale_topic': '/balance'}))
    scale_peer.wait_until(lambda: scale_peer.pours, 'the summary')
    node.wait_for('no joint states on /joint_states')
    node.wait_for('no readings of a scale on /balance')
    end(node)


@pytest.mark.parametrize(
    'parameters, message',
    [
        ({'scale_type': 'String'}, "scale_type: expected one of ['Float64', 'Float32', "),
        ({'scale_unit': 'stone'}, 'unit of the scale: expected one of'),
        ({'scale_topic': '""'}, 'scale_topic: expected the topic of a scale'),
        ({'joint_coefficients': '[1.0, 2.0]'}, 'coefficients: expected 1, one per joint'),
        ({'rest': 0.0}, 'rest'),
    ],
)
def test_wrong_parameters_end_the_node_with_one_line(
    start_installed, scale_peer, parameters, message
):
    node = start_installed('recorder', *options(parameters))
    output, _ = node.communicate()
    assert node.returncode == 1, output
    (line,) = output.splitlines()
    assert line.startswith('recorder: ') and message in line


def test_sigterm_ends_it(start_installed, scale_peer):
    node = start_installed('recorder')
    scale_peer.wait_until(lambda: scale_peer.pours, 'the summary')
    node.send_signal(signal.SIGTERM)
    output, _ = node.communicate()
    assert node.returncode == 0 and 'Traceback' not in output


def test_the_tilt_comes_from_the_urdf_on_its_topic(start_installed, scale_peer, recording):
    scale_peer.publish_robot_description(URDF)
    node = start_installed(
        'recorder', *options({**LOSSLESS, 'cup_frame': 'cup', 'joints': ['no_such_joint']})
    )
    scale_peer.wait_for_watcher()
    scale_peer.play(recording, START_NS)
    scale_peer.wait_until(
        lambda: scale_peer.pours and scale_peer.pours[-1]['pours'] == '2', 'two pours'
    )
    deepest = math.degrees(recording.tilt[: round(recording.starts_s[1] * 100)].max())
    assert f'tilt to {deepest:.0f} degree' in scale_peer.pours[-1]['pour 1']
    end(node)

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The recorder over real DDS: it cuts pours and says what is missing."""

import math

from estimated_pour import end, options
from geometry_msgs.msg import Wrench
import pytest
from ros_peer import Peer
from scale_peer import LOSSLESS, ScalePeer
from small_bags import CUP, record, START_NS
from small_urdfs import joint, robot
from std_msgs.msg import Int32

from pour_force_estimator.units import STANDARD_GRAVITY

PEER = ScalePeer
URDF = robot('base cup', joint('wrist_3_joint', 'continuous', 'base', 'cup', axis='0 1 0'))


@pytest.fixture
def start(start_installed, peer):
    """Start the recorder and wait until it listens; return its process."""

    def start(**parameters):
        node = start_installed('recorder', *options({**LOSSLESS, **parameters}))
        peer.wait_for_watcher()
        return node

    return start


@pytest.fixture(scope='module')
def recording():
    """Return two pours."""
    return record(2, seed=4)


def poured(line):
    """Return what the recorder says of a pour that was poured [N]."""
    return float(line.split(' N = ')[0].split()[-1])


def test_pours_are_cut_shown_and_what_is_missing_is_said(start, peer, recording):
    cup = {'pour.cup_height': CUP.height, 'pour.cup_diameter': CUP.diameter}
    node = start(**{'pour.initial_weight': recording.initial_weights[0], **cup})
    peer.play(recording, START_NS)
    values = peer.wait_for_pours(2)
    assert values['rejected'] == '0'
    assert '18 more pours (of 20)' in values['missing']
    assert '4 more slow tilts' in values['missing'] and 'fill levels' in values['missing']
    fill = recording.initial_weights[0] / (9806.65 * CUP.volume)
    for index, weight in enumerate(recording.poured, start=1):
        assert abs(poured(values[f'pour {index}']) - weight) < 0.02
        assert f'fill before {100 * fill:.0f} %' in values[f'pour {index}']
    output = end(node)
    assert 'watching for pours: weight from /scale' in output
    assert 'the reading grows while the cup pours' in output
    assert 'pour 1: ' in output and 'pour 2: ' in output and 'still missing: ' in output


def test_two_publishers_of_a_joint_are_said(start, peer):
    node, sent = start(), []
    with Peer() as liar:
        liar.wait_for_subscriber()

        def is_said():
            stamp_ns = START_NS + len(sent) * 10_000_000
            sent.append(stamp_ns)
            peer.send_joint_state(stamp_ns, ('wrist_3_joint',), (0.001 * len(sent),))
            liar.send_joint_state(stamp_ns + 1_000_000, ('wrist_3_joint',), (1.2,))
            return "two sources of joint 'wrist_3_joint' (" in node.output

        peer.wait_until(is_said, 'a word of two sources')
    end(node)


def test_what_is_no_pour_is_said_too(start, peer, recording):
    node = start(min_poured=9.0)
    peer.play(recording, START_NS, end=round(recording.starts_s[1] * 100))
    values = peer.wait_for_pours(1, 'rejected')
    assert values['rejected 1'].startswith('nothing poured: the weight changed by +')
    assert 'no pour: nothing poured' in end(node)


def test_whole_grams_with_spikes_of_a_load_cell(start, peer, recording):
    """As a micro-ROS board with an HX711 sends them: Int32, now and then its full scale."""

    def grams(index, _, weight):
        spike = index % 60 == 7
        return Int32(data=8388607 if spike else round(weight / STANDARD_GRAVITY * 1000.0))

    peer.offer(Int32, grams)
    node = start(scale_topic='/scale_other', scale_type='Int32', scale_unit='g')
    peer.play(recording, START_NS)
    values = peer.wait_for_pours(2)
    for index, weight in enumerate(recording.poured, start=1):
        assert abs(poured(values[f'pour {index}']) - weight) < 0.03
        assert ' spikes of the scale left out' in values[f'pour {index}']
    assert 'spikes of the scale left out' in end(node)


def test_a_wrench_that_turns_with_the_cup_is_no_pour(start, peer, recording):
    def turned(index, _, weight):
        message = Wrench()
        message.force.z = (20.0 - weight) * math.cos(recording.tilt[index])
        return message

    peer.offer(Wrench, turned)
    node = start(scale_topic='/scale_other', scale_type='Wrench')
    peer.play(recording, START_NS)
    values = peer.wait_for_pours(2, 'rejected')
    assert values['rejected 1'].startswith('the poured weight falls by ')
    assert 'Record its force in a frame that does not turn' in end(node)


def test_topics_that_are_silent_are_named_and_the_summary_is_there_for_who_comes_later(
    start_installed, ros_environment
):
    node = start_installed('recorder', *options({**LOSSLESS, 'scale_topic': '/balance'}))
    node.wait_for('no joint states on /joint_states')
    node.wait_for('no readings of a scale on /balance')
    with ScalePeer() as peer:
        peer.wait_for_pours(0)
    end(node)


def test_the_tilt_comes_from_the_urdf_on_its_topic(start, peer, recording):
    peer.publish_robot_description(URDF)
    node = start(cup_frame='cup', joints=['no_such_joint'])
    peer.play(recording, START_NS)
    deepest = math.degrees(recording.tilt[: round(recording.starts_s[1] * 100)].max())
    assert f'tilt to {deepest:.0f} degree' in peer.wait_for_pours(2)['pour 1']
    end(node)

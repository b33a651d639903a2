# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The layouts in config/: they parse, and show what the nodes of this package publish.

They put values together by their stamps, so that each series is of a message with a header; a
weight is a force downwards, whose sign they turn.
"""

import json
import re
from xml.etree import ElementTree

import pytest

pytest.importorskip('rclpy', reason='needs rclpy: pip install .[ros] or ROS 2')

from documented_parameters import type_name  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402

from pour_force_estimator.ros.estimator_node import EstimatorNode  # noqa: E402
from pour_force_estimator.ros.monitor_node import MonitorNode  # noqa: E402
from pour_force_estimator.ros.recorder_node import RecorderNode  # noqa: E402

CONTEXT = {'initial_weight': 3.5, 'target_weight': 1.5, 'cup_height': 0.12, 'cup_diameter': 0.121}
WEIGHTS = {
    *(f'/monitor/wrench{name}' for name in ('', '/error')),
    *(f'/estimator/wrench{name}' for name in ('', '/lower', '/upper', '/predicted')),
}
TILT = '/monitor/joint_states'
SHOWN = {TILT, *WEIGHTS, '/diagnostics'}


@pytest.fixture(scope='module')
def topics(context):
    """Return the topics that the nodes publish or, for optional ones, listen to; with types."""
    overrides = [Parameter(f'pour.{name}', value=value) for name, value in CONTEXT.items()]
    nodes = [
        EstimatorNode(context=context, parameter_overrides=overrides),
        MonitorNode(context=context),
        RecorderNode(context=context),
    ]
    yield {
        end.topic_name: type_name(end.msg_type)
        for node in nodes
        for end in (*node.publishers, *node.subscriptions)
    }
    for node in nodes:
        node.destroy_node()


def panels(node):
    """Yield the names of the panels in a tree of a Foxglove layout."""
    if isinstance(node, str):
        yield node
    else:
        assert node['direction'] in ('row', 'column') and 0 < node['splitPercentage'] < 100
        yield from panels(node['first'])
        yield from panels(node['second'])


def test_the_foxglove_layout_shows_topics_of_the_nodes(repository, topics):
    layout = json.loads((repository / 'config' / 'foxglove_layout.json').read_text())
    assert sorted(panels(layout['layout'])) == sorted(layout['configById'])
    shown = set()
    for name, panel in layout['configById'].items():
        kind = name.partition('!')[0]
        if kind == 'Plot':
            for path in panel['paths']:
                topic, _, field = path['value'].partition('.')
                of_weight = ('geometry_msgs/msg/WrenchStamped', 'wrench.force.z.@negative')
                of_tilt = ('sensor_msgs/msg/JointState', 'position[0]')
                assert (topics[topic], field) == (of_tilt if topic == TILT else of_weight)
                assert path['timestampMethod'] == 'headerStamp'
                shown.add(topic)
        elif kind == 'RawMessages':
            shown_raw = topics[panel['topicPath'].partition('.')[0]]
            assert shown_raw == 'diagnostic_msgs/msg/DiagnosticArray'
        else:
            assert kind == 'DiagnosticSummary'
            shown.add(panel['topicToRender'])
    assert shown == SHOWN


def test_the_plotjuggler_layout_shows_topics_of_the_nodes(repository, topics):
    root = ElementTree.parse(repository / 'config' / 'plotjuggler_layout.xml').getroot()
    assert root.tag == 'root'
    for splitter in root.iter('DockSplitter'):
        assert len(splitter) == int(splitter.get('count')) == len(splitter.get('sizes').split(';'))
    (subscriber,) = root.findall('./Plugins/plugin')
    streamer = root.find('previouslyLoaded_Streamer')
    assert subscriber.get('ID') == streamer.get('name') == 'ROS2 Topic Subscriber'
    assert subscriber.find('use_header_stamp').get('value') == 'true'
    selected = set(subscriber.find('selected_topics').get('value').split(';'))
    assert selected == SHOWN <= set(topics)
    curves = {curve.get('name'): curve for curve in root.iter('curve')}
    del curves[f'{TILT}/tilt/position']
    for topic in WEIGHTS:
        transform = curves.pop(f'{topic}/wrench/force/z').find('transform')
        assert transform.get('name') == 'Scale/Offset' and transform.get('alias').endswith('[N]')
        options = {'time_offset': '0', 'value_offset': '0', 'value_scale': '-1'}
        assert transform.find('options').attrib == options
    status = re.compile(r'/diagnostics/robot_trials/estimator: pour estimate/(.+)')
    keys = {status.fullmatch(name)[1] for name in curves}
    documented = (repository / 'docs' / 'diagnostics.md').read_text()
    assert keys and all(f'`{key}`' in documented for key in keys)

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What docs/pour_to_target.md says of the node, against the node itself."""

from dataclasses import fields
from pathlib import Path
import re

import pytest

pytest.importorskip('rclpy', reason='needs rclpy: pip install .[ros] or ROS 2')

from documented_parameters import check_parameter, code, declared_by, table, type_name  # noqa: E402

from pour_force_estimator.pouring.controller import PourSettings  # noqa: E402
from pour_force_estimator.ros.pouring.pour_to_target_node import PourToTargetNode  # noqa: E402
from pour_force_estimator.ros.pouring.pour_to_target_parameters import read_settings  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'pour_to_target.md').read_text(encoding='utf-8')
OF_ANY_NODE = re.compile(r'.*(parameter|type_description).*|/rosout')


@pytest.fixture(scope='module')
def node(context):
    """Return the node, by itself on this machine."""
    node = PourToTargetNode(context=context)
    yield node
    node.destroy_node()


def test_parameters_are_those_of_the_node(node):
    rows, declared = table(PAGE, 'Parameters'), declared_by(node)
    assert sorted(code(row['name']) for row in rows) == sorted(declared) != []
    for row in rows:
        check_parameter(row, declared[code(row['name'])])
        assert row['read when'] in ('start', 'pour')


def test_each_setting_of_a_pour_has_a_parameter_with_its_default(node):
    settings = read_settings(node)
    for field in fields(PourSettings):
        assert getattr(settings, field.name) == pytest.approx(field.default), field.name


def test_topics_and_services_are_those_of_the_node(node):
    rows = {
        (row['kind'], node.resolve_topic_name(code(row['name'])), code(row['type']))
        for row in table(PAGE, 'Topics and services')
    }
    offered = [
        *(('subscribed', s.topic_name, s.msg_type) for s in node.subscriptions),
        *(('published', p.topic_name, p.msg_type) for p in node.publishers),
        *(('service', node.resolve_service_name(s.srv_name), s.srv_type) for s in node.services),
    ]
    specific = [entity for entity in offered if not OF_ANY_NODE.fullmatch(entity[1])]
    assert rows == {(kind, name, type_name(of)) for kind, name, of in specific}

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What docs/pour_to_target.md says of the node, against the node itself."""

from dataclasses import fields
from pathlib import Path
import re
from types import SimpleNamespace

import pytest
from ros_domain import isolated
import yaml

rclpy = pytest.importorskip('rclpy', reason='needs rclpy: pip install .[ros] or ROS 2')

from documented_parameters import OF_RCLPY, type_number, TYPES  # noqa: E402
from rclpy.context import Context  # noqa: E402

from pour_force_estimator.pouring.controller import PourSettings  # noqa: E402
from pour_force_estimator.ros.pouring.pour_to_target_node import PourToTargetNode  # noqa: E402
from pour_force_estimator.ros.pouring.pour_to_target_parameters import read_settings  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'pour_to_target.md').read_text(encoding='utf-8')
NODE_SERVICES = re.compile(r'.*(parameter|type_description).*')


def table(heading):
    """Return the rows of the first table below a heading, dicts of the cells by column."""
    section = PAGE.split(f'\n## {heading}\n')[1].split('\n## ')[0]
    columns, _, *rows = (
        [cell.strip().strip('`') for cell in line.strip('|').split('|')]
        for line in section.splitlines()
        if line.startswith('|')
    )
    return [dict(zip(columns, row)) for row in rows]


@pytest.fixture(scope='module')
def node():
    """Return the node, by itself on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in isolated().items():
            patch.setenv(name, value)
        context = Context()
        rclpy.init(context=context)
        node = PourToTargetNode(context=context)
        yield node
        node.destroy_node()
        rclpy.shutdown(context=context)


@pytest.fixture(scope='module')
def declared(node):
    """Return descriptors and defaults by name."""
    names = [name for name in node.list_parameters([], 0).names if not OF_RCLPY.fullmatch(name)]
    return {
        descriptor.name: SimpleNamespace(
            descriptor=descriptor, default=node.get_parameter(descriptor.name).value
        )
        for descriptor in node.describe_parameters(names)
    }


DOCUMENTED = {row['name']: row for row in table('Parameters')}


def test_each_parameter_is_documented_and_no_other(declared):
    assert set(DOCUMENTED) == set(declared)


@pytest.mark.parametrize('name', DOCUMENTED)
def test_parameters_are_those_of_the_node(declared, name):
    row, parameter = DOCUMENTED[name], declared[name]
    assert row['type'] == TYPES[parameter.descriptor.type or type_number(parameter.default)]
    assert yaml.safe_load(row['default']) == parameter.default
    ranges = [*parameter.descriptor.floating_point_range, *parameter.descriptor.integer_range]
    documented = [float(bound) for bound in row['range'].split(' to ')] if row['range'] else []
    assert documented == [
        bound for limits in ranges for bound in (limits.from_value, limits.to_value)
    ]
    described = re.search(r'\[(.+)\]\.$', parameter.descriptor.description)
    if described:
        assert row['unit'] == described[1]
    assert row['read when'] in ('start', 'pour') and row['meaning']


def test_each_setting_of_a_pour_has_a_parameter_with_its_default(node):
    settings = read_settings(node)
    for field in fields(PourSettings):
        assert getattr(settings, field.name) == pytest.approx(field.default), field.name


def test_topics_and_services_are_those_of_the_node(node):
    rows = {
        kind: {
            node.resolve_topic_name(row['name']): row['type']
            for row in table('Topics and services')
            if row['kind'] == kind
        }
        for kind in ('subscribed', 'published', 'service')
    }
    found = {
        'subscribed': {s.topic_name: s.msg_type for s in node.subscriptions},
        'published': {p.topic_name: p.msg_type for p in node.publishers},
        'service': {
            node.resolve_service_name(s.srv_name): s.srv_type
            for s in node.services
            if not NODE_SERVICES.fullmatch(s.srv_name)
        },
    }
    for kind, entities in found.items():
        names = {
            name: _type_name(of)
            for name, of in entities.items()
            if name not in ('/parameter_events', '/rosout')
        }
        assert rows[kind] == names


def _type_name(message):
    package, kind, _ = message.__module__.split('.')
    return f'{package}/{kind}/{message.__name__}'

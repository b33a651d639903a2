# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What docs/node.md and config/sros2_policy.xml say of the node, against the node itself."""

from pathlib import Path
import re
import time
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from ros_domain import isolated
from small_models import INTERVAL, make_model, make_spec
import yaml

rclpy = pytest.importorskip('rclpy', reason='needs rclpy: pip install .[ros] or ROS 2')

from documented_parameters import OF_RCLPY, type_number, TYPES  # noqa: E402
from rclpy.context import Context  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402

from pour_force_estimator.context import CONTEXT_FIELDS  # noqa: E402
from pour_force_estimator.ros.estimator_node import EstimatorNode  # noqa: E402
from pour_force_estimator.ros.parameters import CONTEXT_PREFIX, CUP_PARAMETER  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'node.md').read_text(encoding='utf-8')

LIFECYCLE_SERVICES = {
    'change_state',
    'get_available_states',
    'get_available_transitions',
    'get_state',
    'get_transition_graph',
}
NODE_SERVICES = {
    'describe_parameters',
    'get_parameter_types',
    'get_parameters',
    'get_type_description',
    'list_parameters',
    'set_parameters',
    'set_parameters_atomically',
}
NODE_TOPICS = {'/parameter_events', '/rosout'}

CONTEXT = {'initial_weight': 3.5, 'target_weight': 1.5, 'cup_height': 0.12, 'cup_diameter': 0.121}


def table(heading, first_column=''):
    """Return the rows of the first such table below a heading, dicts of the cells by column."""
    section = PAGE.split(f'\n## {heading}\n')[1].split('\n## ')[0]
    block = next(block for block in section.split('\n\n') if block.startswith(f'| {first_column}'))
    columns, _, *rows = (
        [cell.strip() for cell in line.strip('|').split('|')] for line in block.splitlines()
    )
    rows = [row for row in rows if len(row) == len(columns)]
    return [dict(zip(columns, row)) for row in rows]


def code(cell):
    return cell.strip('`')


@pytest.fixture(scope='module')
def context():
    """Return a context whose nodes stay on this machine, to themselves."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in isolated().items():
            patch.setenv(name, value)
        context = Context()
        rclpy.init(context=context)
        yield context
        rclpy.shutdown(context=context)


@pytest.fixture(scope='module')
def declared(context):
    """Return what the node declares without any value given: descriptors and defaults by name."""
    node = EstimatorNode(
        context=context,
        namespace='declared',  # not taken for the other one in the graph
        parameter_overrides=[Parameter('autostart', value=False)],
    )
    names = [name for name in node.list_parameters([], 0).names if not OF_RCLPY.fullmatch(name)]
    declared = {
        descriptor.name: SimpleNamespace(
            descriptor=descriptor, default=node.get_parameter_or(descriptor.name).value
        )
        for descriptor in node.describe_parameters(names)
    }
    node.destroy_node()
    declared['autostart'].default = True  # not given, it would configure the node
    return declared


def names_of_entities(node):
    """
    Return the full names of what a node has, sets by kind.

    They are those that rclpy has made, and those that it has rcl make.
    """
    return {
        'publisher': {publisher.topic_name for publisher in node.publishers}
        | {'/rosout', resolve('~/transition_event')},
        'subscriber': {subscription.topic_name for subscription in node.subscriptions},
        'service': {node.resolve_service_name(service.srv_name) for service in node.services}
        | {resolve(f'~/{name}') for name in LIFECYCLE_SERVICES | NODE_SERVICES},
        'client': {client.srv_name for client in node.clients},
    }


@pytest.fixture(scope='module')
def entities(context, tmp_path_factory):
    """Return the names and types of what the active node has, with a model that learns."""
    model = tmp_path_factory.mktemp('models') / 'learns.onnx'
    model.write_bytes(make_model(make_spec(interval=INTERVAL)))
    parameters = [Parameter('autostart', value=True), Parameter('model', value=str(model))] + [
        Parameter(CONTEXT_PREFIX + name, value=value) for name, value in CONTEXT.items()
    ]
    node = EstimatorNode(context=context, parameter_overrides=parameters)

    def listed(kind):
        in_graph = getattr(node, f'get_{kind}_names_and_types_by_node')('estimator', '/')
        return {name: types[0] for name, types in in_graph}

    expected = names_of_entities(node)
    deadline = time.monotonic() + 60.0
    while missing := [
        name for kind, names in expected.items() for name in names - set(listed(kind))
    ]:  # the middleware tells the graph bit by bit
        assert time.monotonic() < deadline, f'the graph does not show {missing}'
        time.sleep(0.05)
    yield {
        **{kind: listed(kind) for kind in expected},
        'status': node._diagnostics.array(
            node.get_clock().now().to_msg(), 'estimator', None
        ).status[0],
    }
    assert node.trigger_deactivate() == TransitionCallbackReturn.SUCCESS
    node.destroy_node()


def resolve(name):
    """Return the full name of a topic or service of a node /estimator."""
    if name.startswith('~/'):
        return f'/estimator/{name[2:]}'
    return name if name.startswith('/') else f'/{name}'


DOCUMENTED = {code(row['name']): row for row in table('Parameters')}


def test_each_parameter_is_documented_and_no_other(declared):
    assert list(DOCUMENTED) != []
    assert set(DOCUMENTED) == set(declared)


@pytest.mark.parametrize('name', DOCUMENTED)
def test_type_default_and_range_are_those_of_the_node(declared, name):
    row, parameter = DOCUMENTED[name], declared[name]
    assert row['type'] == TYPES[parameter.descriptor.type or type_number(parameter.default)]
    if row['default'] == 'not set':
        assert parameter.default is None
    else:
        assert yaml.safe_load(code(row['default'])) == parameter.default
    ranges = [*parameter.descriptor.floating_point_range, *parameter.descriptor.integer_range]
    documented = [float(bound) for bound in row['range'].split(' to ')] if row['range'] else []
    assert documented == [
        bound for limits in ranges for bound in (limits.from_value, limits.to_value)
    ]


@pytest.mark.parametrize('name', DOCUMENTED)
def test_each_parameter_says_when_it_is_read_and_in_which_unit(declared, name):
    row = DOCUMENTED[name]
    assert row['read when'] in ('start', 'configure', 'new pour')
    assert (row['read when'] == 'new pour') == name.startswith(CONTEXT_PREFIX)
    assert row['meaning']
    described = re.search(r'\[(.+)\]\.$', declared[name].descriptor.description)
    if described:
        assert row['unit'] == described[1]
    if name.startswith(CONTEXT_PREFIX) and name != CUP_PARAMETER:
        assert row['unit'] == CONTEXT_FIELDS[name.removeprefix(CONTEXT_PREFIX)].unit


def test_topics_and_services_are_those_of_the_active_node(entities):
    rows = {
        kind: {
            resolve(code(row['name'])): code(row['type'])
            for row in table('Topics and services')
            if row['kind'] == kind
        }
        for kind in ('subscribed', 'published', 'service')
    }
    assert rows['subscribed'] == entities['subscriber']
    assert rows['published'] == {
        name: kind for name, kind in entities['publisher'].items() if name not in NODE_TOPICS
    }
    of_every_node = {resolve(f'~/{name}') for name in LIFECYCLE_SERVICES | NODE_SERVICES}
    assert rows['service'] == {
        name: kind for name, kind in entities['service'].items() if name not in of_every_node
    }
    assert of_every_node <= set(entities['service'])


def test_each_key_of_the_diagnostics_is_documented(entities):
    documented = {
        key for row in table('Diagnostics', 'key') for key in re.findall(r'`([^`]+)`', row['key'])
    }
    keys = {pair.key for pair in entities['status'].values}
    assert 'mounting offset [degree]' in keys and keys <= documented


@pytest.fixture(scope='module')
def policy():
    """Return the profile of the node in the policy."""
    root = ElementTree.parse(ROOT / 'config' / 'sros2_policy.xml').getroot()
    assert (root.tag, root.attrib) == ('policy', {'version': '0.2.0'})
    (enclave,) = root.findall('./enclaves/enclave')
    assert enclave.attrib == {'path': '/estimator'}
    (profile,) = enclave.findall('./profiles/profile')
    assert profile.attrib == {'ns': '/', 'node': 'estimator'}
    return profile


@pytest.mark.parametrize(
    'group, rule, kind',
    [
        ('topics', 'subscribe', 'subscriber'),
        ('topics', 'publish', 'publisher'),
        ('services', 'reply', 'service'),
        ('services', 'request', 'client'),
    ],
)
def test_the_policy_allows_what_the_node_does_and_no_more(entities, policy, group, rule, kind):
    allowed = [
        resolve(element.text) for element in policy.findall(f'./{group}[@{rule}="ALLOW"]/*')
    ]
    assert sorted(allowed) == sorted(entities[kind])


def test_the_policy_has_rules_of_the_schema_alone(policy):
    for group in policy:
        assert group.tag in ('topics', 'services')
        (rule,) = group.attrib.items()
        assert (
            rule
            in {
                'topics': [('publish', 'ALLOW'), ('subscribe', 'ALLOW')],
                'services': [('reply', 'ALLOW')],
            }[group.tag]
        )
        assert {element.tag for element in group} == {group.tag.removesuffix('s')}

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the pages of the node and config/sros2_policy.xml say of it, against the node itself."""

from pathlib import Path
import re
import time
from xml.etree import ElementTree

import pytest
from small_models import INTERVAL, make_model, make_spec

pytest.importorskip('rclpy', reason='needs rclpy: pip install .[ros] or ROS 2')

from documented_parameters import check_parameter, code, declared_by, table  # noqa: E402
from rclpy.lifecycle import TransitionCallbackReturn  # noqa: E402
from rclpy.node import NodeNameNonExistentError  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402

from pour_force_estimator.context import CONTEXT_FIELDS  # noqa: E402
from pour_force_estimator.ros.estimator_node import EstimatorNode  # noqa: E402
from pour_force_estimator.ros.parameters import CONTEXT_PREFIX, CUP_PARAMETER  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / 'docs' / 'node.md').read_text(encoding='utf-8')
DIAGNOSTICS = (ROOT / 'docs' / 'diagnostics.md').read_text(encoding='utf-8')

OF_EVERY_NODE = {
    f'/estimator/{name}'
    for name in (
        'change_state get_available_states get_available_transitions get_state '
        'get_transition_graph describe_parameters get_parameter_types get_parameters '
        'get_type_description list_parameters set_parameters set_parameters_atomically'
    ).split()
}
"""Services of its lifecycle and its parameters."""

CONTEXT = {'pour.initial_weight': 3.5, 'pour.cup_height': 0.12, 'pour.cup_diameter': 0.121}


@pytest.fixture(scope='module')
def declared(context):
    """Return what the node declares without any value given: descriptors and defaults by name."""
    node = EstimatorNode(
        context=context,
        namespace='declared',  # not taken for the other one in the graph
        parameter_overrides=[Parameter('autostart', value=False)],
    )
    declared = declared_by(node)
    node.destroy_node()
    declared['autostart'].default = True  # not given, it would configure the node
    return declared


def names_of_entities(node):
    """Return the full names of what rclpy has made of a node, and has rcl make, by kind."""
    return {
        'publisher': {publisher.topic_name for publisher in node.publishers}
        | {'/rosout', resolve('~/transition_event')},
        'subscriber': {subscription.topic_name for subscription in node.subscriptions},
        'service': {node.resolve_service_name(service.srv_name) for service in node.services}
        | OF_EVERY_NODE,
        'client': {client.srv_name for client in node.clients},
    }


@pytest.fixture(scope='module')
def entities(context, tmp_path_factory):
    """Return the names and types of what the active node has, with a model that learns."""
    model = tmp_path_factory.mktemp('models') / 'learns.onnx'
    model.write_bytes(make_model(make_spec(interval=INTERVAL)))
    values = {**CONTEXT, 'autostart': True, 'model': str(model)}
    overrides = [Parameter(name, value=value) for name, value in values.items()]
    node = EstimatorNode(context=context, parameter_overrides=overrides)

    def listed(kind):
        try:
            in_graph = getattr(node, f'get_{kind}_names_and_types_by_node')('estimator', '/')
        except NodeNameNonExistentError:  # not even the node is in the graph yet
            return {}
        return {name: types[0] for name, types in in_graph}

    assert len(list(node.timers)) == 1  # each costs, as each topic does
    expected = names_of_entities(node)
    deadline = time.monotonic() + 120.0
    while True:  # the middleware tells the graph bit by bit
        graph = {kind: listed(kind) for kind in expected}
        missing = [name for kind, names in expected.items() for name in names - set(graph[kind])]
        if not missing:
            break
        assert time.monotonic() < deadline, f'the graph does not show {missing}'
        time.sleep(0.05)
    now = node.get_clock().now().to_msg()
    status = node._session._diagnostics.array(now, 'estimator', None).status[0]
    yield {**graph, 'status': status}
    assert node.trigger_deactivate() == TransitionCallbackReturn.SUCCESS
    node.destroy_node()


def resolve(name):
    """Return the full name of a topic or service of a node /estimator."""
    if name.startswith('~/'):
        return f'/estimator/{name[2:]}'
    return name if name.startswith('/') else f'/{name}'


def test_parameters_are_those_of_the_node(declared):
    rows = {code(row['name']): row for row in table(PAGE, 'Parameters')}
    assert set(rows) == set(declared) != set()
    for name, row in rows.items():
        check_parameter(row, declared[name])
        assert row['read when'] in ('start', 'configure', 'new pour')
        assert (row['read when'] == 'new pour') == name.startswith(CONTEXT_PREFIX)
        if name.startswith(CONTEXT_PREFIX) and name != CUP_PARAMETER:
            assert row['unit'] == CONTEXT_FIELDS[name.removeprefix(CONTEXT_PREFIX)].unit


@pytest.mark.parametrize(
    'kind, documented, of_any',
    [
        ('subscriber', 'subscribed', set()),
        ('publisher', 'published', {'/parameter_events', '/rosout'}),
        ('service', 'service', OF_EVERY_NODE),
    ],
)
def test_topics_and_services_are_those_of_the_active_node(entities, kind, documented, of_any):
    rows = {
        resolve(code(row['name'])): code(row['type'])
        for row in table(PAGE, 'Topics and services')
        if row['kind'] == documented
    }
    assert of_any <= set(entities[kind])
    assert rows == {name: of for name, of in entities[kind].items() if name not in of_any}


def test_each_key_of_the_diagnostics_is_documented(entities):
    rows = table(DIAGNOSTICS, 'Diagnostics', 'key')
    documented = {key for row in rows for key in re.findall(r'`([^`]+)`', row['key'])}
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
    allowed = policy.findall(f'./{group}[@{rule}="ALLOW"]/*')
    assert sorted(resolve(element.text) for element in allowed) == sorted(entities[kind])


def test_the_policy_has_rules_of_the_schema_alone(policy):
    rules = {'topics': {'publish', 'subscribe'}, 'services': {'reply'}}
    for group in policy:
        (rule,) = group.attrib.items()
        assert rule in {(verb, 'ALLOW') for verb in rules[group.tag]}
        assert {element.tag for element in group} == {group.tag.removesuffix('s')}

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Nodes beside the tables of their documentation."""

import re
from types import SimpleNamespace

from rcl_interfaces.msg import ParameterType
from rclpy.parameter import Parameter
import yaml

OF_RCLPY = re.compile(r'use_sim_time|start_type_description_service|qos_overrides\..*')
"""Parameters that any node has."""


TYPES = {
    ParameterType.PARAMETER_BOOL: 'bool',
    ParameterType.PARAMETER_INTEGER: 'int',
    ParameterType.PARAMETER_DOUBLE: 'double',
    ParameterType.PARAMETER_STRING: 'string',
    ParameterType.PARAMETER_DOUBLE_ARRAY: 'double[]',
    ParameterType.PARAMETER_STRING_ARRAY: 'string[]',
}


def table(page, heading, first_column=''):
    """Return the rows of the first such table below a heading, dicts of the cells by column."""
    section = page.split(f'\n## {heading}\n')[1].split('\n## ')[0]
    block = next(block for block in section.split('\n\n') if block.startswith(f'| {first_column}'))
    columns, _, *rows = (
        [cell.strip() for cell in line.strip('|').split('|')] for line in block.splitlines()
    )
    return [dict(zip(columns, row)) for row in rows if len(row) == len(columns)]


def code(cell):
    return cell.strip('`')


def declared_by(node):
    """Return descriptors and defaults of the parameters of a node by name, a dict."""
    names = [name for name in node.list_parameters([], 0).names if not OF_RCLPY.fullmatch(name)]
    return {
        descriptor.name: SimpleNamespace(
            descriptor=descriptor, default=node.get_parameter_or(descriptor.name).value
        )
        for descriptor in node.describe_parameters(names)
    }


def check_parameter(row, parameter):
    """Assert that type, default, range and unit in a table are those that a node declares."""
    descriptor, default = parameter.descriptor, parameter.default
    kind = TYPES[descriptor.type or Parameter('any', value=default).type_.value]
    text = code(row['default'])
    documented = None if text == 'not set' else yaml.safe_load(text)
    assert (row['type'], documented) == (kind, default), row
    ranges = [*descriptor.floating_point_range, *descriptor.integer_range]
    bounds = [bound for limits in ranges for bound in (limits.from_value, limits.to_value)]
    assert [float(bound) for bound in row['range'].split(' to ') if bound] == bounds, row
    unit = re.search(r'\[(.+)\]\.$', descriptor.description)
    assert row['meaning'] and (not unit or row['unit'] == unit[1]), row


def type_name(interface):
    """Return the full name of a type of messages or services."""
    package, kind, _ = interface.__module__.split('.')
    return f'{package}/{kind}/{interface.__name__}'

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Parameters of a node beside the table in its documentation."""

import re

from rcl_interfaces.msg import ParameterType
from rclpy.parameter import Parameter

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


def type_number(value):
    """Return the type of a default, a number of ParameterType."""
    return Parameter('any', value=value).type_.value

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""URDFs of small robots for tests."""

import math

PI, HALF_PI = repr(math.pi), repr(math.pi / 2)

MESHES = """
    <visual><geometry><mesh filename="package://no_such_package/{0}.dae"/></geometry></visual>
    <collision><geometry><mesh filename="file:///no/such/{0}.stl" scale="1 1 1"/></geometry>
    </collision>"""


def link(name):
    return f'<link name="{name}">{MESHES.format(name)}</link>'


def joint(name, kind, parent, child, rpy='0 0 0', axis=None, more='', xyz='0.1 0.2 0.3'):
    axis = '' if axis is None else f'<axis xyz="{axis}"/>'
    return (
        f'<joint name="{name}" type="{kind}"><parent link="{parent}"/><child link="{child}"/>'
        f'<origin xyz="{xyz}" rpy="{rpy}"/>{axis}{more}</joint>'
    )


def robot(links, *joints):
    return f'<robot name="robot">{"".join(map(link, links.split()))}{"".join(joints)}</robot>'


def one_joint(kind='revolute', **options):
    """Return a robot whose only joint turns its cup about x."""
    return robot('base cup', joint('wrist', kind, 'base', 'cup', **options))


def limit(largest):
    return f'<limit lower="-{largest}" upper="{largest}" effort="150" velocity="3"/>'


ONE_JOINT = one_joint(axis='1 0 0')

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.scale."""

from types import SimpleNamespace

import pytest

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.scale import Scale


@pytest.mark.parametrize(
    'unit, newton', [('newton', 2.0), ('kg', 19.6133), ('g', 0.0196133), ('lbf', 8.896443230521)]
)
def test_units(unit, newton):
    assert Scale(unit).read(SimpleNamespace(data=2.0)) == pytest.approx(newton)


@pytest.mark.parametrize('component, newton', [('x', 2.0), ('y', -3.0), ('z', 6.0), ('norm', 7.0)])
def test_components_of_a_wrench(component, newton):
    force = SimpleNamespace(x=2.0, y=-3.0, z=6.0)
    message = SimpleNamespace(wrench=SimpleNamespace(force=force))
    assert Scale(component=component).read(message) == newton


def test_a_wrench_without_a_header():
    message = SimpleNamespace(force=SimpleNamespace(x=2.0, y=-3.0, z=6.0))
    assert Scale().read(message) == 6.0
    assert Scale(component='norm').read(message) == 7.0


def test_whole_numbers():
    assert Scale('g').read(SimpleNamespace(data=-1000)) == pytest.approx(-9.80665)


@pytest.mark.parametrize(
    'options, message',
    [
        ({'unit': 'pound'}, "unit of the scale: expected one of .*'lbf'.*, received 'pound'"),
        ({'component': 'w'}, "component of the scale: expected one of .*'norm'.*, received 'w'"),
    ],
)
def test_what_is_unknown_is_refused(options, message):
    with pytest.raises(RecordingError, match=message):
        Scale(**options)

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.scale."""

from types import SimpleNamespace

import pytest

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.scale import Scale


@pytest.mark.parametrize(
    'unit, data, newton',
    [('newton', 2.0, 2.0), ('kg', 2.0, 19.6133), ('g', -1000, -9.80665), ('lbf', 2.0, 8.8964432)],
)
def test_units(unit, data, newton):
    assert Scale(unit).read(SimpleNamespace(data=data)) == pytest.approx(newton)


@pytest.mark.parametrize('component, newton', [('x', 2.0), ('y', -3.0), ('z', 6.0), ('norm', 7.0)])
def test_components_of_a_wrench_with_a_header_and_without(component, newton):
    wrench = SimpleNamespace(force=SimpleNamespace(x=2.0, y=-3.0, z=6.0))
    for message in (wrench, SimpleNamespace(wrench=wrench)):
        assert Scale(component=component).read(message) == newton
    assert Scale().read(wrench) == 6.0


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

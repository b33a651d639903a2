# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.cups.liquid."""

import numpy as np
import pytest

from pour_force_estimator.cups.liquid import Liquid
from pour_force_estimator.errors import SimulationError


def test_a_litre_of_water_weighs_a_kilogram_and_volume_inverts_weight():
    assert Liquid().weight(1e-3) == pytest.approx(9.80665)
    liquid = Liquid(np.array([0.9, 1.0, 1.3]))
    np.testing.assert_allclose(liquid.volume(liquid.weight(2e-4)), 2e-4)


@pytest.mark.parametrize('density', [-1.0, 0.0, 1000.0, np.nan])
def test_an_impossible_density_is_refused(density):
    with pytest.raises(SimulationError, match='relative_density: expected 0.3 to 5, received'):
        Liquid(density)

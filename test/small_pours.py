# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Short pours for tests: simulated with the fitted cups, in the layout of either schema."""

import numpy as np

from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.pours.schemas import get_schema, ROBOT_TRIALS
from pour_force_estimator.simulation import FITTED_CUPS, simulate_pour
from pour_force_estimator.units import m_to_mm, newton_to_lbf, rad_to_degree

STEPS = 120
MIN_STEPS, MAX_STEPS = 60, 110


def pours_array(schema, n, seed=0):
    """Return `n` pours of 60 to 110 steps at 60 Hz, ndarray of shape (n, 120, columns)."""
    rng = np.random.default_rng(seed)
    array = np.zeros((n, STEPS, len(get_schema(schema).columns)))
    for pour in range(n):
        cup = list(FITTED_CUPS.values())[pour % len(FITTED_CUPS)]
        steps = int(rng.integers(MIN_STEPS, MAX_STEPS + 1))
        tilt = _tilt(rng, steps)
        initial = 1000.0 * 9.80665 * cup.volume * rng.uniform(0.5, 0.8)
        poured = newton_to_lbf(simulate_pour(cup, initial, tilt))
        f_init, degree = newton_to_lbf(initial), rad_to_degree(tilt)
        height, diameter = m_to_mm(cup.height), m_to_mm(cup.diameter)
        if schema == 'dim':
            weights = (f_init - poured, f_init, 0.05, f_init - poured[-1])
            columns = (degree, *weights, 100.0, 120.0, diameter, height, 1.0)
        else:
            weights = (-poured, f_init, max(0.9 * poured[-1], 0.045))
            columns = (-degree, *weights, height, diameter, -60.0 * np.gradient(tilt))
        for index, values in enumerate(columns):
            array[pour, :steps, index] = values
    return array


def recorded_pour(cup, tilts, initial, poured, index=0):
    """Return a `RecordedPour` of the robot trials from tilts [rad] and weights [N]."""
    size = m_to_mm(cup.height), m_to_mm(cup.diameter)
    weights = newton_to_lbf(poured), newton_to_lbf(initial)
    return pour_of_readings(rad_to_degree(tilts), *weights, size=size, index=index)


def pour_of_readings(tilts, poured, initial, target=0.3, size=(120.0, 121.0), index=0):
    """Return a `RecordedPour` of the robot trials from tilts [degree], weights [lbf], mm."""
    columns = -tilts, -poured, initial, target, *size, 0.0
    return RecordedPour(index, ROBOT_TRIALS, np.stack(np.broadcast_arrays(*columns), axis=1), -1)


def _tilt(rng, steps):
    """Return the tilt of a cup that is lifted, held and put back [rad]."""
    part = np.interp(np.arange(steps), np.array([0.0, 0.5, 0.7, 1.0]) * (steps - 1), [0, 1, 1, 0])
    return np.radians(3.0 + rng.uniform(70.0, 125.0) * part**2 * (3.0 - 2.0 * part))

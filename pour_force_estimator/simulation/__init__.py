# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Simulated pours: what a robot measures of a cup that it tilts.

Everything here is in SI units and needs numpy alone. The parts, from the bottom up:
`tilt_profile` and `controller` (how the cup moves), `sensor` (what is measured), `population`
(which cups, liquids and fills), `simulator` (all of them together). How much a tilted cup holds,
and how fast the rest leaves, is in `pour_force_estimator.cups`.

Examples
--------
>>> import numpy as np
>>> from pour_force_estimator.simulation import FITTED_CUPS, simulate_pour
>>> tilt = np.radians(np.linspace(0.0, 80.0, 240))
>>> poured = simulate_pour(FITTED_CUPS['cylinder_120x121'], 4.0, tilt)
>>> poured.shape
(240,)

"""

from .population import (
    CUP_SETS,
    draw_population,
    FITTED_CUPS,
    Population,
    TRANSPORT_DELAY_S,
)
from .simulator import CONTROLS, simulate_pour, simulate_pours, SimulatedPours

__all__ = [
    'CONTROLS',
    'CUP_SETS',
    'FITTED_CUPS',
    'Population',
    'SimulatedPours',
    'TRANSPORT_DELAY_S',
    'draw_population',
    'simulate_pour',
    'simulate_pours',
]

"""
Simulated pours: what leaves a cup that is tilted, and what a robot measures of it.

Everything here is in SI units and needs numpy alone. The parts, from the bottom up: `cup` (how
much a tilted cup holds), `outflow` (how fast the rest leaves), `tilt_profile` and `controller`
(how the cup moves), `sensor` (what is measured), `population` (which cups, liquids and fills),
`simulator` (all of them together).

Examples
--------
>>> import numpy as np
>>> from pour_force_estimator.simulation import FITTED_CUPS, simulate_pour
>>> tilt = np.radians(np.linspace(0.0, 80.0, 240))
>>> poured = simulate_pour(FITTED_CUPS['cylinder_120x121'], 4.0, tilt)
>>> poured.shape
(240,)

"""

from .cup import Cup
from .liquid import Liquid
from .population import CUP_SETS, draw_population, FITTED_CUPS, Population, TRANSPORT_DELAY_S
from .simulator import CONTROLS, simulate_pour, simulate_pours, SimulatedPours

__all__ = [
    'CONTROLS', 'CUP_SETS', 'Cup', 'FITTED_CUPS', 'Liquid', 'Population', 'SimulatedPours',
    'TRANSPORT_DELAY_S', 'draw_population', 'simulate_pour', 'simulate_pours',
]

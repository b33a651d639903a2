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

from importlib import import_module

_MODULES = {
    'CONTROLS': 'simulator', 'CUP_SETS': 'population', 'Cup': 'cup', 'FITTED_CUPS': 'population',
    'Liquid': 'liquid', 'Population': 'population', 'SimulatedPours': 'simulator',
    'TRANSPORT_DELAY_S': 'population', 'draw_population': 'population',
    'simulate_pour': 'simulator', 'simulate_pours': 'simulator',
}
"""Where each public name is; the estimator needs `cup` and `outflow` alone, and starts sooner."""

__all__ = list(_MODULES)


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'.{_MODULES[name]}', __name__), name)

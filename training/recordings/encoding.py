# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Simulated pours in the layout of a schema, as if they had been recorded."""

import numpy as np

from pour_force_estimator.pours.schemas import Schema
from pour_force_estimator.simulation import SimulatedPours
from pour_force_estimator.units import m_to_mm, newton_to_lbf, rad_to_degree

_TILT_SIGN = {'dim': 1.0, 'robot_trials': -1.0}


def encode(pours: SimulatedPours, schema: Schema, rng: np.random.Generator) -> np.ndarray:
    """
    Return simulated pours as the array of a schema.

    Parameters
    ----------
    pours : SimulatedPours
        The pours.
    schema : Schema
        The layout.
    rng : numpy.random.Generator
        Source of the columns that the simulator does not know (schema dim).

    Returns
    -------
    ndarray of shape (n_pours, n_steps, n_columns), float64
        Pours in the schema's units; rows of zeros after the end of a pour.

    """
    population, n = pours.population, len(pours)
    sign = _TILT_SIGN[schema.name]
    f_init = newton_to_lbf(population.weight)
    measured = newton_to_lbf(pours.measured_weight)
    columns: dict[str, np.ndarray] = {
        'theta': sign * rad_to_degree(pours.tilt),
        'f_init': f_init,
        'h_pc': m_to_mm(np.asarray(population.cup.height)),
        'd_pc': m_to_mm(np.asarray(population.cup.diameter)),
    }
    if schema.name == 'dim':
        columns.update(
            f=f_init[:, np.newaxis] - measured,
            f_empty=rng.uniform(0.0, 0.05, n),
            f_final=f_init - newton_to_lbf(pours.final_poured_weight),
            d_rc=rng.uniform(60.0, 130.0, n),
            h_rc=rng.uniform(60.0, 180.0, n),
            rho=np.asarray(population.liquid.relative_density),
        )
    else:
        columns.update(
            f=-measured,
            f_target=newton_to_lbf(pours.target_weight),
            theta_dot=sign * pours.command,
        )
    steps = pours.tilt.shape[1]
    array = np.empty((n, steps, len(schema.columns)))
    for index, name in enumerate(schema.column_names):
        values = columns[name]
        array[:, :, index] = values if values.ndim == 2 else values[:, np.newaxis]
    array[np.arange(steps) >= pours.lengths[:, np.newaxis]] = 0.0
    return array

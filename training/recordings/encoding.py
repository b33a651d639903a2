# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Simulated and measured pours in the layout of a schema, as if they had been recorded so."""

from collections.abc import Mapping, Sequence

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.pours.schemas import ROBOT_TRIALS, Schema
from pour_force_estimator.simulation import SimulatedPours
from pour_force_estimator.units import m_to_mm, newton_to_lbf, rad_to_degree

_TILT_SIGN = {'dim': 1, 'robot_trials': -1}
"""Sign of theta while a cup is tilted, in the published recordings of each schema."""


def encode(
    pours: SimulatedPours, schema: Schema, rng: np.random.Generator, tilt_sign: int | None = None
) -> np.ndarray:
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
    tilt_sign : {1, -1}, optional
        Sign of theta while a cup is tilted; by default that of the published recordings.

    Returns
    -------
    ndarray of shape (n_pours, n_steps, n_columns), float64
        Pours in the schema's units; rows of zeros after the end of a pour.

    """
    population, n = pours.population, len(pours)
    sign = tilt_sign or _TILT_SIGN[schema.name]
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
    array = _stacked(
        schema,
        {
            name: values if values.ndim == 2 else values[:, np.newaxis]
            for name, values in columns.items()
        },
    )
    array[np.arange(array.shape[1]) >= pours.lengths[:, np.newaxis]] = 0.0
    return array


def encode_measured(tilt: np.ndarray, poured: np.ndarray, context: PourContext) -> np.ndarray:
    """
    Return a measured pour as rows of the schema ``robot_trials``.

    The angle has the sign of the robot trials, negative while the cup pours. The column
    ``theta_dot`` is the derivative of the angle, since no command is known; no feature uses it.

    Parameters
    ----------
    tilt : ndarray of shape (n_steps,)
        Tilt of the cup [rad], at the rate of the schema.
    poured : ndarray of shape (n_steps,)
        Poured weight [N].
    context : PourContext
        Initial and target weight, height and diameter of the cup.

    Returns
    -------
    ndarray of shape (n_steps, 7), float64

    """
    return _stacked(
        ROBOT_TRIALS,
        {
            'theta': -rad_to_degree(tilt),
            'f': -newton_to_lbf(poured),
            'f_init': newton_to_lbf(context.required('initial_weight')),
            'f_target': newton_to_lbf(context.required('target_weight')),
            'h_pc': m_to_mm(context.required('cup_height')),
            'd_pc': m_to_mm(context.required('cup_diameter')),
            'theta_dot': -np.gradient(tilt) * ROBOT_TRIALS.sample_rate_hz,
        },
    )


def pad(pours: Sequence[np.ndarray]) -> np.ndarray:
    """
    Return pours as one array.

    Parameters
    ----------
    pours : sequence of ndarray of shape (n_steps, n_columns)
        One pour at least; lengths differ.

    Returns
    -------
    ndarray of shape (n_pours, longest, n_columns), float64
        Rows of zeros after the end of a pour.

    """
    array = np.zeros((len(pours), max(map(len, pours)), pours[0].shape[1]))
    for rows, pour in zip(array, pours):
        rows[: len(pour)] = pour
    return array


def _stacked(schema: Schema, columns: Mapping[str, np.ndarray | float]) -> np.ndarray:
    """Return columns by name, which broadcast, in the order of a schema along a last axis."""
    return np.stack(np.broadcast_arrays(*(columns[name] for name in schema.column_names)), axis=-1)

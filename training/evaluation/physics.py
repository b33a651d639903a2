# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The physics as an estimator: the simulator's outflow for each recorded tilt, with no network.

It takes what a network gets too, the tilt and the weight before the pour, and in addition four
parameters of the cup. Those of `FITTED_CUPS` were fitted to the recorded robot trials, so that
errors on these trials are in-sample: a bound for what the physics can reach, not a forecast.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
import hashlib
import json
import sys

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.errors import ContextError, SimulationError
from pour_force_estimator.pours.recordings import RecordedPour
from pour_force_estimator.simulation import FITTED_CUPS, simulate_pour, TRANSPORT_DELAY_S
from pour_force_estimator.simulation.population import FITTED_FORMS
from pour_force_estimator.units import degree_to_rad

from ..cli.progress import track
from ..cups.grouping import cup_sizes
from .metrics import pour_errors

AUTO = 'auto'
"""In place of a cup's name: look each pour's cup up by height and diameter."""

CUP_OPTIONS = ('cup', 'lip_ratio', 'discharge', 'choke', 'angle_offset_deg')
"""What `add_physics_options` adds to the parsed arguments; None where an option is not given."""


@dataclass(frozen=True)
class PourPhysics:
    """
    Estimates pours from the physics of their cups.

    Parameters
    ----------
    cup : str
        `AUTO`, or the name of one of `FITTED_CUPS` for all pours. With `AUTO`, a cup that was not
        fitted is a plain `Cup` of its height and diameter.
    parameters : dict of str to float
        Parameters of `Cup`, other than its size, that replace those of every cup.

    Raises
    ------
    SimulationError
        If the cup is unknown or a parameter is out of its range.

    """

    cup: str = AUTO
    parameters: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.cup != AUTO and self.cup not in FITTED_CUPS:
            raise SimulationError(
                f'cup: expected {AUTO!r} or one of {list(FITTED_CUPS)}, received {self.cup!r}'
            )
        Cup(0.1, 0.1, **self.parameters)  # a wrong parameter is no fault of the first pour

    @property
    def digest(self) -> str:
        """SHA-256 of all parameters that the estimates depend on, hexadecimal."""
        parameters = [
            self.cup,
            self.parameters,
            TRANSPORT_DELAY_S,
            {name: asdict(cup) for name, cup in FITTED_FORMS.items()},
        ]
        return hashlib.sha256(json.dumps(parameters, sort_keys=True).encode()).hexdigest()

    def cup_of(self, pour: RecordedPour) -> CupSpec:
        """Return the `CupSpec` of a `RecordedPour`."""
        context = pour.context
        name = fitted_name(context) if self.cup == AUTO else self.cup
        if name:
            cup = FITTED_FORMS[name]
        else:
            cup = Cup(context.required('cup_height'), context.required('cup_diameter'))
        return CupSpec.of_cup(replace(cup, **self.parameters), name or None)

    def estimate(self, pour: RecordedPour) -> np.ndarray:
        """
        Return the poured weight that a scale would read.

        Parameters
        ----------
        pour : RecordedPour
            Of any schema; its measured weight takes no part.

        Returns
        -------
        ndarray of shape (n_steps,)
            Estimated poured weight [N].

        Raises
        ------
        SimulationError
            If the cup cannot hold the recorded weight, or a value is out of its range; the
            message names the pour.

        """
        with _naming(pour):
            return simulate_pour(
                self.cup_of(pour),
                pour.context.required('initial_weight'),
                pour.tilt,
                pour.schema.sample_rate_hz,
                pour.context.relative_density or 1.0,
                delay_s=TRANSPORT_DELAY_S,
            )

    def evaluate(self, pours: Sequence[RecordedPour]) -> tuple[list[np.ndarray], dict[str, float]]:
        """
        Estimate recorded pours.

        Parameters
        ----------
        pours : sequence of RecordedPour
            The pours.

        Returns
        -------
        estimated : list of ndarray of shape (n_steps,)
            Estimated poured weight of each pour [N].
        errors : dict of str to float
            See `training.evaluation.metrics.weight_errors`.

        """
        estimated = [self.estimate(pour) for pour in track(pours, 'evaluating')]
        return estimated, pour_errors(pours, estimated)


def fitted_name(context: PourContext) -> str | None:
    """Return the name in `FITTED_CUPS` of the cup of a `PourContext`, None if it has none."""
    return _fitted_name(CupSize.of(context))


def cup_names(pours: Sequence[RecordedPour]) -> list[str]:
    """
    Return what to call the cup of each pour: its fitted name, else its size in mm.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours; which are of one cup is for `training.cups.grouping` to say.

    Returns
    -------
    list of str

    """
    return [_fitted_name(size) or size.name for size in cup_sizes(pours)]


def warn_of_unfitted(physics: PourPhysics, pours: Sequence[RecordedPour]) -> None:
    """Print a line about the pours for whose cups a `PourPhysics` has found no fitted ones."""
    if physics.cup != AUTO:
        return
    sizes = [CupSize.of(pour.context) for pour in pours]
    unfitted = [size.name for size in sizes if not _fitted_name(size)]
    if unfitted:
        names = sorted(set(unfitted))
        listed = ', '.join(names[:5]) + (', ...' if len(names) > 5 else '')
        print(
            f'note: {len(unfitted)} of {len(pours)} pours are from cups that were not fitted '
            f'({listed}): a plain Cup of their height and diameter stands in',
            file=sys.stderr,
        )


def add_physics_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe a `PourPhysics` to an `argparse.ArgumentParser`."""
    group = parser.add_argument_group('cups, with --physics')
    group.add_argument(
        '--cup',
        metavar='NAME',
        help=f"'{AUTO}' (default: by height and diameter), or for all pours one of "
        f'{", ".join(FITTED_CUPS)}',
    )
    group.add_argument('--lip-ratio', type=float, help='diameter of lip to body [-], all pours')
    group.add_argument('--discharge', type=float, help='discharge coefficient [-], all pours')
    group.add_argument('--choke', type=float, help='Froude number of a full lip [-], all pours')
    group.add_argument(
        '--angle-offset-deg',
        type=float,
        metavar='DEGREE',
        help='added to each tilt [degree], all pours',
    )


def physics_from(arguments: argparse.Namespace) -> PourPhysics:
    """Return the `PourPhysics` that the options of `add_physics_options` describe."""
    offset = arguments.angle_offset_deg
    parameters = {
        'lip_ratio': arguments.lip_ratio,
        'discharge': arguments.discharge,
        'choke': arguments.choke,
        'angle_offset': None if offset is None else degree_to_rad(offset),
    }
    return PourPhysics(
        AUTO if arguments.cup is None else arguments.cup,
        {name: value for name, value in parameters.items() if value is not None},
    )


def _fitted_name(size: CupSize) -> str | None:
    """Return the name in `FITTED_CUPS` of a cup of a `CupSize`, None if it has none."""
    return next((name for name, cup in FITTED_CUPS.items() if cup.size.is_same(size)), None)


@contextmanager
def _naming(pour: RecordedPour) -> Iterator[None]:
    """Let errors in the block say which pour they are about."""
    try:
        yield
    except (ContextError, SimulationError) as error:
        raise SimulationError(f'pour {pour.index}: {error}') from error

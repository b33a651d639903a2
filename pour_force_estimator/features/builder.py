# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What each feature of a model is, and how a row of features is built from a tilt and its past.

==================  =====  =====================================================================
feature             unit   meaning
==================  =====  =====================================================================
``theta`` ...       ...    what follows from the tilt; see `pour_force_estimator.features.motion`
``physics_`` ...    N      what the cup would have poured by now; see
                           `pour_force_estimator.features.physics`
``prior_`` ...      -      logarithm of how probable that is, by what was weighed before
``past_onset``      deg    how far the tilt is past that at which the cup begins to pour
``cup_known``       -      see `CupKnown`
``f_init`` ...      N,     constants of a pour; see `CONTEXT_FEATURES` for the field of
                    mm, -  `PourContext` that each comes from
==================  =====  =====================================================================
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..context import PourContext
from ..cups.table import CupSpec, CupTable
from ..errors import MissingContextError, ModelContractError
from ..hypotheses import Mounting
from ..units import m_to_mm
from .motion import MOTION_FEATURES
from .physics import PHYSICS_CONTEXT, PHYSICS_UNITS, PhysicsFeatures


def _unchanged(value: float) -> float:
    return value


@dataclass(frozen=True)
class ContextFeature:
    """
    A feature that is constant during a pour.

    Attributes
    ----------
    field : str
        Field of `PourContext` that it comes from.
    unit : str
        Unit of the feature.
    from_si : callable
        Conversion to `unit` from the field's SI unit.

    """

    field: str
    unit: str
    from_si: Callable[[float], float]


CONTEXT_FEATURES = {
    'f_init': ContextFeature('initial_weight', 'N', _unchanged),
    'f_target': ContextFeature('target_weight', 'N', _unchanged),
    'f_empty': ContextFeature('empty_weight', 'N', _unchanged),
    'd_rc': ContextFeature('receiver_diameter', 'mm', m_to_mm),
    'h_rc': ContextFeature('receiver_height', 'mm', m_to_mm),
    'd_pc': ContextFeature('cup_diameter', 'mm', m_to_mm),
    'h_pc': ContextFeature('cup_height', 'mm', m_to_mm),
    'rho': ContextFeature('relative_density', '-', _unchanged),
}
"""Features that are constant during a pour, by name."""

LEAKING_FEATURES = {'f_final': 'N'}
"""Units of the features that are known only after a pour; no online estimate may use them."""


class CupKnown:
    """
    Whether the outflow of the cup was fitted: 1 if so, 0 where that of a typical one is assumed.

    Parameters
    ----------
    cups : CupTable
        The cups that were fitted.

    """

    unit = '-'
    needs = ('cup_height', 'cup_diameter')

    def __init__(self, cups: CupTable) -> None:
        self._cups = cups

    def of(self, context: PourContext) -> float:
        """Return the feature for a `PourContext`; it is constant during a pour."""
        return float(self._cups.knows(context.cup_height, context.cup_diameter, context.cup))


CUP_KNOWN = 'cup_known'
"""Name of the feature that `CupKnown` computes."""

TILT_FEATURES = (*MOTION_FEATURES, *PHYSICS_UNITS)
"""Names of the features that follow from the tilt and its past."""

_UNITS = {
    **{name: feature.unit for name, feature in MOTION_FEATURES.items()},
    **PHYSICS_UNITS,
    CUP_KNOWN: CupKnown.unit,
    **{name: feature.unit for name, feature in CONTEXT_FEATURES.items()},
    **LEAKING_FEATURES,
}


def feature_unit(name: str) -> str:
    """Return the unit of feature `name`; raise `ModelContractError` for an unknown one."""
    if name not in _UNITS:
        raise ModelContractError(f'feature: expected one of {sorted(_UNITS)}, received {name!r}')
    return _UNITS[name]


def needed_context(names: Iterable[str]) -> tuple[str, ...]:
    """Return the fields of `PourContext` that the features `names` need, a tuple of str."""
    fields: dict[str, None] = {}  # a dict keeps the order and drops repetitions
    for name in names:
        if name in CONTEXT_FEATURES:
            fields[CONTEXT_FEATURES[name].field] = None
        elif name in PHYSICS_UNITS:
            fields.update(dict.fromkeys(PHYSICS_CONTEXT))
        elif name not in LEAKING_FEATURES:
            needs = CupKnown.needs if name == CUP_KNOWN else MOTION_FEATURES[name].needs
            fields.update(dict.fromkeys(needs))
    return tuple(fields)


def leaking_features(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of `names` that are known only after a pour, a tuple of str."""
    return tuple(name for name in names if name in LEAKING_FEATURES)


def check_context(fields: Iterable[str], context: PourContext) -> None:
    """Raise `MissingContextError` unless `context` has all of `fields`."""
    missing = [field for field in fields if getattr(context, field) is None]
    if missing:
        raise MissingContextError(missing)


class FeatureBuilder:
    """
    Builds the features of one model, step by step.

    Parameters
    ----------
    names : sequence of str
        Names of the features in the model's order.
    sample_rate_hz : float
        Rate of the model's steps [Hz].
    tilt_sign : int
        +1 or -1: sign of theta, in the recordings that the model learned from, while the cup is
        tilted.
    cups : CupTable or iterable of CupSpec
        The cups that are known, that the physics features look up.

    Attributes
    ----------
    physics : PhysicsFeatures or None
        What computes the features of the physics, if the model has any.

    Raises
    ------
    ModelContractError
        If a feature is unknown.
    SimulationError
        If two of the cups are of one name.

    """

    def __init__(
        self,
        names: Sequence[str],
        sample_rate_hz: float,
        tilt_sign: int,
        cups: CupTable | Iterable[CupSpec] = (),
    ) -> None:
        self.names = tuple(names)
        for name in self.names:
            feature_unit(name)
        self._cups = table = CupTable.of(cups)
        self._needed = needed_context(self.names)
        self._row = np.zeros((1, len(self.names)), np.float32)
        self._motion = [
            (index, MOTION_FEATURES[name](sample_rate_hz, tilt_sign))
            for index, name in enumerate(self.names)
            if name in MOTION_FEATURES
        ]
        self.physics = (
            PhysicsFeatures(self.names, sample_rate_hz, table)
            if set(self.names) & set(PHYSICS_UNITS)
            else None
        )
        self._constant = [
            (index, CONTEXT_FEATURES[name])
            for index, name in enumerate(self.names)
            if name in CONTEXT_FEATURES
        ]
        self._leaking = [
            index for index, name in enumerate(self.names) if name in LEAKING_FEATURES
        ]
        self._of_cup = [
            (index, CupKnown(table)) for index, name in enumerate(self.names) if name == CUP_KNOWN
        ]

    def start(
        self,
        context: PourContext,
        mounting: Mounting | None = None,
        weight_after: float | None = None,
    ) -> None:
        """
        Begin a pour: forget the past and take over the context.

        Parameters
        ----------
        context : PourContext
            What is known of the pour.
        mounting : Mounting, optional
            What was learned of how the cup sits; nothing if left out.
        weight_after : float, optional
            Weight after the pour [N], the outcome, that a recording tells; for leaking features.

        Raises
        ------
        MissingContextError
            If a feature needs a value that `context` does not have, or the outcome; nothing
            changes then.
        ContextError
            If it names a cup that is not known; nothing changes then.

        """
        context = self._cups.resolved(context)
        check_context(self._needed, context)
        if self._leaking and weight_after is None:
            raise MissingContextError(['weight_after'])
        for _, feature in self._motion:
            feature.start(context)
        if self.physics is not None:
            self.physics.start(self._row, context, mounting)
        for index, constant in self._constant:
            self._row[0, index] = constant.from_si(getattr(context, constant.field))
        for index in self._leaking:
            self._row[0, index] = weight_after
        for index, of_cup in self._of_cup:
            self._row[0, index] = of_cup.of(context)

    def take_prior(self) -> None:
        """Take over what the mounting of `start` has learned since."""
        if self.physics is not None:
            self.physics.take_prior(self._row)

    def row(self, tilt: float) -> np.ndarray:
        """
        Return the features of the next step.

        Parameters
        ----------
        tilt : float
            Tilt of the cup at this step [rad], positive while pouring.

        Returns
        -------
        ndarray of shape (1, n_features), float32
            The same array at each call; copy it to keep it.

        """
        row = self._row
        for index, feature in self._motion:
            row[0, index] = feature.step(tilt)
        if self.physics is not None:
            self.physics.step(row, tilt)
        return row

    def trace(
        self,
        tilt: np.ndarray,
        context: PourContext,
        mounting: Mounting | None = None,
        weight_after: float | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """
        Return the features of a whole pour and the hypotheses behind them.

        Parameters
        ----------
        tilt, context, mounting, weight_after
            As of `matrix`.

        Returns
        -------
        features : ndarray of shape (n_steps, n_features), float32
            As of `matrix`.
        arrived : ndarray of shape (n_steps, J, K)
            What a scale reads under each hypothesis [N].
        shares : ndarray of shape (J, K)
            See `PhysicsFeatures`.

        """
        physics = self.physics
        if physics is None:
            raise ModelContractError(
                f'trace: expected features of the physics, received {", ".join(self.names)}'
            )
        self.start(context, mounting, weight_after)
        features = np.empty((len(tilt), len(self.names)), np.float32)
        arrived = np.empty((len(tilt), *physics.shares.shape))
        for step, row in enumerate(self._rows(tilt)):
            features[step] = row
            arrived[step] = physics.arrived
        return features, arrived, physics.shares

    def matrix(
        self,
        tilt: np.ndarray,
        context: PourContext,
        mounting: Mounting | None = None,
        weight_after: float | None = None,
    ) -> np.ndarray:
        """
        Return the features of a whole pour.

        Parameters
        ----------
        tilt : ndarray of shape (n_steps,)
            Tilt of the cup [rad], positive while pouring, at the model's rate.
        context : PourContext
            What is known of the pour.
        mounting : Mounting, optional
            What was learned of how the cup sits.
        weight_after : float, optional
            See `start`.

        Returns
        -------
        ndarray of shape (n_steps, n_features), float32

        """
        self.start(context, mounting, weight_after)
        matrix = np.empty((len(tilt), len(self.names)), np.float32)
        for step, row in enumerate(self._rows(tilt)):
            matrix[step] = row
        return matrix

    def _rows(self, tilt: np.ndarray) -> Iterator[np.ndarray]:
        """Return the features of the next steps, each as of `row`."""
        return map(self.row, np.asarray(tilt, np.float64).tolist())

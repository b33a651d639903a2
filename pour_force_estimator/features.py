"""
What each feature of a model is, and how a row of features is built from a tilt and its past.

==================  =====  =====================================================================
feature             unit   meaning
==================  =====  =====================================================================
``theta`` ...       ...    what follows from the tilt; see `pour_force_estimator.motion_features`
``physics_`` ...    lbf    what the cup would have poured by now; see
                           `pour_force_estimator.physics_features`
``cup_known``       -      see `CupKnown`
``f_init`` ...      lbf,   constants of a pour; see `CONTEXT_FEATURES` for the field of
                    mm, -  `PourContext` that each comes from
==================  =====  =====================================================================
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .context import OUTCOME_FIELDS
from .cup_table import CupTable
from .errors import MissingContextError, ModelContractError
from .motion_features import MOTION_FEATURES
from .physics_features import PHYSICS_FEATURES, PhysicsWeights
from .units import lbf_to_newton, m_to_mm, mm_to_m, newton_to_lbf


def _same(value):
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
    to_si, from_si : callable
        Conversions between `unit` and the field's SI unit.

    """

    field: str
    unit: str
    to_si: Callable
    from_si: Callable


CONTEXT_FEATURES = {
    'f_init': ContextFeature('initial_weight', 'lbf', lbf_to_newton, newton_to_lbf),
    'f_target': ContextFeature('target_weight', 'lbf', lbf_to_newton, newton_to_lbf),
    'f_empty': ContextFeature('empty_weight', 'lbf', lbf_to_newton, newton_to_lbf),
    'f_final': ContextFeature('final_weight', 'lbf', lbf_to_newton, newton_to_lbf),
    'd_rc': ContextFeature('receiver_diameter', 'mm', mm_to_m, m_to_mm),
    'h_rc': ContextFeature('receiver_height', 'mm', mm_to_m, m_to_mm),
    'd_pc': ContextFeature('cup_diameter', 'mm', mm_to_m, m_to_mm),
    'h_pc': ContextFeature('cup_height', 'mm', mm_to_m, m_to_mm),
    'rho': ContextFeature('relative_density', '-', _same, _same),
}
"""Features that are constant during a pour, by name."""


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

    def __init__(self, cups):
        self._cups = cups

    def of(self, context):
        """Return the feature for a `PourContext`; it is constant during a pour."""
        return float(self._cups.knows(context.cup_height, context.cup_diameter))


CUP_KNOWN = 'cup_known'
"""Name of the feature that `CupKnown` computes."""

TILT_FEATURES = {**MOTION_FEATURES, **dict.fromkeys(PHYSICS_FEATURES, PhysicsWeights)}
"""Features that follow from the tilt and its past, by name; the class that computes each."""

_COMPUTED = {**TILT_FEATURES, CUP_KNOWN: CupKnown}


def feature_unit(name):
    """Return the unit of feature `name`; raise `ModelContractError` for an unknown one."""
    for known in (_COMPUTED, CONTEXT_FEATURES):
        if name in known:
            return known[name].unit
    raise ModelContractError(
        f'feature: expected one of {sorted({*_COMPUTED, *CONTEXT_FEATURES})}, '
        f'received {name!r}')


def needed_context(names):
    """Return the fields of `PourContext` that the features `names` need, a tuple of str."""
    fields = {}  # a dict keeps the order and drops repetitions
    for name in names:
        if name in CONTEXT_FEATURES:
            fields[CONTEXT_FEATURES[name].field] = None
        else:
            fields.update(dict.fromkeys(_COMPUTED[name].needs))
    return tuple(fields)


def outcome_features(names):
    """Return those of `names` that are known only after a pour, a tuple of str."""
    return tuple(
        name for name in names
        if name in CONTEXT_FEATURES and CONTEXT_FEATURES[name].field in OUTCOME_FIELDS)


def check_context(fields, context):
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
        The cups whose outflow was fitted, that the physics features look up.

    Raises
    ------
    ModelContractError
        If a feature is unknown.
    SimulationError
        If two of the cups are of one size.

    """

    def __init__(self, names, sample_rate_hz, tilt_sign, cups=()):
        self.names = tuple(names)
        for name in self.names:
            feature_unit(name)
        cups = CupTable.of(cups)
        self._needed = needed_context(self.names)
        self._row = np.zeros((1, len(self.names)), np.float32)
        self._motion = [
            (index, MOTION_FEATURES[name](sample_rate_hz, tilt_sign))
            for index, name in enumerate(self.names) if name in MOTION_FEATURES]
        physics = {
            index: name for index, name in enumerate(self.names) if name in PHYSICS_FEATURES}
        # one group fills all of its columns, at much less than so many features would cost
        self._groups = [
            (tuple(physics), PhysicsWeights(physics.values(), sample_rate_hz, cups))
        ] if physics else []
        self._constant = [
            (index, CONTEXT_FEATURES[name])
            for index, name in enumerate(self.names) if name in CONTEXT_FEATURES]
        self._of_cup = [
            (index, CupKnown(cups))
            for index, name in enumerate(self.names) if name == CUP_KNOWN]

    def start(self, context):
        """
        Begin a pour: forget the past and take over the context.

        Parameters
        ----------
        context : PourContext
            What is known of the pour.

        Raises
        ------
        MissingContextError
            If a feature needs a value that `context` does not have; nothing changes then.

        """
        check_context(self._needed, context)
        for _, feature in (*self._motion, *self._groups):
            feature.start(context)
        for index, feature in self._constant:
            self._row[0, index] = feature.from_si(getattr(context, feature.field))
        for index, feature in self._of_cup:
            self._row[0, index] = feature.of(context)

    def row(self, tilt):
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
        for columns, group in self._groups:
            for index, value in zip(columns, group.step(tilt)):
                row[0, index] = value
        return row

    def matrix(self, tilt, context):
        """
        Return the features of a whole pour.

        Parameters
        ----------
        tilt : ndarray of shape (n_steps,)
            Tilt of the cup [rad], positive while pouring, at the model's rate.
        context : PourContext
            What is known of the pour.

        Returns
        -------
        ndarray of shape (n_steps, n_features), float32

        """
        self.start(context)
        matrix = np.empty((len(tilt), len(self.names)), np.float32)
        for step, angle in enumerate(np.asarray(tilt, np.float64).tolist()):
            matrix[step] = self.row(angle)
        return matrix

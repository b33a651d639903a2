"""From the tilt of the cup at a tick to the estimate: the features, one step, the interval."""

import math
from typing import NamedTuple

from .features import check_context, FeatureBuilder
from .interval import half_width, possible_bounds
from .range_watch import RangeWatch
from .schemas import poured_weight
from .units import lbf_to_newton, newton_to_lbf


class Estimate(NamedTuple):
    """
    The estimate at one tick of the model.

    Attributes
    ----------
    stamp_ns : int
        Time of the tick [ns], on the clock of the samples.
    poured_weight : float
        Weight that has left the cup since the start [N].
    tilt : float
        Tilt of the cup at the tick [rad].
    lower, upper : float
        The interval of the model's coverage around the poured weight [N], within 0 and the
        initial weight; NaN for a model without one.

    """

    stamp_ns: int
    poured_weight: float
    tilt: float
    lower: float
    upper: float


class TickEstimator:
    """
    What a model says at each tick of one pour after the other.

    Parameters
    ----------
    model : StepModel
        An exported model; several may share one.

    """

    def __init__(self, model):
        spec = model.spec
        self._steps = model.stream()
        self._needed = spec.needed_context
        self._rule = spec.response.poured_weight
        self._interval = spec.interval
        self._features = FeatureBuilder(
            spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups)
        self._watch = RangeWatch(spec.features)

    def start(self, context):
        """
        Start a pour: no past, no state.

        Parameters
        ----------
        context : PourContext
            What is known of the pour.

        Raises
        ------
        MissingContextError
            If the model needs a value that `context` does not have; nothing changes then.

        """
        check_context(self._needed, context)
        self._features.start(context)
        self._steps.reset()
        self._watch.reset()
        if context.initial_weight is None:
            self._initial_weight, self._f_init = math.inf, None
        else:
            self._initial_weight = context.initial_weight
            self._f_init = newton_to_lbf(context.initial_weight)

    def step(self, stamp_ns, tilt):
        """
        Return the `Estimate` at the next tick.

        Parameters
        ----------
        stamp_ns : int
            Time of the tick [ns].
        tilt : float
            Tilt of the cup [rad], positive while pouring.

        Returns
        -------
        Estimate

        """
        features = self._features.row(tilt)
        self._watch.add(features)
        response, spread = self._steps.step(features)
        weight = lbf_to_newton(poured_weight(self._rule, response, self._f_init))
        if self._interval is None:
            return Estimate(stamp_ns, weight, tilt, math.nan, math.nan)
        half_width_lbf = half_width(self._interval, spread, self._watch.excess)
        return Estimate(stamp_ns, weight, tilt, *possible_bounds(
            weight, lbf_to_newton(half_width_lbf), self._initial_weight))

    def out_of_range(self):
        """Return what `RangeWatch.out_of_range` says of this pour, a list of OutOfRange."""
        return self._watch.out_of_range()

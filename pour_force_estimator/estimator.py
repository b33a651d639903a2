"""The estimator: stamped tilts of a cup in, estimates of the poured weight out."""

import math
from typing import NamedTuple

from .features import check_context, FeatureBuilder
from .interval import half_width, possible_bounds
from .range_watch import RangeWatch
from .resampler import Resampler
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


class PourEstimator:
    """
    Estimate the poured weight from the tilt of the cup, without a force sensor.

    Parameters
    ----------
    model : StepModel
        An exported model; several estimators may share one.
    context : PourContext
        What is known of the first pour.
    max_interpolated_gap_s, time_jump_threshold_s : float
        See `Resampler`.
    reset_on_gap : bool
        Whether a gap that is too long starts a new pour; otherwise it ends the estimate until
        `reset`, since what was poured in the gap is not known.

    Attributes
    ----------
    context : PourContext
        What is known of the pour in progress.
    counters : collections.Counter
        Samples dropped and interruptions by case since construction; see
        `pour_force_estimator.resampler`. ``not_finite`` counts tilts that are no number.
    interruptions : int
        How often a gap or a jump of the clock has ended a pour.
    last_interruption : Interruption or None
        The last of them.

    Raises
    ------
    MissingContextError
        If the model needs a value that `context` does not have.

    Examples
    --------
    >>> estimator = PourEstimator(model, context)  # doctest: +SKIP
    >>> for stamp_ns, tilt in samples:  # doctest: +SKIP
    ...     for estimate in estimator.update(stamp_ns, tilt):
    ...         print(estimate.stamp_ns, estimate.poured_weight)

    """

    def __init__(self, model, context, *, max_interpolated_gap_s=0.2,
                 time_jump_threshold_s=1.0, reset_on_gap=False):
        spec = model.spec
        self._steps = model.stream()
        self._needed = spec.needed_context
        self._rule = spec.response.poured_weight
        self._interval = spec.interval
        self._features = FeatureBuilder(
            spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups)
        self._watch = RangeWatch(spec.features)
        self._resampler = Resampler(
            spec.sample_rate_hz, max_interpolated_gap_s, time_jump_threshold_s)
        self._resetting = {'time_jump', 'gap'} if reset_on_gap else {'time_jump'}
        self.counters = self._resampler.counters
        self.interruptions = 0
        self.last_interruption = None
        self.reset(context)

    @property
    def interruption(self):
        """Why there are no estimates until `reset`; None while there are."""
        return self._resampler.interruption

    def reset(self, context=None):
        """
        Start a new pour: no past, no state, tick 0 at the next sample.

        Parameters
        ----------
        context : PourContext, optional
            What is known of the new pour; the same as before if left out.

        Raises
        ------
        MissingContextError
            If the model needs a value that `context` does not have; nothing changes then.

        """
        context = self.context if context is None else context
        check_context(self._needed, context)
        self._features.start(context)
        self._resampler.reset()
        self.context = context
        self._steps.reset()
        self._watch.reset()
        if context.initial_weight is None:
            self._initial_weight, self._f_init = math.inf, None
        else:
            self._initial_weight = context.initial_weight
            self._f_init = newton_to_lbf(context.initial_weight)

    def update(self, stamp_ns, tilt):
        """
        Take a sample and return the estimates that it completes.

        Parameters
        ----------
        stamp_ns : int
            Time of the sample [ns].
        tilt : float
            Tilt of the cup [rad], positive while pouring.

        Returns
        -------
        list of Estimate
            One per tick of the model up to `stamp_ns`; most often one or none.

        """
        if not math.isfinite(tilt):
            self.counters['not_finite'] += 1
            return []
        ticks = self._resampler.push(stamp_ns, tilt)
        if self._resampler.interruption is not None:
            ticks = self._on_interruption(self._resampler.interruption, stamp_ns, tilt)
        return [self._estimate(tick_ns, tick_tilt) for tick_ns, tick_tilt in ticks]

    def rehearse(self):
        """
        Make ready for the next sample if that is likely to complete a tick.

        No estimate depends on it; it is for those who wait for the estimate but not for the
        samples between two of them.
        """
        if self._resampler.is_tick_next:
            self._steps.rehearse()

    def _on_interruption(self, interruption, stamp_ns, tilt):
        """Note what happened; start a new pour with this sample where that is allowed."""
        if interruption is not self.last_interruption:
            self.last_interruption = interruption
            self.interruptions += 1
        if interruption.case not in self._resetting:
            return []
        self.reset()
        return self._resampler.push(stamp_ns, tilt)

    def out_of_range(self):
        """
        Return the features of this pour that left the range which the model saw in training.

        A network extrapolates silently; its estimates are not to be trusted then.

        Returns
        -------
        list of OutOfRange

        """
        return self._watch.out_of_range()

    def _estimate(self, stamp_ns, tilt):
        """Step the model and return the estimate."""
        features = self._features.row(tilt)
        self._watch.add(features)
        response, spread = self._steps.step(features)
        weight = lbf_to_newton(poured_weight(self._rule, response, self._f_init))
        if self._interval is None:
            return Estimate(stamp_ns, weight, tilt, math.nan, math.nan)
        half_width_lbf = half_width(self._interval, spread, self._watch.excess)
        return Estimate(stamp_ns, weight, tilt, *possible_bounds(
            weight, lbf_to_newton(half_width_lbf), self._initial_weight))

"""The estimator: stamped tilts of a cup in, estimates of the poured weight out."""

import math

from .resampler import Resampler
from .tick_estimator import TickEstimator


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
        self._ticks = TickEstimator(model)
        self._rehearsal = TickEstimator(model)
        self._resampler = Resampler(
            model.spec.sample_rate_hz, max_interpolated_gap_s, time_jump_threshold_s)
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
        self._ticks.start(context)
        self._rehearsal.start(context)
        self._resampler.reset()
        self.context = context

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
        return [self._ticks.step(tick_ns, tick_tilt) for tick_ns, tick_tilt in ticks]

    @property
    def is_tick_next(self):
        """Whether the next sample completes a tick, if it comes as the last one did."""
        return self._resampler.is_tick_next

    def rehearse(self):
        """
        Make ready for a sample that completes a tick, for those who wait for its estimate.

        After a pause a tick takes many times as long, while the processor fetches what it needs.
        So it is rehearsed with another `TickEstimator`, which nobody listens to; no estimate
        depends on it.
        """
        self._rehearsal.step(0, self._resampler.last_value)

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
        return self._ticks.out_of_range()

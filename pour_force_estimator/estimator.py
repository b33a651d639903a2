# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The estimator: stamped tilts of a cup in, estimates of the poured weight out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
import math
from pathlib import Path
from typing import Any, TypeVar

from .context import PourContext
from .cups.size import CupSize
from .cups.spec import CupSpec
from .cups.table import CupTable
from .errors import ModelStepError, MountingError, WeighingError
from .hypotheses import hypotheses_of, Mounting
from .hypotheses.put_away import CupsPutAway
from .hypotheses.weighable_pour import WeighablePour
from .model.range_watch import OutOfRange
from .model.step_model import StepModel
from .resampler import Interruption, Resampler, Tick
from .status import EstimatorStatus
from .tick_estimator import Estimate, TickEstimator

_Begun = TypeVar('_Begun')

RETURN_SPEED = 1.0
"""Speed with which an arm turns back, where none is given [rad/s]."""

RETURN_ACCELERATION = 5.0
"""Acceleration with which it reaches that [rad/s^2]."""

MAX_UPRIGHT_TILT = math.radians(15.0)
"""
Tilt up to which the cup counts as upright [rad].

A pour begins by itself only then: what a tilted cup has poured before is not known.
"""


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
        Whether a gap that is too long, or a small step back of the clock, starts a new pour if the
        cup is upright then; otherwise it ends the estimate until `reset`, since what was poured
        in the gap is not known. A jump back, as of a bag that begins anew, always does so.
    return_speed : float
        Speed with which the arm turns the cup back [rad/s]; for `Estimate.predicted_weight`.
    return_acceleration : float
        Acceleration with which it reaches that speed [rad/s^2].
    cups : iterable of CupSpec
        Cups beside those of the model; one takes the place of a cup of its name.

    Attributes
    ----------
    context : PourContext
        What is known of the pour in progress; if it names a cup, with the size of that, and if its
        size is that of a cup that is remembered, with the size by which it is.
    cups : CupTable
        The cups that are known.
    mounting : Mounting or None
        What was learned from weighed pours of how the cup sits; None for a model without
        hypotheses, which learns nothing.
    status : EstimatorStatus
        Whether it estimates, and what has disturbed it.

    Raises
    ------
    MissingContextError
        If the model needs a value that `context` does not have.
    ContextError
        If it names a cup that is not known; the message lists those that are.
    ValueError
        If speed or acceleration are not above 0.

    Examples
    --------
    >>> estimator = PourEstimator.load('robot_trials', context)  # doctest: +SKIP
    >>> for stamp_ns, tilt in samples:  # doctest: +SKIP
    ...     for estimate in estimator.update(stamp_ns, tilt):
    ...         if estimate.predicted_weight >= target:
    ...             turn_back()
    >>> estimator.weigh(1.23)  # what a scale says of that pour [N]  # doctest: +SKIP
    >>> estimator.reset()  # doctest: +SKIP

    """

    def __init__(
        self,
        model: StepModel,
        context: PourContext,
        *,
        max_interpolated_gap_s: float = 0.2,
        time_jump_threshold_s: float = 1.0,
        reset_on_gap: bool = False,
        return_speed: float = RETURN_SPEED,
        return_acceleration: float = RETURN_ACCELERATION,
        cups: Iterable[CupSpec] = (),
    ) -> None:
        for name, value in (
            ('return_speed', return_speed),
            ('return_acceleration', return_acceleration),
        ):
            if not 0.0 < value < math.inf:
                raise ValueError(f'{name}: expected a number above 0, received {value!r}')
        self.cups = CupTable.of(model.spec.cups)
        for cup in cups:
            self.cups = self.cups.with_cup(cup)
        self._learns = model.spec.interval is not None
        self._name = model.spec.name
        self._ticks = TickEstimator(model, return_speed, return_acceleration, self.cups)
        self._resampler = Resampler(
            model.spec.sample_rate_hz, max_interpolated_gap_s, time_jump_threshold_s
        )
        self._resetting = {'time_jump', 'time_step', 'gap'} if reset_on_gap else {'time_jump'}
        self.status = EstimatorStatus(counters=self._resampler.counters)
        self.mounting: Mounting | None = None
        self.put_away = CupsPutAway()
        self._pour: WeighablePour | None = None
        self._pour_before: WeighablePour | None = None
        self.reset(context)

    @classmethod
    def load(
        cls, name_or_path: str | Path, context: PourContext, **options: Any
    ) -> 'PourEstimator':
        """
        Return an estimator with a model that ships, by its name, or with one in a file.

        Parameters
        ----------
        name_or_path : str or path-like
            Name of a shipped model, or path of an ONNX file.
        context : PourContext
            What is known of the first pour.
        **options
            See the class.

        Raises
        ------
        ModelFileError, ModelContractError
            If there is no such model, or it cannot be used.

        """
        return cls(StepModel.load(name_or_path), context, **options)

    def reset(self, context: PourContext | None = None) -> None:
        """
        Start a new pour: no past, no state, tick 0 at the next sample.

        What was learned of the mounting stays, unless the new pour is from another cup. What was
        learned of a cup itself stays in any case: it is there when the cup comes back.

        Parameters
        ----------
        context : PourContext, optional
            What is known of the new pour; the same as before if left out.

        Raises
        ------
        MissingContextError
            If the model needs a value that `context` does not have; nothing changes then.
        ContextError
            If it names a cup that is not known; nothing changes then.

        """
        self._begin(self.context if context is None else context, self._resampler.reset)

    def _begin(self, context: PourContext, begin: Callable[[], _Begun]) -> _Begun:
        """Start a pour; return what `begin`, which starts the resampler, returns."""
        context = self._with_remembered_size(self.cups.resolved(context))
        mounting = self._mounting_of(context)
        self._ticks.start(context, mounting)
        ticks = begin()
        self.status.interruption = None
        if mounting is not self.mounting:
            self._change_cup(mounting)
        elif self._pour is not None and self._pour.has_begun:
            self._pour_before = self._pour if self._pour.can_be_weighed else None
        self.context = context
        outflow = self._ticks.outflow
        if outflow is not None:
            self._pour = WeighablePour(outflow, context.required('initial_weight'))
        return ticks

    def _with_remembered_size(self, context: PourContext) -> PourContext:
        """Return a context with one size for a cup, however it was measured this time."""
        is_told_by_size = context.cup is None and None not in (
            context.cup_height,
            context.cup_diameter,
        )
        if not self._learns or not is_told_by_size:
            return context
        size = CupSize.of(context)
        for remembered in self._remembered_sizes():
            if remembered == size:
                return context
            if remembered.is_same(size):
                return replace(
                    context, cup_height=remembered.height, cup_diameter=remembered.diameter
                )
        return context

    def _remembered_sizes(self) -> Iterator[CupSize]:
        """Yield the sizes of cups that have no name, that in the gripper first."""
        if self.mounting is not None and self.context.cup is None:
            yield CupSize.of(self.context)
        for name, mounting in self.put_away:
            if name is None:
                yield mounting.hypotheses.typical.size

    def _mounting_of(self, context: PourContext) -> Mounting | None:
        """Return what is known of the mounting of the cup of `context`."""
        if not self._learns or context.cup_height is None or context.cup_diameter is None:
            return None
        hypotheses = hypotheses_of(
            self.cups, context.cup_height, context.cup_diameter, context.cup
        )
        if self.mounting is not None and self.mounting.hypotheses == hypotheses:
            return self.mounting
        return self.put_away.find(hypotheses)

    def _change_cup(self, mounting: Mounting | None) -> None:
        """Put the cup in the gripper away, and take that of `mounting`."""
        if self.mounting is not None:
            self.put_away.add(self.mounting, self.context.cup)
        if mounting is not None:
            self.put_away.remove(mounting.hypotheses)
        self.mounting, self._pour_before = mounting, None

    def update(self, stamp_ns: int, tilt: float) -> list[Estimate]:
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
            One per tick of the model up to `stamp_ns`; most often one or none. Their numbers are
            finite: a step that gives others is an interruption, which ends the estimate.

        """
        if not math.isfinite(tilt):
            self.status.counters['not_finite'] += 1
            return []
        ticks = self._resampler.push(stamp_ns, tilt)
        if self._resampler.interruption is not None:
            ticks = self._on_interruption(self._resampler.interruption)
        estimates: list[Estimate] = []
        try:
            for tick_ns, tick_tilt in ticks:
                estimates.append(self._ticks.step(tick_ns, tick_tilt))
        except ModelStepError as error:
            self._on_interruption(self._resampler.stop('model_step', str(error)))
        if self._pour is not None:
            for estimate in estimates:
                self._pour.add(estimate.tilt)
        return estimates

    def weigh(self, poured_weight: float) -> None:
        """
        Learn from what the last pour that has ended really poured.

        That is the pour in progress once the cup has turned back and nothing flows any more, or,
        until that pours, the one before the last `reset`.

        Parameters
        ----------
        poured_weight : float
            What a scale says of it [N].

        Raises
        ------
        WeighingError
            If that cannot be: no number, negative, more than was in the cup, no pour has ended or
            it was weighed already, or the model has no hypotheses. Nothing changes then.

        """
        try:
            pour, mounting = self._pour_to_weigh()
            pour.weigh(poured_weight, mounting)
        except WeighingError:
            self.status.counters['weighing_refused'] += 1
            raise
        if self._pour is not None and not self._pour.has_begun:
            self._ticks.take_prior()

    def _pour_to_weigh(self) -> tuple[WeighablePour, Mounting]:
        if self._pour is None or self.mounting is None:
            raise WeighingError(
                f'weighed: expected a model that learns from weighed pours, received '
                f'{self._name}, which has no hypotheses'
            )
        if self._pour.has_begun or self._pour_before is None:
            return self._pour, self.mounting
        return self._pour_before, self.mounting

    def remount(self) -> None:
        """Forget how the cup sits, but not how it flows: it was taken out and mounted anew."""
        self._pour_before = None
        if self.mounting is None:
            return
        self.mounting.remount()
        if self._pour is not None and self._pour.has_begun:
            self._pour.refuse('the cup was mounted anew since it began')
        else:
            self._ticks.take_prior()

    def restore(self, mounting: Mapping[str, Any], size: CupSize | None = None) -> None:
        """
        Take over what was learned before a restart, and start the pour anew.

        Parameters
        ----------
        mounting : dict
            What `Mounting.to_dict` said then.
        size : CupSize, optional
            By which the cup in the gripper was told then; that of the context if left out.

        Raises
        ------
        MountingError
            If it is broken or of another cup; nothing changes then.

        """
        if self.mounting is None:
            raise MountingError(
                f'mounting: expected a model that learns from weighed pours, received '
                f'{self._name}, which has no hypotheses'
            )
        size = size or CupSize.of(self.context)
        context = replace(self.context, cup_height=size.height, cup_diameter=size.diameter)
        hypotheses = hypotheses_of(self.cups, size.height, size.diameter, context.cup)
        self.mounting = Mounting.from_dict(mounting, hypotheses)
        self.context = context
        self._pour = self._pour_before = None
        self.reset()

    def restore_put_away(
        self, mounting: Mapping[str, Any], size: CupSize, name: str | None
    ) -> None:
        """
        Take over what was learned before a restart of a cup that is not in the gripper.

        Parameters
        ----------
        mounting : dict
            What `Mounting.to_dict` said then.
        size : CupSize
            Size of the cup.
        name : str or None
            Name that it was asked for by.

        Raises
        ------
        MountingError
            If it is broken, or of a cup that the model does not know so.
        ContextError
            If no cup has that name.

        """
        hypotheses = hypotheses_of(self.cups, size.height, size.diameter, name)
        self.put_away.add(Mounting.from_dict(mounting, hypotheses), name)

    def _on_interruption(self, interruption: Interruption) -> list[Tick]:
        """Note what happened; start a new pour with the samples behind it where that may be."""
        if interruption is self.status.last_interruption:
            return []
        self.status.interrupt(interruption)
        is_upright = abs(self._resampler.next_value) <= MAX_UPRIGHT_TILT
        if interruption.case not in self._resetting or not is_upright:
            if self._pour is not None and not self._pour.can_be_weighed:
                self._pour.refuse(f'{interruption} tore it')
            return []
        return self._begin(self.context, self._resampler.restart)

    def out_of_range(self) -> list[OutOfRange]:
        """
        Return the features of this pour that left the range which the model saw in training.

        A network extrapolates silently; its estimates are not to be trusted then.
        """
        return self._ticks.out_of_range()

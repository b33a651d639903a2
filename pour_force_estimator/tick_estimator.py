# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From the tilt of the cup at a tick to the estimate: features, one step, what follows from it."""

import math
from typing import NamedTuple

import numpy as np

from .context import PourContext
from .cups.table import CupTable
from .errors import ModelStepError
from .features import check_context, FeatureBuilder
from .features.motion import ThetaVelocity
from .hypotheses import HypotheticalOutflow, Mounting
from .hypotheses.belief import central_interval, mean
from .hypotheses.return_flow import ReturnFlow
from .model.interval import bounds, category
from .model.range_watch import OutOfRange, RangeWatch, TiltWatch
from .model.step_model import StepModel
from .pours.schemas import weight_from_response


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
    predicted_weight : float
        Weight that will have left in the end if the arm turned back now [N]; NaN for a model
        without hypotheses. That is what a program compares with its target.

    """

    stamp_ns: int
    poured_weight: float
    tilt: float
    lower: float
    upper: float
    predicted_weight: float


class TickEstimator:
    """
    What a model says at each tick of one pour after the other.

    Parameters
    ----------
    model : StepModel
        An exported model; several may share one.
    return_speed : float
        Speed with which the arm turns back [rad/s].
    return_acceleration : float
        Acceleration with which it reaches that [rad/s^2].
    cups : CupTable, optional
        The cups that are known; those of the model if left out.

    """

    def __init__(
        self,
        model: StepModel,
        return_speed: float,
        return_acceleration: float,
        cups: CupTable | None = None,
    ) -> None:
        spec = model.spec
        self._steps = model.stream()
        self._needed = spec.needed_context
        self._rule = spec.response.weight_rule
        self._interval = spec.interval
        self._cups = CupTable.of(spec.cups if cups is None else cups)
        self._features = FeatureBuilder(
            spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, self._cups
        )
        self._watch, self._tilt_watch = RangeWatch(spec.features), TiltWatch()
        self._return = return_speed, return_acceleration
        self._velocity = ThetaVelocity(spec.sample_rate_hz, 1)
        self._outflow: HypotheticalOutflow | None = None
        self._return_flow: ReturnFlow | None = None
        self._initial_weight, self._interval_factor = math.inf, math.nan

    def start(self, context: PourContext, mounting: Mounting | None = None) -> None:
        """
        Start a pour: no past, no state.

        Parameters
        ----------
        context : PourContext
            What is known of the pour.
        mounting : Mounting, optional
            What was learned of how the cup sits.

        Raises
        ------
        MissingContextError
            If the model needs a value that `context` does not have; nothing changes then.
        ContextError
            If it names a cup that is not known; nothing changes then.

        """
        context = self._cups.resolved(context)
        check_context(self._needed, context)
        self._features.start(context, mounting)
        self._steps.reset()
        self._watch.reset()
        self._velocity.start(context)
        weight = context.initial_weight
        self._initial_weight = math.inf if weight is None else weight
        physics = self._features.physics
        if physics is not None:
            self._tilt_watch = TiltWatch(physics.mounting.hypotheses.typical)
        if self._interval is not None and physics is not None:
            self._set_interval_factor()
            self._outflow = physics.outflow
            self._return_flow = ReturnFlow(
                physics.mounting.hypotheses, physics.outflow.initial_volume, *self._return
            )

    def step(self, stamp_ns: int, tilt: float) -> Estimate:
        """
        Return the `Estimate` at the next tick.

        Parameters
        ----------
        stamp_ns : int
            Time of the tick [ns].
        tilt : float
            Tilt of the cup [rad], positive while pouring.

        Raises
        ------
        ModelStepError
            If what the model says is no number, or is of a kind that gives none.

        """
        features = self._features.row(tilt)
        self._watch.add(features)
        self._tilt_watch.add(tilt)
        response, gates = self._steps.step(features)
        if not math.isfinite(response):
            raise ModelStepError(f'weight: expected a number, received {response!r}')
        weight = weight_from_response(self._rule, response, self._initial_weight)
        if self._interval is None:
            return Estimate(stamp_ns, weight, tilt, math.nan, math.nan, math.nan)
        physics, outflow = self._features.physics, self._outflow
        assert physics is not None and outflow is not None  # as of any model with an interval
        belief = physics.shares * gates
        if not outflow.has_poured:
            low = high = 0.0
        else:
            low, high = central_interval(belief, physics.arrived)
        lower, upper = bounds(
            self._interval.noise,
            self._interval_factor,
            weight,
            low,
            high,
            self._initial_weight,
            self._watch.overrange + self._tilt_watch.overrange,
        )
        predicted = self._predict(tilt, belief, outflow)
        # NaN of a gate reaches all three, whichever gate it is: the mean is a sum over them.
        if not math.isfinite(lower + upper + predicted):
            raise ModelStepError(
                f'gates: expected numbers, received {gates.ravel().tolist()!r:.100}'
            )
        return Estimate(
            stamp_ns,
            weight,
            tilt,
            lower,
            upper,
            predicted,
        )

    def _predict(self, tilt: float, belief: np.ndarray, outflow: HypotheticalOutflow) -> float:
        """Return what will have left if the arm turned back now [N]."""
        assert self._return_flow is not None
        left = outflow.left
        still = self._return_flow.volumes(tilt, self._velocity.step(tilt), outflow.volumes)
        if still is not None:
            left = left + still * outflow.newton_per_m3
        return mean(belief, left)

    @property
    def outflow(self) -> HypotheticalOutflow | None:
        """The `HypotheticalOutflow` of the pour; None for a model without hypotheses."""
        return self._outflow

    def take_prior(self) -> None:
        """Take over what the mounting has learned since `start`; only before liquid flows."""
        self._features.take_prior()
        self._set_interval_factor()

    def _set_interval_factor(self) -> None:
        physics = self._features.physics
        if self._interval is not None and physics is not None:
            mounting = physics.mounting
            self._interval_factor = self._interval.factors[
                category(mounting.hypotheses.is_flow_certain, mounting.pours_weighed)
            ]

    def out_of_range(self) -> list[OutOfRange]:
        """Return what has left the range that is known, of features and of the cup."""
        return self._watch.out_of_range() + self._tilt_watch.out_of_range()

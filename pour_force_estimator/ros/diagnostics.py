# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the node says of itself in /diagnostics."""

from collections import Counter
from collections.abc import Sequence
import time

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from ..cups.spec import CupSpec
from ..estimator import PourEstimator
from ..features import CUP_KNOWN
from ..hypotheses.grid import MIN_FLOW_SPREAD
from ..meters import LatencyMeter, RateMeter
from ..model.step_model import StepModel
from ..tick_estimator import Estimate
from ..tilt.stamp_check import StampCheck
from ..tilt.tilt_reader import TiltReader
from ..units import rad_to_degree
from .weighings import Weighings

SILENCE_S = 1.5
"""
Joint states or estimates are missed after this time [s], on a steady clock.

More than the period of the reports, so that the first one after the last message still tells what
it did.
"""

MAX_NAMES = 30
"""Names of joints that a report tells at most."""

MAX_NAME_LENGTH = 60
"""Characters of each that it tells."""

MAX_QUIET_FILL = 1.01
"""
Liquid over what the cup holds from which on a user is told [-].

The estimate has poured what is too much while the cup is upright.
"""


class EstimatorDiagnostics:
    """
    Collects what happens and tells it as a diagnostic status.

    Parameters
    ----------
    model : StepModel
        The model in use.
    estimator : PourEstimator
        The estimator in use.
    reader : TiltReader
        What reads the joint states.
    weighings : Weighings
        What takes the weighed pours.
    stamps : StampCheck
        What refuses joint states without a stamp.

    Attributes
    ----------
    publishers : list of str
        Nodes that publish joint states, as of the last time that a joint had two sources.

    """

    def __init__(
        self,
        model: StepModel,
        estimator: PourEstimator,
        reader: TiltReader,
        weighings: Weighings,
        stamps: StampCheck,
    ) -> None:
        self._model = model
        self._estimator = estimator
        self._reader, self._joints = reader, reader.joints
        self._weighings = weighings
        self._stamps = stamps
        self.publishers: list[str] = []
        self._timeless = 0
        self._is_timeless = False
        self._rate = RateMeter()
        self._latency = LatencyMeter()
        self._joint_states = self._estimates = self._zero_stamps = 0
        self._last_estimate: Estimate | None = None
        self._heard_s = self._estimated_s = time.monotonic()
        self._measured = (0.0, 0.0, 0.0, 0.0)

    def add_joint_state(self, stamp_ns: int, has_stamp: bool) -> None:
        """Count a joint state with its stamp [ns], or that of its arrival if it has none."""
        self._joint_states += 1
        self._is_timeless = False
        self._heard_s = time.monotonic()
        self._zero_stamps += not has_stamp
        self._rate.add(stamp_ns)

    def add_timeless(self) -> None:
        """Count a joint state without a stamp that came while the ROS clock stood at 0."""
        self._joint_states += 1
        self._zero_stamps += 1
        self._timeless += 1
        self._is_timeless = True
        self._heard_s = time.monotonic()

    def add_estimates(self, estimates: Sequence[Estimate], duration_ns: int) -> None:
        """Count estimates, and the time from the joint state to the last of them [ns]."""
        self._estimates += len(estimates)
        self._estimated_s = time.monotonic()
        self._last_estimate = estimates[-1]
        self._latency.add(duration_ns)

    def forget_pour(self) -> None:
        """Forget the last estimate: a new pour has begun, and has time to give one."""
        self._last_estimate = None
        self._heard_s = self._estimated_s = time.monotonic()

    def array(self, stamp: Time, node_name: str, topic: str | None) -> DiagnosticArray:
        """
        Return the status as a message.

        Parameters
        ----------
        stamp : builtin_interfaces.msg.Time
            Time of the report.
        node_name : str
            Fully qualified name of the node.
        topic : str or None
            Where the joint states come from; None while the node does not listen.

        Returns
        -------
        diagnostic_msgs.msg.DiagnosticArray

        """
        level, message = self._health(topic)
        array = DiagnosticArray(
            status=[
                DiagnosticStatus(
                    level=level,
                    name=f'{node_name.lstrip("/")}: pour estimate',
                    message=message,
                    hardware_id=self._model.spec.name,
                    values=[
                        KeyValue(key=key, value=str(value))
                        for key, value in self._values().items()
                    ],
                )
            ]
        )
        array.header.stamp = stamp
        return array

    def end_period(self) -> None:
        """Measure rate and latency of the period that ends now; reports have them from now on."""
        self._measured = (*self._rate.take(), *self._latency.take())

    def _health(self, topic: str | None) -> tuple[bytes, str]:
        """Return level and one line."""
        if topic is None:
            return DiagnosticStatus.OK, 'inactive'
        interruption = self._estimator.status.interruption
        if interruption:
            return DiagnosticStatus.ERROR, (
                f'no estimate after {interruption}: call ~/reset to start anew'
            )
        conflict = self._reader.conflict
        if conflict is not None:
            return DiagnosticStatus.ERROR, (
                f'no estimate: {conflict}; publishers: {", ".join(self.publishers)}: let one '
                'source be left and call ~/reset'
            )
        now_s = time.monotonic()
        if now_s - self._heard_s > SILENCE_S:
            return DiagnosticStatus.WARN, f'no joint states on {topic}'
        if self._is_timeless:
            return DiagnosticStatus.WARN, (
                f'no time: {self._timeless} joint states came without a stamp, and use_sim_time '
                'is set but nothing came on /clock'
            )
        missing = self._joints.missing()
        if missing:
            return DiagnosticStatus.WARN, (f'joints {missing} never seen; seen: {self._seen()}')
        if now_s - self._estimated_s > SILENCE_S:
            return DiagnosticStatus.WARN, (
                'no joint state is usable; refused: '
                f'{dict(self._joints.refused + self._samples() + self._unstamped())}; '
                f'joints seen: {self._seen()}'
            )
        overfull = self.overfull()
        if overfull:
            return DiagnosticStatus.WARN, overfull
        outside = self._estimator.out_of_range()
        if outside:
            return DiagnosticStatus.WARN, 'outside the range seen in training: ' + ', '.join(
                f'{name} {value:.4g} (range {low:.4g} to {high:.4g} {unit})'
                for name, unit, value, low, high in outside
            )
        return DiagnosticStatus.OK, 'estimating'

    def overfull(self) -> str:
        """Return that the pour has more in its cup than that holds; '' if it has not."""
        context = self._estimator.context
        initial = context.initial_weight
        full = self._estimator.cups.full_weight(context)
        if initial is None or full is None or initial <= MAX_QUIET_FILL * full:
            return ''
        return f'pour.initial_weight {initial:.4g} N, the cup holds {full:.4g} N'

    def _values(self) -> dict[str, object]:
        rate_hz, jitter_s, p50_s, p99_s = self._measured
        spec = self._model.spec
        context = {name: getattr(self._estimator.context, name) for name in spec.needed_context}
        measured_on, rmse = spec.measured_error or ('-', '-')
        return {
            'model': spec.name,
            'model digest': self._model.digest,
            'model rate [Hz]': spec.sample_rate_hz,
            'model RMSE [N]': rmse,
            'model RMSE measured on': measured_on,
            'poured weight [N]': (
                '-' if self._last_estimate is None else f'{self._last_estimate.poured_weight:.4f}'
            ),
            **self._predicted(),
            **self._interval(),
            **self._learned(),
            'context of the pour': ', '.join(
                f'{name} {value:g}' for name, value in context.items()
            ),
            **self._cup(),
            'input rate [Hz]': f'{rate_hz:.1f}',
            'input jitter [ms]': f'{jitter_s * 1e3:.3f}',
            'latency p50 [ms]': f'{p50_s * 1e3:.3f}',
            'latency p99 [ms]': f'{p99_s * 1e3:.3f}',
            'joint states': self._joint_states,
            'estimates': self._estimates,
            'joint states without a stamp': self._zero_stamps,
            **{
                f'refused {cause}': count
                for cause, count in (self._joints.refused + self._unstamped()).items()
            },
            **{f'samples {case}': count for case, count in self._samples().items()},
        }

    def _unstamped(self) -> Counter[str]:
        return Counter(unstamped=self._stamps.unstamped) if self._stamps.unstamped else Counter()

    def _seen(self) -> str:
        """Return the names of joints that were seen, of very many the first."""
        seen = sorted(name[:MAX_NAME_LENGTH] for name in self._joints.seen)
        return f'{seen[:MAX_NAMES]}{" and more" if len(seen) > MAX_NAMES else ""}'

    def _samples(self) -> Counter[str]:
        """Return what became of samples; refused weighings are counted beside them."""
        return Counter(
            {
                case: count
                for case, count in self._estimator.status.counters.items()
                if case != 'weighing_refused'
            }
        )

    def _learned(self) -> dict[str, object]:
        """Return what weighed pours have taught; a model that learns nothing only refuses."""
        mounting, refused = self._estimator.mounting, self._weighings.refused
        if mounting is None and not refused:
            return {}
        return {
            **(
                {}
                if mounting is None
                else {
                    'mounting offset [degree]': (
                        f'{rad_to_degree(mounting.offset):+.1f} ± '
                        f'{rad_to_degree(mounting.spread):.1f}'
                    ),
                    'pours weighed': mounting.pours_weighed,
                }
            ),
            'weighings refused': refused,
            'last refused weighing': self._weighings.last_refusal or '-',
        }

    def _cup(self) -> dict[str, str]:
        """Return which cup it is and what is known of it; nothing where that is not asked."""
        context, cups = self._estimator.context, self._estimator.cups
        cup: CupSpec | None
        if context.cup is not None:
            cup = cups.named(context.cup)
        elif CUP_KNOWN in self._model.spec.feature_names:
            cup = cups.of_size(context.required('cup_height'), context.required('cup_diameter'))
        else:
            return {}
        if cup is None:
            return {'cup': 'not known: training.cup or training.calibrate would help'}
        if cup.is_shape_alone:
            return {'cup': f'known by its shape alone: {cup.name}'}
        if cup.flow_spread < MIN_FLOW_SPREAD:
            return {'cup': f'known: {cup.name}'}
        spread = f'±{100.0 * cup.flow_spread:.0f} %'
        return {'cup': f'known by {cup.pours} pours, how it flows to {spread}: {cup.name}'}

    def _predicted(self) -> dict[str, object]:
        """Return the predicted weight; nothing for a model that predicts none."""
        last = self._last_estimate
        if self._estimator.mounting is None:
            return {}
        return {'predicted weight [N]': '-' if last is None else f'{last.predicted_weight:.4f}'}

    def _interval(self) -> dict[str, str]:
        """Return what to say of the interval; nothing for a model without one."""
        if self._model.spec.interval is None:
            return {}
        last = self._last_estimate
        return {
            'interval coverage [%]': f'{100.0 * self._model.spec.interval.coverage:g}',
            'interval width [N]': '-' if last is None else f'{last.upper - last.lower:.4f}',
        }

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What a configured estimator has, and what becomes of a joint state: estimates on topics.

It is there from configure to cleanup. Its node (`estimator_node`) knows the lifecycle alone.
"""

from collections.abc import Callable, Sequence
import time

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNode
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from ..cups.cup_file import load_cup
from ..cups.spec import CupSpec
from ..errors import ModelContractError, PourForceEstimatorError
from ..estimator import PourEstimator
from ..model.step_model import StepModel
from ..mounting_keeper import MountingKeeper
from ..tilt.stamp_check import StampCheck
from ..tilt.tilt_reader import TiltReader
from .conversions import SEQUENCE_NUMBER, to_ns
from .diagnostics import EstimatorDiagnostics
from .estimate_publishers import EstimatePublishers
from .lifecycle import all_or_nothing
from .parameters import EstimatorConfig, read_config, read_context
from .weighings import Weighings

DIAGNOSTICS_PERIOD_S = 1.0

MAX_PUBLISHERS_NAMED = 8
"""More publishers of the joint states are not named in a line."""


class EstimatorSession:
    """
    A model at work, with its topics and services.

    Parameters
    ----------
    node : LifecycleNode
        The node, whose parameters say what there is.
    joint_states_topic : callable
        Returns the topic that the joints are heard on, a str; None while the node is inactive.

    Raises
    ------
    PourForceEstimatorError
        If a parameter, the model or a file cannot be used; no topic is left behind then.

    """

    def __init__(self, node: LifecycleNode, joint_states_topic: Callable[[], str | None]) -> None:
        self._node, self._topic = node, joint_states_topic
        self._logger = node.get_logger()
        config = read_config(node)
        self._model = _load_model(config.model)
        cup = load_cup(config.cup_file) if config.cup_file else None
        self._estimator = _estimator_of(self._model, node, config, [] if cup is None else [cup])
        keeper = MountingKeeper(config.mounting_file, self._estimator)
        restored = keeper.restore()
        self._reader = TiltReader(config.tilt, config.max_joint_velocity)
        self._stamps = StampCheck()
        self._warned_of_zero_stamps = False
        self._interruptions = 0
        with all_or_nothing(node):
            self._create_interfaces(config.frame_id, keeper)
        unchecked = '' if self._model.has_digest else ', without a digest of itself'
        self._logger.info(
            f'model {self._model.spec.name} ({self._model.digest[:12]}{unchecked}), '
            f'{self._model.spec.sample_rate_hz:g} Hz, joints {list(config.tilt.joints)}'
        )
        if cup is not None:
            self._logger.info(
                f'{config.cup_file}: known as pour.cup {cup.name!r}; pour.cup is '
                f'{self._estimator.context.cup!r}'
            )
        if restored:
            self._logger.info(restored)

    def _create_interfaces(self, frame_id: str, keeper: MountingKeeper) -> None:
        node = self._node
        self._publishers_of_estimates = EstimatePublishers(
            node,
            frame_id,
            has_interval=self._model.spec.interval is not None,
            predicts=self._estimator.mounting is not None,
        )
        self._weighings = Weighings(
            node,
            self._estimator,
            keeper,
            lambda: self._topic() is not None,
            self.publish_diagnostics,
        )
        self._diagnostics = EstimatorDiagnostics(
            self._model, self._estimator, self._reader, self._weighings, self._stamps
        )
        self._diagnostics_publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._reset_service = node.create_service(Trigger, '~/reset', self._on_reset)
        # A steady clock, since the ROS clock may stand still or jump.
        self._diagnostics_timer = node.create_timer(
            DIAGNOSTICS_PERIOD_S, self._on_period, clock=Clock(clock_type=ClockType.STEADY_TIME)
        )

    def destroy(self) -> None:
        """Withdraw topics and services."""
        self._node.destroy_timer(self._diagnostics_timer)
        self._node.destroy_service(self._reset_service)
        self._weighings.destroy()
        self._publishers_of_estimates.destroy()
        self._node.destroy_publisher(self._diagnostics_publisher)

    def on_joint_state(self, message: JointState, info: dict[str, int | None]) -> None:
        """Publish the estimates that a joint state completes."""
        began_ns = time.perf_counter_ns()
        stamp_ns = to_ns(message.header.stamp)
        has_stamp = stamp_ns != 0
        if not has_stamp:
            stamp_ns = self._stamp_of_arrival()
            if stamp_ns == 0:  # the ROS clock before the first /clock: no time at all
                self._diagnostics.add_timeless()
                return
        if self._reader.joints.concerns(message) and not self._stamps.take(has_stamp):
            self._diagnostics.add_joint_state(stamp_ns, has_stamp)
            return
        had_conflict = self._reader.conflict is not None
        tilt = self._reader.read(stamp_ns, message, info.get(SEQUENCE_NUMBER))
        estimates = [] if tilt is None else self._estimator.update(stamp_ns, tilt)
        for estimate in estimates:
            self._publishers_of_estimates.publish(estimate)
        # Publish first; bookkeeping afterwards.
        self._diagnostics.add_joint_state(stamp_ns, has_stamp)
        if estimates:
            self._diagnostics.add_estimates(estimates, time.perf_counter_ns() - began_ns)
        if self._estimator.status.interruptions != self._interruptions:
            self._on_interruption()
        if self._reader.conflict is not None and not had_conflict:
            self._on_two_sources()

    def _stamp_of_arrival(self) -> int:
        """Return the node's time [ns] for a message without a stamp; say so the first time."""
        if not self._warned_of_zero_stamps:
            self._warned_of_zero_stamps = True
            self._logger.warning(
                'joint states without a stamp: using the time of their arrival, which is less '
                'exact'
            )
        return self._node.get_clock().now().nanoseconds

    def _on_interruption(self) -> None:
        """Say what has ended the pour."""
        status = self._estimator.status
        self._interruptions = status.interruptions
        self._reader.forget_positions()
        cause = status.last_interruption
        if status.interruption:  # once until ~/reset, so that no throttle may keep it
            self._logger.error(f'{cause}: no estimate until ~/reset')
            self.publish_diagnostics()
        else:
            self._logger.warning(f'{cause}: a new pour starts', throttle_duration_sec=1.0)

    def _on_two_sources(self) -> None:
        """Say that a joint has two sources, and who publishes; the pour is lost."""
        topic = self._node.resolve_topic_name('joint_states')
        publishers = self._node.get_publishers_info_by_topic(topic)
        names = sorted(
            {f'{info.node_namespace.rstrip("/")}/{info.node_name}' for info in publishers}
        )
        self._diagnostics.publishers = names[:MAX_PUBLISHERS_NAMED]
        self._logger.error(
            f'{self._reader.conflict}: no estimate until ~/reset; publishers of '
            f'{topic}: {", ".join(self._diagnostics.publishers)}'
        )
        self.publish_diagnostics()

    def start_pour(self) -> str:
        """Start a pour with the context that the parameters hold now; return it as text."""
        self._estimator.reset(read_context(self._node))
        context = self._estimator.context
        self._weighings.keep()  # another cup may have come
        self._reader.reset()
        self._stamps.reset()
        self._diagnostics.forget_pour()
        overfull = self._diagnostics.overfull()
        if overfull:
            self._logger.warning(overfull)
        values = [f'{name} {getattr(context, name):g}' for name in self._model.spec.needed_context]
        return ', '.join(values if context.cup is None else [f'cup {context.cup}', *values])

    def _on_reset(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        try:
            response.message = f'new pour: {self.start_pour()}'
            response.success = True
            self._logger.info(response.message)
        except PourForceEstimatorError as error:
            response.message = str(error)
            self._logger.warning(f'reset refused: {error}')
        self.publish_diagnostics()
        return response

    def _on_period(self) -> None:
        self._diagnostics.end_period()
        self.publish_diagnostics()

    def publish_diagnostics(self) -> None:
        """Publish how it is."""
        self._diagnostics_publisher.publish(
            self._diagnostics.array(
                self._node.get_clock().now().to_msg(),
                self._node.get_fully_qualified_name(),
                self._topic(),
            )
        )


def _load_model(name: str) -> StepModel:
    """Return the model of a name or path, one of what a robot knows while it pours."""
    model = StepModel.load(name)
    if model.spec.leaking_features:
        raise ModelContractError(
            f'{name}: expected a model of what a robot knows while it pours, received one that '
            f'needs the outcome: {", ".join(model.spec.leaking_features)}'
        )
    return model


def _estimator_of(
    model: StepModel, node: LifecycleNode, config: EstimatorConfig, cups: Sequence[CupSpec]
) -> PourEstimator:
    """Return the estimator that the parameters describe, which knows `cups` beside the model's."""
    return PourEstimator(
        model,
        read_context(node),
        max_interpolated_gap_s=config.max_interpolated_gap_s,
        time_jump_threshold_s=config.time_jump_threshold_s,
        reset_on_gap=config.reset_on_gap,
        return_speed=config.return_speed,
        return_acceleration=config.return_acceleration,
        cups=cups,
    )

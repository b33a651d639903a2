# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What a robot program does to pour to targets, with a simulated arm and a simulated scale.

It tells the estimator of each pour and of each new mounting, has `pour_to_target` pour, which
resets the estimator, and tells the estimator what the scale says.
"""

import time

from rcl_interfaces.msg import FloatingPointRange, ParameterDescriptor
from rclpy.duration import Duration
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import Float64, String

from ...context import PourContext
from ...errors import PourError
from ...pours.session_log import PourTask
from ...simulation.mounted_cup import TargetTask, told_name
from ...units import gram_to_newton, newton_to_gram
from ..pouring.pour_client import PourClient
from ..waiting import sleep, until
from .arm_node import ArmNode
from .steered_arm import SteeredArm

READY_TIMEOUT_S = 60.0
"""How long a pour may be refused, while the nodes find each other [s]."""

RETRY_PERIOD_S = 0.3


class RobotProgram:
    """
    Has a simulated arm pour to targets.

    Parameters
    ----------
    node : ArmNode
        The arm's node.
    arm : SteeredArm
        The arm.

    """

    def __init__(self, node: ArmNode, arm: SteeredArm) -> None:
        self._node = node
        self._arm = arm
        node.declare_parameter(
            'pourer',
            'pour_to_target',
            ParameterDescriptor(
                description='Node that steers the arm; empty to wait for the commands '
                'of any other.'
            ),
        )
        name = node.get_parameter('pourer').value
        self._pourer = PourClient(node, name) if name else None
        estimator = node.get_parameter('estimator').value
        self._weighings = node.create_publisher(
            Float64, f'{estimator}/weighed' if estimator else '~/weighed', 10
        )
        self._tasks = node.create_publisher(
            String, '~/task', QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        )

    async def pour(self, tasks: list[TargetTask]) -> None:
        """
        Pour one task after the other.

        Parameters
        ----------
        tasks : list of TargetTask
            What to pour.

        Raises
        ------
        PourForceEstimatorError
            If a pour is refused for long, or the estimator refuses what it is told.

        """
        node, arm = self._node, self._arm
        arm.fill(tasks[0])
        arm.start()
        await until(
            node, lambda: node.is_heard() and (self._pourer is None or self._pourer.is_ready())
        )
        for number, task in enumerate(tasks, start=1):
            if number > 1:
                await node.pause()
                arm.fill(task)
            await self._announce(task)
            state = await self._carry_out(task)
            await until(node, lambda: arm.is_at_rest)
            weighed_g = round(newton_to_gram(arm.arrived_weight))
            self._weighings.publish(Float64(data=gram_to_newton(weighed_g)))
            node.get_logger().info(
                f'pour {number} from {task.label}, {newton_to_gram(task.target_weight):.0f} g: '
                f'{state}, {weighed_g} g weighed'
            )
        await node.pause()
        self._weighings.wait_for_all_acked(Duration(seconds=1))
        node.wait_until_delivered()

    async def _announce(self, task: TargetTask) -> None:
        """Say what is poured next; the estimator is reset by who steers, if that is known."""
        self._tasks.publish(
            String(
                data=PourTask(
                    float(task.cup.height),
                    float(task.cup.diameter),
                    task.initial_weight,
                    task.target_weight,
                    task.is_mounted_anew,
                ).to_json()
            )
        )
        estimator = self._node.estimator
        if estimator is None:
            return
        if task.is_mounted_anew:
            await estimator.remount()
        await estimator.set_context(
            PourContext(
                initial_weight=task.initial_weight,
                cup_height=float(task.cup.height),
                cup_diameter=float(task.cup.diameter),
                cup=told_name(task.cup),
                target_weight=task.target_weight,
                relative_density=self._arm.settings.relative_density,
            )
        )
        if self._pourer is None:
            await estimator.reset()

    async def _carry_out(self, task: TargetTask) -> str:
        """Have the pour begin and wait for its end; return what became of it."""
        if self._pourer is None:
            await until(self._node, lambda: self._arm.has_poured)
            return 'done'
        deadline_s = time.monotonic() + READY_TIMEOUT_S
        while True:
            try:
                await self._pourer.begin(task.target_weight)
                break
            except PourError as error:
                if time.monotonic() > deadline_s:
                    raise
                self._node.get_logger().info(f'not yet: {error}')
                await sleep(self._node, RETRY_PERIOD_S)
        self._arm.begin_steering()
        state = await self._pourer.wait_for_end()
        self._arm.end_steering()
        return state


def declare_session_parameters(node: ArmNode) -> None:
    """Declare what is poured, and how the cups sit."""
    node.declare_parameter(
        'targets',
        [100.0],
        ParameterDescriptor(
            description='What to pour of each cup, or one for all; with control estimate [g].'
        ),
    )
    for name, default, high, description in (
        (
            'mounting_offset_spread',
            2.2,
            5.0,
            'Spread of how much further tilted than nominal a mounted cup sits [degree].',
        ),
        ('pour_offset_spread', 0.6, 3.0, 'Spread of what each pour adds to that [degree].'),
        (
            'discharge_spread',
            0.1,
            0.5,
            'By how much a cup may flow differently from the nominal one, relative.',
        ),
    ):
        node.declare_parameter(
            name,
            default,
            ParameterDescriptor(
                description=description,
                floating_point_range=[FloatingPointRange(from_value=0.0, to_value=high)],
            ),
        )

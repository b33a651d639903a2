# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a robot program does with an estimator before each pour."""

from rcl_interfaces.srv import GetParameters, SetParametersAtomically
from rclpy.node import Node
from rclpy.parameter import Parameter, parameter_value_to_python
from std_srvs.srv import Trigger

from ..context import PourContext
from ..errors import PourForceEstimatorError
from .parameters import CONTEXT_PARAMETERS, CONTEXT_PREFIX, CUP_PARAMETER
from .waiting import call


class EstimatorClient:
    """
    Tells an estimator node what is known of the next pour, and starts it.

    Parameters
    ----------
    node : rclpy.node.Node
        The node that asks; it must be spun.
    estimator : str
        Name of the estimator node, relative to the namespace of `node`, or absolute.

    """

    def __init__(self, node: Node, estimator: str = 'estimator') -> None:
        self._node = node
        self._name = estimator
        self._set_parameters = node.create_client(
            SetParametersAtomically, f'{estimator}/set_parameters_atomically'
        )
        self._get_parameters = node.create_client(GetParameters, f'{estimator}/get_parameters')
        self._reset = node.create_client(Trigger, f'{estimator}/reset')
        self._remount = node.create_client(Trigger, f'{estimator}/remount')

    def is_ready(self) -> bool:
        """Return whether the estimator is there and configured."""
        return all(
            client.service_is_ready()
            for client in (self._set_parameters, self._get_parameters, self._reset)
        )

    async def start_pour(self, context: PourContext) -> None:
        """
        Set the context of a pour and start it.

        Parameters
        ----------
        context : PourContext
            What is known of the pour.

        Raises
        ------
        PourForceEstimatorError
            If the estimator refuses, or does not answer; the message says why.

        """
        await self.set_context(context)
        await self.reset()

    async def set_context(self, context: PourContext) -> None:
        """
        Set what is known of the next pour; what is None in `context` stays as it is.

        But a cup that has a size and no name is not the one that was named before.
        """
        request = SetParametersAtomically.Request(
            parameters=[
                Parameter(CONTEXT_PREFIX + name, value=getattr(context, name)).to_parameter_msg()
                for name in CONTEXT_PARAMETERS
                if getattr(context, name) is not None
            ]
        )
        if context.cup is not None or context.cup_height is not None:
            request.parameters.append(
                Parameter(CUP_PARAMETER, value=context.cup or '').to_parameter_msg()
            )
        result = (await call(self._node, self._set_parameters, request)).result
        if not result.successful:
            raise PourForceEstimatorError(f'{self._name} refuses the context: {result.reason}')

    async def get_context(self, *names: str) -> PourContext:
        """
        Return what the estimator is told of the next pour; None where it is told nothing.

        Parameters
        ----------
        *names : str
            The fields to ask for. One at a time: a node answers nothing at all where one of the
            parameters that it is asked for is not set.

        """
        context = {}
        for name in names:
            request = GetParameters.Request(names=[CONTEXT_PREFIX + name])
            values = (await call(self._node, self._get_parameters, request)).values
            value = parameter_value_to_python(values[0]) if values else None
            context[name] = None if value == '' else value
        return PourContext(**context)

    async def reset(self) -> None:
        """Start a new pour with the context that is set."""
        response = await call(self._node, self._reset, Trigger.Request())
        if not response.success:
            raise PourForceEstimatorError(f'{self._name} refuses the pour: {response.message}')

    async def remount(self) -> None:
        """Say that the cup was mounted anew: what was learned of how it sits is forgotten."""
        response = await call(self._node, self._remount, Trigger.Request())
        if not response.success:
            raise PourForceEstimatorError(f'{self._name} refuses ~/remount: {response.message}')

"""What a robot program does with an estimator before each pour."""

from rcl_interfaces.srv import SetParametersAtomically
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from ..errors import PourForceEstimatorError
from .parameters import CONTEXT_PARAMETERS, CONTEXT_PREFIX


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

    def __init__(self, node, estimator='estimator'):
        self._name = estimator
        self._set_parameters = node.create_client(
            SetParametersAtomically, f'{estimator}/set_parameters_atomically')
        self._reset = node.create_client(Trigger, f'{estimator}/reset')

    def is_ready(self):
        """Return whether the estimator is there and configured."""
        return self._set_parameters.service_is_ready() and self._reset.service_is_ready()

    async def start_pour(self, context):
        """
        Set the context of a pour and start it.

        Parameters
        ----------
        context : PourContext
            What is known of the pour; the outcome is not sent.

        Raises
        ------
        PourForceEstimatorError
            If the estimator refuses; the message is its reason.

        """
        request = SetParametersAtomically.Request(parameters=[
            Parameter(CONTEXT_PREFIX + name, value=getattr(context, name)).to_parameter_msg()
            for name in CONTEXT_PARAMETERS if getattr(context, name) is not None])
        result = (await self._set_parameters.call_async(request)).result
        if not result.successful:
            raise PourForceEstimatorError(f'{self._name} refuses the context: {result.reason}')
        response = await self._reset.call_async(Trigger.Request())
        if not response.success:
            raise PourForceEstimatorError(f'{self._name} refuses the pour: {response.message}')

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Scales: what they publish, in which unit, and in which direction it changes."""

from dataclasses import dataclass
import math
from typing import Any

from ..errors import RecordingError
from ..units import NEWTON_PER_LBF, STANDARD_GRAVITY

NEWTON_PER_UNIT = {
    'newton': 1.0,
    'kg': STANDARD_GRAVITY,
    'g': STANDARD_GRAVITY / 1000.0,
    'lbf': NEWTON_PER_LBF,
}
"""What a scale may report, in newton."""

NUMBERS = (
    'Float64',
    'Float32',
    'Int64',
    'Int32',
    'Int16',
    'Int8',
    'UInt64',
    'UInt32',
    'UInt16',
    'UInt8',
)
"""Messages of std_msgs that hold one number."""

WRENCHES = ('WrenchStamped', 'Wrench')
"""Messages of geometry_msgs that hold a force."""

SCALE_TYPES = {
    **{name: f'std_msgs/msg/{name}' for name in NUMBERS},
    **{name: f'geometry_msgs/msg/{name}' for name in WRENCHES},
}
"""What a scale may publish."""

COMPONENTS = ('x', 'y', 'z', 'norm')
"""What of a wrench's force may be taken for the weight; `norm` is its magnitude."""

SIGNS = {
    1: 'grows while the cup pours, as that of a scale under the receiving vessel does',
    -1: 'falls while the cup pours, as that of a sensor which carries the cup, or of a force '
    'that points down, does',
}
"""What the signs of a reading mean."""


@dataclass(frozen=True)
class Scale:
    """
    Reads the messages of a scale: one of `SCALE_TYPES`.

    Parameters
    ----------
    unit : str
        Unit of the messages, a key of `NEWTON_PER_UNIT`.
    component : str
        One of `COMPONENTS`, for wrenches.

    Raises
    ------
    RecordingError
        If either is unknown.

    """

    unit: str = 'newton'
    component: str = 'z'

    def __post_init__(self) -> None:
        if self.unit not in NEWTON_PER_UNIT:
            raise RecordingError(
                f'unit of the scale: expected one of {list(NEWTON_PER_UNIT)}, '
                f'received {self.unit!r}'
            )
        if self.component not in COMPONENTS:
            raise RecordingError(
                f'component of the scale: expected one of {list(COMPONENTS)}, '
                f'received {self.component!r}'
            )

    def read(self, message: Any) -> float:
        """
        Return the reading of a message.

        Parameters
        ----------
        message : object
            With ``data``, ``force`` or ``wrench.force``.

        Returns
        -------
        float
            Force [N], not finite if the message says so.

        """
        if hasattr(message, 'data'):
            value = message.data
        else:
            force = getattr(message, 'wrench', message).force
            value = (
                math.hypot(force.x, force.y, force.z)
                if self.component == 'norm'
                else getattr(force, self.component)
            )
        return float(value) * NEWTON_PER_UNIT[self.unit]

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From the joints of an arm to the tilt of the cup that it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
import math

from ..errors import TiltError


@dataclass(frozen=True)
class JointTilt:
    """
    The cup's tilt as a linear combination of joint positions.

    tilt = offset + sum of coefficient x position

    Parameters
    ----------
    joints : tuple of str
        Names of the joints that turn the cup.
    coefficients : tuple of float
        One factor per joint, most often 1 or -1; the sign that makes the tilt grow while the cup
        pours.
    offset : float
        Tilt while all these joints are at zero [rad].

    Raises
    ------
    TiltError
        If the numbers of joints and coefficients differ, a joint is named twice, or a number is
        not finite.

    """

    joints: tuple[str, ...]
    coefficients: tuple[float, ...]
    offset: float = 0.0

    def __post_init__(self) -> None:
        if not self.joints or len(set(self.joints)) != len(self.joints):
            raise TiltError(
                f'joints: expected one or more different names, received {list(self.joints)}'
            )
        if len(self.coefficients) != len(self.joints):
            raise TiltError(
                f'coefficients: expected {len(self.joints)}, one per joint, received '
                f'{list(self.coefficients)}'
            )
        if not all(math.isfinite(value) for value in (*self.coefficients, self.offset)):
            raise TiltError(
                f'coefficients and offset: expected finite numbers, received '
                f'{list(self.coefficients)} and {self.offset}'
            )

    def __call__(self, positions: Sequence[float]) -> float:
        """
        Return the tilt [rad].

        Parameters
        ----------
        positions : sequence of float
            Positions of `joints` [rad], in that order.

        """
        tilt = self.offset
        for coefficient, position in zip(self.coefficients, positions):
            tilt += coefficient * position
        return tilt

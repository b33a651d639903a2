# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What counts as a pour, and what was cut: a pour, or what might have been one."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
import math

from ..errors import RecordingError


@dataclass(frozen=True)
class CutterSettings:
    """
    What counts as a pour.

    Parameters
    ----------
    upright_tilt : float
        Tilt up to which the cup counts as upright [rad], either way.
    rest_s : float
        How long cup and weight have to stand still before and after a pour [s].
    rest_change : float
        Change of the weight between the two halves of that time that still counts as standing
        still [N].
    settle_s : float
        Longest time that the weight may take to settle after the cup is upright again [s].
    max_duration_s : float
        Longest time that the cup may be away from upright [s].
    min_poured : float
        Change of the weight below which nothing was poured [N].
    max_drift : float
        Change of the weight that the drift of the scale may make up during a pour [N].
    max_fall : float
        By how much the poured weight may seem to fall during a pour [N]; more than what sloshing
        and the stream's momentum do, which was 0.17 N at most in the recorded robot trials.

    Raises
    ------
    RecordingError
        If a value is not positive and finite.

    """

    upright_tilt: float = math.radians(15.0)
    rest_s: float = 1.0
    rest_change: float = 0.02
    settle_s: float = 10.0
    max_duration_s: float = 60.0
    min_poured: float = 0.05
    max_drift: float = 0.05
    max_fall: float = 0.3

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0.0):
                raise RecordingError(
                    f'{field.name}: expected a positive number, received {value!r}'
                )


@dataclass(frozen=True)
class Cut:
    """
    A pour, or what might have been one.

    Attributes
    ----------
    start_ns, end_ns : int
        Stamps of its first and last tick [ns].
    reason : str
        Why it is no pour; empty for a pour.
    tare : float
        What the scale read before [N]; NaN without a rest before.
    change : float
        By how much the reading changed [N]; NaN if it has not settled.
    drift : float
        Slope of the reading in the rest before [N/s]; NaN without one.
    max_tilt : float
        Largest tilt [rad].
    tilt_speed : float
        Mean speed of the way from upright to (nearly) the largest tilt [rad/s].
    left_ns : int
        Stamp at which the cup left upright [ns].
    poured_nothing : bool
        Whether it is no pour for one reason alone: the weight is the same as before.
    spikes : int
        Readings of the scale that were left out of it, since they stick out of their neighbours.

    """

    start_ns: int
    end_ns: int
    reason: str = ''
    tare: float = math.nan
    change: float = math.nan
    drift: float = math.nan
    max_tilt: float = math.nan
    tilt_speed: float = math.nan
    left_ns: int = 0
    poured_nothing: bool = False
    spikes: int = 0

    @property
    def is_pour(self) -> bool:
        """Whether this is a pour."""
        return not self.reason

    @property
    def duration_s(self) -> float:
        """Time from the first to the last tick [s]."""
        return (self.end_ns - self.start_ns) * 1e-9


def detect_sign(cuts: Iterable[Cut]) -> int:
    """
    Return in which direction the reading of the scale changes while the cup pours.

    Parameters
    ----------
    cuts : iterable of Cut
        What was cut, with either sign allowed.

    Returns
    -------
    int
        1 if it grows, -1 if it falls, by the majority of the pours; 0 without any.

    """
    signs = [math.copysign(1.0, cut.change) for cut in cuts if cut.is_pour]
    if not signs:
        return 0
    return 1 if sum(signs) >= 0.0 else -1

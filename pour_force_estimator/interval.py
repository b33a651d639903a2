"""
The interval around an estimate that holds the truth as often as the model says.

The half-width is ``sqrt(noise^2 + (factor x spread)^2)``: what the network does not explain even
where it is certain, and its own spread, which grows while liquid flows. `noise` and `factor` were
calibrated on pours that the network did not train on; see `IntervalSpec`. Those lay within the
range of the training, so that the half-width of a pour that has left it is multiplied by
``1 + excess``: twice as wide where one feature has left its range by the width of that range. No
recorded pour says how wide it should be there.
"""

from dataclasses import dataclass
import math

from .errors import ModelContractError


@dataclass(frozen=True)
class IntervalSpec:
    """
    How far the truth may be from the estimates of a model.

    Attributes
    ----------
    coverage : float
        Part of the final weights that the interval holds, of pours that the network did not
        train on, with cups that it did [-].
    noise : float
        Half-width while the network is certain [lbf].
    factor : float
        Half-width per spread of the network, where that outweighs the noise [-].

    Raises
    ------
    ModelContractError
        If a value does not make sense; the message names it.

    """

    coverage: float
    noise: float
    factor: float

    def __post_init__(self):
        for name in ('coverage', 'noise', 'factor'):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ModelContractError(
                    f'interval: expected a number as {name}, received {value!r}')
        if not 0.0 < self.coverage < 1.0:
            raise ModelContractError(
                f'interval: expected a coverage between 0 and 1, received {self.coverage!r}')
        if not 0.0 < self.noise < math.inf:
            raise ModelContractError(
                f'interval: expected a noise above 0 lbf, received {self.noise!r}')
        if not 0.0 <= self.factor < math.inf:
            raise ModelContractError(
                f'interval: expected a factor of 0 or more, received {self.factor!r}')


def half_width(interval, spread, excess):
    """
    Return half the width of the interval, before it is cut to what is possible.

    Parameters
    ----------
    interval : IntervalSpec
        What was calibrated.
    spread : float
        The network's uncertainty [lbf].
    excess : float
        How far the pour has left the range of the training, from 0 on [-]; see `RangeWatch`.

    Returns
    -------
    float
        The half-width [lbf].

    """
    return math.hypot(interval.noise, interval.factor * spread) * (1.0 + excess)


def possible_bounds(weight, half_width, initial_weight):
    """
    Return lower and upper bound, cut to weights that can have left the cup.

    Parameters
    ----------
    weight : float
        The estimate [N]; it is not cut itself, and lies outside the bounds where it is impossible.
    half_width : float
        Half the width of the interval [N].
    initial_weight : float
        What was in the cup [N]; infinite where that is not known.

    Returns
    -------
    lower, upper : float
        The bounds [N], 0 <= lower <= upper <= `initial_weight`; NaN if `weight` is.

    """
    return (_cut(weight - half_width, initial_weight), _cut(weight + half_width, initial_weight))


def _cut(weight, highest):
    # min() and max() would take six times as long, at each tick.
    return 0.0 if weight < 0.0 else highest if weight > highest else weight

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How far a cup may turn fast: no cup of its size pours before that."""

from ..context import PourContext
from ..cups.cup import Cup
from ..cups.liquid import Liquid

APPROACH_CONTEXT = ('initial_weight', 'cup_height', 'cup_diameter', 'relative_density', 'cup')
"""What has to be known of a pour."""


def find_approach_tilt(context: PourContext, margin: float) -> float | None:
    """
    Return a tilt at which a cup does not pour yet.

    Of all cylinders and bottles of one height and diameter the plain cylinder pours first, since
    the lip of any other one is nearer to its axis. `margin` is for how the cup sits. Of a cup that
    has a name the shape may be any: a wine glass pours sooner than the cylinder around it.

    Parameters
    ----------
    context : PourContext
        What is known of the pour.
    margin : float
        How much sooner than the plain cylinder [rad].

    Returns
    -------
    float or None
        Tilt [rad]; None if size or content of the cup are not known, or if it has a name.

    Examples
    --------
    >>> context = PourContext(initial_weight=3.5, cup_height=0.120, cup_diameter=0.121)
    >>> round(find_approach_tilt(context, margin=0.26), 2)
    0.78

    """
    if (
        context.cup is not None
        or context.initial_weight is None
        or context.cup_height is None
        or context.cup_diameter is None
    ):
        return None
    density = 1.0 if context.relative_density is None else context.relative_density
    volume = Liquid(density).volume(context.initial_weight)
    return float(Cup(context.cup_height, context.cup_diameter).onset_angle(volume)) - margin

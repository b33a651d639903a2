# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The recipe, and what is left of it when one part is changed."""

from dataclasses import dataclass, replace

from ..recipe.settings import BEST, Recipe

SINGLE = replace(BEST, members=1)
"""One network of the recipe, beside which the other variants stand; an ensemble takes longer."""


@dataclass(frozen=True)
class Variant:
    """
    A recipe to be measured.

    Attributes
    ----------
    key : str
        Name of its file.
    title : str
        What differs.
    recipe : Recipe
        The recipe.
    thorough : bool
        Whether to leave cups out, and to pour open loop, as well; by trial alone takes half the
        time.

    """

    key: str
    title: str
    recipe: Recipe
    thorough: bool = False


VARIANTS = (
    Variant('best', f'the recipe: {BEST.members} networks', BEST, thorough=True),
    Variant('single', 'one network of it', SINGLE, thorough=True),
    Variant(
        'plain_gru',
        'no experts: a GRU that gives the weight itself',
        replace(SINGLE, experts=False),
        thorough=True,
    ),
    Variant(
        'plain_gru_no_noise',
        'no experts, and no noise on the inputs',
        replace(SINGLE, experts=False, input_noise=0.0),
    ),
    Variant('no_noise', 'no noise on the inputs', replace(SINGLE, input_noise=0.0)),
    Variant('more_noise', 'twice the noise on the inputs', replace(SINGLE, input_noise=0.3)),
    Variant('lstm', 'LSTM in place of GRU', replace(SINGLE, cell='lstm')),
    Variant('units_16', '16 units in place of 32', replace(SINGLE, units=16)),
    Variant('units_64', '64 units in place of 32', replace(SINGLE, units=64)),
    Variant(
        'no_velocity', 'without the derived velocity', replace(SINGLE, without=('theta_velocity',))
    ),
    Variant(
        'no_target',
        'without the weight aimed at',
        replace(SINGLE, without=('f_target',)),
        thorough=True,
    ),
    Variant(
        'no_blind',
        'without simulated sessions whose motions tell nothing',
        replace(SINGLE, sessions_per_cup=0, new_cup_sessions=0),
        thorough=True,
    ),
)
"""All variants, the recipe first."""

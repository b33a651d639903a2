# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The simulated pours that recorded ones are compared with."""

from collections.abc import Sequence

import numpy as np

from pour_force_estimator.cups.validation import check_whole_number
from pour_force_estimator.pours.recordings import RecordedPour, Recordings
from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from pour_force_estimator.simulation import Population, simulate_pours

from ..cli.progress import ProgressDisplay
from ..evaluation.physics import PourPhysics
from ..recordings.encoding import encode
from ..recordings.simulated import SHAPES, simulate_recordings

_STEPS = SHAPES[ROBOT_TRIALS.name, 1][1]


def simulate_sets(
    pours: int, recorded: Sequence[RecordedPour], seed: int
) -> dict[str, list[RecordedPour]]:
    """
    Simulate pours to compare recorded ones with.

    Parameters
    ----------
    pours : int
        Number of pours of each set.
    recorded : sequence of RecordedPour
        Whose cups and fills the last set takes, one after the other.
    seed : int
        Seed of all randomness.

    Returns
    -------
    dict of str to list of RecordedPour
        ``closed`` and ``open`` hold cups as they are drawn for training, the same in both, moved
        by a controller that watches the weight and by a plan; ``same_cups`` holds the cups of the
        recorded pours, moved by a controller.

    """
    check_whole_number('pours', pours, 1)
    check_whole_number('seed', seed, 0)
    rng = np.random.default_rng(seed)
    with ProgressDisplay('simulating', 3 * _STEPS) as display:

        def advance(step: int) -> None:
            display.advance()

        arrays = {
            control: simulate_recordings(
                ROBOT_TRIALS.name, pours, seed, control=control, on_step=advance
            )
            for control in ('closed', 'open')
        }
        arrays['same_cups'] = encode(
            simulate_pours(
                pours,
                rng,
                max_steps=_STEPS,
                control='closed',
                on_step=advance,
                population=_population_of(recorded, pours),
            ),
            ROBOT_TRIALS,
            rng,
        )
    return {
        name: list(Recordings.from_array(array, ROBOT_TRIALS.name, f'simulated, {name}').pours)
        for name, array in arrays.items()
    }


def _population_of(recorded: Sequence[RecordedPour], n: int) -> Population:
    """Return n cups with what was in them, those of the recorded pours one after the other."""
    physics = PourPhysics()
    chosen = [recorded[index % len(recorded)] for index in range(n)]
    cups = [physics.cup_of(pour) for pour in chosen]
    water = Population.of(cups, 1.0, np.ones(n))
    weight = np.array([pour.context.initial_weight for pour in chosen])
    return Population.of(cups, 1.0, weight / water.weight)

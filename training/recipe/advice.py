# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What would make a model better: read off its errors and off the pours that it learned from."""

from collections.abc import Mapping, Sequence

import numpy as np

from pour_force_estimator.cups.size import CupSize
from pour_force_estimator.pours.recordings import RecordedPour

from ..cups.fit import CupFit
from ..cups.grouping import cup_labels
from .held_out import HeldOut

FEW_POURS = 12
"""Below this many pours of a cup, more of them are the first thing to ask for."""

GENERALIZATION_GAP = 1.5
"""RMSE on pours held out, over that on pours learned from, above which more pours would help."""

NARROW_FILL = 1.6
"""Largest over smallest fill of a cup below which the fills say little."""

NARROW_SPEED = 1.5
"""The same for the time that the cup takes to its largest tilt."""

WORSE_CUP = 1.5
"""RMSE of a cup, over that of all, above which it is named."""

LOOSE_GRIP_DEG = 1.5
"""Spread of a cup's angle offsets [degree] above which the grip is named."""


def time_to_max_tilt(pour: RecordedPour) -> float:
    """Return how long a pour takes to its largest tilt [s], a measure of how fast it is."""
    return float(np.argmax(pour.tilt)) / pour.schema.sample_rate_hz


def advise(
    held_out: HeldOut, train_errors: Mapping[str, float], fits: Sequence[CupFit]
) -> list[str]:
    """
    Say what would help.

    Parameters
    ----------
    held_out : HeldOut
        Cross-validated estimates.
    train_errors : dict
        Errors of the final model on what it learned from.
    fits : sequence of CupFit
        How the cups were fitted.

    Returns
    -------
    list of str
        Sentences, the most useful first.

    """
    pours, labels = held_out.pours, cup_labels(held_out.pours)
    errors = held_out.errors()
    sentences = []
    gap = errors['rmse_newton'] / max(train_errors['rmse_newton'], 1e-9)
    for label in range(labels.max() + 1):
        of_cup = np.flatnonzero(labels == label)
        name = f'cup {CupSize.of(pours[of_cup[0]].context)}'
        if len(of_cup) < FEW_POURS:
            sentences.append(
                f'{name}: record more than its {len(of_cup)} pours; a dozen tell much more.'
            )
        fills = [pours[index].context.required('initial_weight') for index in of_cup]
        if max(fills) < NARROW_FILL * min(fills):
            sentences.append(
                f'{name}: vary how full it is; now the fullest pour starts with only '
                f'{max(fills) / min(fills):.1f} times the emptiest.'
            )
        times = [time_to_max_tilt(pours[index]) for index in of_cup]
        if max(times) < NARROW_SPEED * min(times):
            sentences.append(
                f'{name}: vary how fast it is tilted; now all pours take '
                f'{min(times):.1f} to {max(times):.1f} s to their largest tilt.'
            )
        rmse = held_out.errors(of_cup)['rmse_ml']
        if labels.max() and rmse > WORSE_CUP * errors['rmse_ml']:
            sentences.append(
                f'{name}: RMSE {rmse:.0f} ml, against {errors["rmse_ml"]:.0f} ml over '
                'all: pours of this cup help most.'
            )
    for fit in fits:
        spread = float(np.std(fit.pour_offsets_deg))
        if len(fit.pour_offsets_deg) > 1 and spread > LOOSE_GRIP_DEG:
            sentences.append(
                f'cup {fit.cup.size}: it sits up to '
                f'{np.ptp(fit.pour_offsets_deg):.1f} degree differently from pour to pour '
                f'(standard deviation {spread:.1f}); a gripper that holds it alike each time '
                'helps more than any network.'
            )
    if gap > GENERALIZATION_GAP:
        sentences.append(
            f'The error on pours held out is {gap:.1f} times that on pours learned from: '
            'more pours would lower it.'
        )
    else:
        sentences.append(
            f'The error on pours held out is only {gap:.1f} times that on pours learned '
            'from: more pours of the same kind would change little.'
        )
    if labels.max() == 0:
        sentences.append(
            'All pours are of one cup; for others the model is a guess. Record another '
            'size, or adapt it with `python -m training.calibrate`.'
        )
    return sentences

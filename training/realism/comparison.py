# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Recorded against simulated pours: what is measured of both, and the errors of estimators."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pour_force_estimator import StepModel
from pour_force_estimator.pours.recordings import RecordedPour

from ..evaluation.metrics import pour_errors
from ..evaluation.physics import cup_names, PourPhysics
from ..evaluation.pour_statistics import measure_pours, summarize
from ..evaluation.stepwise import estimate_pours

ALL = 'all'
"""Name of all recorded pours, beside the names of their cups."""

MIN_POURS_OF_CUP = 3
"""Cups with fewer recorded pours are not compared one by one."""


def compare(
    recorded: Sequence[RecordedPour], simulated: Mapping[str, Sequence[RecordedPour]]
) -> tuple[dict[str, dict[str, np.ndarray]], dict[str, Any]]:
    """
    Compare recorded with simulated pours.

    Parameters
    ----------
    recorded : sequence of RecordedPour
        Recorded pours of schema robot_trials.
    simulated : dict of str to list of RecordedPour
        Of `simulate_sets`.

    Returns
    -------
    values : dict of str to dict
        ``recorded``, ``closed``, ``open``: what `measure_pours` returns.
    report : dict of str to dict
        ``statistics``: the percentiles of each set; ``cups``: for each cup its numbers of
        recorded and simulated pours, and the percentiles of both.

    """
    same_cups = simulated['same_cups']
    values = {
        'recorded': measure_pours(recorded),
        **{control: measure_pours(simulated[control]) for control in ('closed', 'open')},
    }
    cups = {}
    for name, chosen in pours_by_cup(recorded, MIN_POURS_OF_CUP).items():
        pours = {
            'recorded': [recorded[index] for index in chosen],
            'simulated': [
                pour for index, pour in enumerate(same_cups) if index % len(recorded) in chosen
            ],
        }
        cups[name] = {
            source: {'pours': len(group), **summarize(measure_pours(group))}
            for source, group in pours.items()
        }
    return values, {
        'statistics': {source: summarize(measured) for source, measured in values.items()},
        'cups': cups,
    }


def estimate_by_each(
    model: StepModel | None, pours: Sequence[RecordedPour]
) -> dict[str, list[np.ndarray]]:
    """
    Estimate recorded pours by all that are compared.

    Parameters
    ----------
    model : StepModel or None
        A network that learned from simulated pours, if there is one.
    pours : sequence of RecordedPour
        The pours.

    Returns
    -------
    dict of str to list of ndarray of shape (n_steps,)
        Estimated poured weight of each pour [N] by estimator: ``network``, if there is one,
        ``physics`` and ``zero``, which says that nothing is ever poured.

    """
    estimated = {}
    if model is not None:
        estimated['network'] = [estimate.weight for estimate in estimate_pours(model, pours)]
    estimated['physics'] = PourPhysics().evaluate(pours)[0]
    estimated['zero'] = [np.zeros(len(pour)) for pour in pours]
    return estimated


def compare_errors(
    pours: Sequence[RecordedPour], estimated: Mapping[str, Sequence[np.ndarray]]
) -> dict[str, dict[str, float]]:
    """
    Return the errors of estimates, overall and cup by cup.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours.
    estimated : dict of str to list of ndarray of shape (n_steps,)
        By estimator, the estimated poured weight of each pour [N].

    Returns
    -------
    dict of str to dict of str to float
        Root-mean-square error [N] by estimator, then for `ALL` pours and by cup.

    """
    groups = {ALL: range(len(pours)), **pours_by_cup(pours, MIN_POURS_OF_CUP)}
    return {
        estimator: {
            group: pour_errors(
                [pours[index] for index in chosen], [estimates[index] for index in chosen]
            )['rmse_newton']
            for group, chosen in groups.items()
        }
        for estimator, estimates in estimated.items()
    }


def pours_by_cup(pours: Sequence[RecordedPour], min_pours: int = 1) -> dict[str, list[int]]:
    """
    Group pours by their cups.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours.
    min_pours : int
        Cups with fewer pours are left out.

    Returns
    -------
    dict of str to list of int
        Positions of the pours by the cup's name, the cup with most pours first.

    """
    groups: dict[str, list[int]] = {}
    for position, name in enumerate(cup_names(pours)):
        groups.setdefault(name, []).append(position)
    return dict(
        sorted(
            ((name, chosen) for name, chosen in groups.items() if len(chosen) >= min_pours),
            key=lambda group: (-len(group[1]), group[0]),
        )
    )

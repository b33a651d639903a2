# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Compare simulated pours with recorded ones, and judge whether simulation can stand in for them.

::

    python -m training.realism --data pours.npy --model sim_trained.onnx --markdown realism.md

The first tables compare what `training.evaluation.pour_statistics` measures of recorded pours
and of pours simulated in closed loop (as the recorded ones are controlled) and in open loop. The
last one is the test that counts: the error, on the recorded pours, of a network that learned from
simulated pours alone (``--model``), beside that of the physics and that of predicting zero.
"""

import argparse
from collections.abc import Mapping, Sequence
import json
import sys
from typing import Any

import numpy as np

from pour_force_estimator import StepModel
from pour_force_estimator.cups.validation import check_whole_number
from pour_force_estimator.files import write_text
from pour_force_estimator.pours.recordings import load_recordings, RecordedPour, Recordings
from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from pour_force_estimator.simulation import Population, simulate_pours

from ..cli.command import command
from ..cli.options import file_to_write, PICTURES
from ..cli.outputs import check_outputs
from ..cli.progress import ProgressDisplay
from ..evaluation.metrics import pour_errors
from ..evaluation.physics import cup_names, PourPhysics, warn_of_unfitted
from ..evaluation.pour_statistics import measure_pours, PERCENTILES, STATISTICS, summarize
from ..evaluation.stepwise import evaluate
from ..recordings.encoding import encode
from ..recordings.simulated import SHAPES, simulate_recordings
from .report import to_markdown

ALL = 'all'
"""Name of all recorded pours, beside the names of their cups."""

_MIN_POURS = 3
"""Cups with fewer recorded pours are not compared one by one."""

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
    for name, chosen in pours_by_cup(recorded, _MIN_POURS).items():
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
    groups = {ALL: range(len(pours)), **pours_by_cup(pours, _MIN_POURS)}
    return {
        estimator: {
            group: pour_errors(
                [pours[index] for index in chosen], [estimates[index] for index in chosen]
            )['rmse_newton']
            for group, chosen in groups.items()
        }
        for estimator, estimates in estimated.items()
    }


def pours_by_cup(pours: Sequence[RecordedPour], fewest: int = 1) -> dict[str, list[int]]:
    """
    Group pours by their cups.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours.
    fewest : int
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
            ((name, chosen) for name, chosen in groups.items() if len(chosen) >= fewest),
            key=lambda group: (-len(group[1]), group[0]),
        )
    )


def _population_of(recorded: Sequence[RecordedPour], n: int) -> Population:
    """Return n cups with what was in them, those of the recorded pours one after the other."""
    physics = PourPhysics()
    chosen = [recorded[index % len(recorded)] for index in range(n)]
    cups = [physics.cup_of(pour) for pour in chosen]
    water = Population.of(cups, 1.0, np.ones(n))
    weight = np.array([pour.context.initial_weight for pour in chosen])
    return Population.of(cups, 1.0, weight / water.weight)


def _estimates(recordings: Recordings, model: StepModel | None) -> dict[str, list[np.ndarray]]:
    """Return the estimates of network (if there is one), physics and zero, by estimator."""
    pours = recordings.pours
    network = {'network': evaluate(model, pours)[0]} if model else {}
    return {
        **network,
        'physics': PourPhysics().evaluate(pours)[0],
        'zero': [np.zeros(len(pour)) for pour in pours],
    }


def _describe(model: StepModel, recordings: Recordings) -> dict[str, Any]:
    """Return what a report says of a model; whether it saw the recorded pours is part of it."""
    training = model.spec.training
    return {
        'name': model.spec.name,
        'digest': model.digest,
        'trained_on': training.get('dataset'),
        'saw_these_pours': training.get('dataset_digest') == recordings.digest,
    }


@command()
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m training.realism', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--data', required=True, help='recorded pours of schema robot_trials')
    parser.add_argument('--model', help='ONNX file of a network trained on simulated pours')
    parser.add_argument('--pours', type=int, default=600, help='simulated pours (default: 600)')
    parser.add_argument('--seed', type=int, default=0, help='of the simulation (default: 0)')
    parser.add_argument('--json', type=file_to_write('.json'), help='file to write all numbers to')
    parser.add_argument(
        '--markdown', type=file_to_write('.md'), help='file to write the tables to'
    )
    parser.add_argument(
        '--figure', type=file_to_write(*PICTURES), help='PNG of the distributions to write'
    )
    arguments = parser.parse_args(argv)
    check_outputs(
        {
            '--json': arguments.json,
            '--markdown': arguments.markdown,
            '--figure': arguments.figure,
        },
        {'--data': arguments.data},
    )
    recordings = load_recordings(arguments.data, ROBOT_TRIALS.name)
    model = StepModel.load(arguments.model) if arguments.model else None
    warn_of_unfitted(PourPhysics(), recordings.pours)
    errors = compare_errors(recordings.pours, _estimates(recordings, model))
    simulated = simulate_sets(arguments.pours, recordings.pours, arguments.seed)
    values, compared = compare(recordings.pours, simulated)
    report = {
        'data': recordings.name,
        'data_digest': recordings.digest,
        'pours': len(recordings),
        'simulated_pours': arguments.pours,
        'seed': arguments.seed,
        'model': model and _describe(model, recordings),
        'percentiles': PERCENTILES,
        'units': {statistic.name: statistic.unit for statistic in STATISTICS},
        **compared,
        'rmse_newton': errors,
    }
    tables = to_markdown(report)
    if arguments.json:
        write_text(arguments.json, json.dumps(report, indent=2) + '\n')
    if arguments.markdown:
        write_text(arguments.markdown, tables)
    if arguments.figure:
        from .figure import plot_distributions  # matplotlib is needed for this alone

        plot_distributions(arguments.figure, values)
    print(tables, end='')
    return 0


if __name__ == '__main__':
    sys.exit(main())

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
import json
import sys
from typing import Any

from pour_force_estimator import StepModel
from pour_force_estimator.files import write_text
from pour_force_estimator.pours.recordings import load_recordings, Recordings
from pour_force_estimator.pours.schemas import ROBOT_TRIALS

from ..cli.command import command
from ..cli.options import file_to_write, PICTURES
from ..cli.outputs import check_outputs
from ..evaluation.physics import PourPhysics, warn_of_unfitted
from ..evaluation.pour_statistics import PERCENTILES, STATISTICS
from .comparison import compare, compare_errors, estimate_by_each
from .report import to_markdown
from .simulated import simulate_sets


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
    errors = compare_errors(recordings.pours, estimate_by_each(model, recordings.pours))
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

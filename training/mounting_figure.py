# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Draw what is unknown of a mounting, and what tells it.

::

    python -m training.mounting_figure --model robot_trials --output one_angle.png

Simulates a session of planned pours from one cup that the model knows. The left picture shows
one of its motions under all hypotheses: the same tilts pour very different weights. The right one
shows what is believed of the cup's offset before and after weighed pours.
"""

import argparse
import sys

from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
import matplotlib.pyplot as plt
import numpy as np

from pour_force_estimator import PourEstimator, StepModel
from pour_force_estimator.context import PourContext
from pour_force_estimator.errors import ModelContractError
from pour_force_estimator.files import atomic_path
from pour_force_estimator.hypotheses import HypotheticalOutflow
from pour_force_estimator.units import newton_to_ml, rad_to_degree

from .cli.command import command
from .cli.options import file_to_write, whole_number
from .cli.outputs import check_outputs
from .in_the_loop.cups import known_cups
from .in_the_loop.sessions import simulate_sessions, SimulatedPour

STAGES = (0, 1, 2, 5)
"""Numbers of weighed pours after which the belief is drawn."""

_COLOURS = ('#9ca3af', '#f2b134', '#e4572e', '#7a1f5c')
_TRUE = '#1f2937'


def draw(model: StepModel, seed: int) -> Figure:
    """
    Draw both pictures.

    Parameters
    ----------
    model : StepModel
        A model with hypotheses; its first cup is poured from.
    seed : int
        Same seed, same session.

    """
    beliefs = []

    class Watched(PourEstimator):
        """Keeps what is believed at the start of each pour."""

        def reset(self, context: PourContext | None = None) -> None:
            super().reset(context)
            if self.mounting is not None:
                beliefs.append(self.mounting.offset_distribution())

    pours = simulate_sessions(
        known_cups(model.spec.cups[:1]),
        1,
        ('planned',),
        np.random.default_rng(seed),
        lambda context, **options: Watched(model, context, **options),
    )
    figure = Figure(figsize=(11.0, 4.0), layout='constrained')
    left, right = figure.subplots(1, 2)
    _draw_hypotheses(left, model, pours[0])
    for stage, colour in zip(STAGES, _COLOURS):
        offsets, probabilities = beliefs[stage]
        right.plot(
            offsets,
            probabilities / np.diff(offsets)[0],
            color=colour,
            linewidth=2.0,
            label='before any weighing' if not stage else f'after {stage} weighed',
        )
    right.axvline(
        rad_to_degree(pours[0].session_offset),
        color=_TRUE,
        linewidth=1.2,
        linestyle='--',
        label='the truth',
    )
    right.set(
        xlabel='how much further tilted than fitted the cup sits [degree]',
        ylabel='probability per degree',
        title='What weighed pours tell of it',
    )
    right.legend(frameon=False, fontsize=9)
    return figure


def _draw_hypotheses(axis: Axes, model: StepModel, pour: SimulatedPour) -> None:
    context, rate_hz = pour.context, model.spec.sample_rate_hz
    mounting = PourEstimator(model, context).mounting
    assert mounting is not None
    hypotheses = mounting.hypotheses
    outflow = HypotheticalOutflow(hypotheses, context, rate_hz)
    poured = newton_to_ml(np.array([outflow.step(tilt)[0] for tilt in pour.tilt.tolist()]))
    time_s = np.arange(len(poured)) / rate_hz
    shades, norm = plt.get_cmap('coolwarm'), Normalize(-7.0, 7.0)
    for offset, weights in zip(hypotheses.offsets_deg, poured.T):
        axis.plot(time_s, weights, color=shades(norm(offset)), linewidth=1.0)
        axis.annotate(
            f'{offset:+.0f}°',
            (time_s[-1], weights[-1]),
            fontsize=7,
            xytext=(3, -3),
            textcoords='offset points',
        )
    axis.plot(
        time_s,
        newton_to_ml(pour.poured),
        color=_TRUE,
        linewidth=1.8,
        linestyle='--',
        label='the truth',
    )
    axis.set(
        xlabel='time [s]',
        ylabel='poured [ml]',
        title='One motion, and what it pours by how the cup sits',
    )
    axis.legend(frameon=False, fontsize=9, loc='upper left')


@command(interrupted='nothing was written')
def main(argv: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m training.mounting_figure', description=__doc__.split('\n\n')[0]
    )
    parser.add_argument('--model', required=True, help='an ONNX file or a shipped model')
    parser.add_argument('--output', required=True, type=file_to_write('.png'), help='PNG to write')
    parser.add_argument('--seed', type=whole_number, default=0, help='(default: 0)')
    arguments = parser.parse_args(argv)
    check_outputs({'--output': arguments.output}, {})
    model = StepModel.load(arguments.model)
    if model.spec.interval is None or not model.spec.cups:
        raise ModelContractError(
            f'{arguments.model}: expected a model with hypotheses and cups, received '
            f'{model.spec.name}, which has none'
        )
    figure = draw(model, arguments.seed)
    with atomic_path(arguments.output) as temporary:
        figure.savefig(temporary, dpi=130, format='png')
    print(f'wrote {arguments.output}')
    return 0


if __name__ == '__main__':
    sys.exit(main())

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Simulated sessions to learn from, of cups that are known and of cups that are not.

Their arms follow plans or an estimate. The estimate is that of the prior, made by the same runtime
as any other: a network that reads nothing off the motion.
"""

from dataclasses import replace
from typing import Any, cast

from joblib import delayed, Parallel
import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.cups.cup import Cup
from pour_force_estimator.cups.table import CupSpec, CupTable
from pour_force_estimator.estimator import PourEstimator
from pour_force_estimator.features import feature_unit
from pour_force_estimator.features.physics import PHYSICS_FEATURES, PRIOR_FEATURES
from pour_force_estimator.model.interval import IntervalSpec
from pour_force_estimator.model.spec import ModelSpec, ResponseSpec
from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.simulation.population import draw_population
from pour_force_estimator.units import degree_to_rad

from ..cli.progress import ProgressDisplay
from ..export.describe import software_versions
from ..export.onnx_file import convert, feature_specs, state_layout
from ..in_the_loop.cups import known_cups, Truth
from ..in_the_loop.motions import KINDS
from ..in_the_loop.sessions import simulate_sessions, SimulatedPour
from ..networks.architectures import Architecture, build_training_model
from ..networks.experts import Experts
from ..networks.initialization import initialize
from ..networks.scaling import FeatureScaling
from ..networks.step_network import build_step_model

NEW = 'new'
"""Group of the cups that nobody fitted."""

_MIN_VOLUME = 400e-6
"""Least volume of a cup that sessions pour from [m^3]."""

_DELAYS_S = 0.02, 0.12

_CUPS_AT_ONCE = 5

_WIDE = 1e6
"""No feature of a pour is further from 0, in its unit."""


def simulate_blind_sessions(
    cups: CupTable, per_cup: int, of_new_cups: int, seed: int, sample_rate_hz: float
) -> list[SimulatedPour]:
    """
    Simulate sessions of all kinds of motion, none of which tells how the cup sits.

    Parameters
    ----------
    cups : CupTable
        The cups that are known.
    per_cup : int
        Sessions of each of them.
    of_new_cups : int
        Sessions of as many random cups.
    seed : int
        Same seed, same sessions.
    sample_rate_hz : float
        Rate of the steps [Hz].

    Returns
    -------
    list of SimulatedPour
        Session after session.

    """
    content = prior_model(cups, sample_rate_hz)
    truths = [(truth, per_cup) for truth in known_cups(cups) if per_cup]
    truths += [(truth, 1) for truth in new_cups(of_new_cups, np.random.default_rng(seed))]
    # sessions of a few cups at once, so that their tables are kept
    portions = [
        truths[start : start + _CUPS_AT_ONCE] for start in range(0, len(truths), _CUPS_AT_ONCE)
    ]
    with ProgressDisplay('simulating sessions', len(portions)) as display:
        pours: list[SimulatedPour] = []
        for portion in Parallel(return_as='generator', n_jobs=-1)(
            delayed(_simulate)(content, portion, (seed, number))
            for number, portion in enumerate(portions)
        ):
            first = 1 + max((pour.session for pour in pours), default=-1)
            pours += [replace(pour, session=first + pour.session) for pour in portion]
            display.advance(f'{len(pours)} pours')
    return pours


def _simulate(
    content: bytes, truths: list[tuple[Truth, int]], seed: tuple[int, int]
) -> list[SimulatedPour]:
    """Return the sessions of some cups with a number for each."""
    model = StepModel(content, 'prior')

    def estimator(context: PourContext, **options: Any) -> PourEstimator:
        return PourEstimator(model, context, **options)

    repeated = [truth for truth, sessions in truths for _ in range(sessions)]
    return simulate_sessions(
        repeated, 1, KINDS, np.random.default_rng(seed), estimator, mixed=True
    )


def new_cups(number: int, rng: np.random.Generator) -> list[Truth]:
    """Return random cups and bottles that are large enough for the sessions."""
    truths: list[Truth] = []
    while len(truths) < number:
        closed_forms = cast(Cup, draw_population(number, rng).cup)
        for row in range(number):
            form = replace(
                closed_forms.single(row), angle_offset=float(degree_to_rad(rng.normal(2.0, 3.0)))
            )
            spec = CupSpec.of_cup(form, delay_s=float(rng.uniform(*_DELAYS_S)))
            if spec.volume >= _MIN_VOLUME:
                truths.append(Truth(f'new {len(truths)}', NEW, spec))
    return truths[:number]


def prior_model(cups: CupTable, sample_rate_hz: float) -> bytes:
    """Return the ONNX file of a model of `cups` that reads nothing off the motion."""
    names = (*PHYSICS_FEATURES, *PRIOR_FEATURES)
    unit, zeros = np.ones(len(names)), np.zeros(len(names))
    # ranges that nothing leaves, since what the network does not read cannot mislead it
    scaling = FeatureScaling(zeros, unit, -_WIDE * unit, _WIDE * unit)
    architecture = Architecture(
        'prior',
        'gru',
        (1,),
        experts=Experts.among(names, PHYSICS_FEATURES, PRIOR_FEATURES, scaling),
    )
    network = build_training_model(architecture, len(names))
    initialize(network, 0)
    spec = ModelSpec(
        name='prior',
        features=feature_specs(names, map(feature_unit, names), scaling),
        response=ResponseSpec('poured_weight', 'N', 'response'),
        sample_rate_hz=sample_rate_hz,
        tilt_sign=1,
        architecture={'name': architecture.name},
        state=state_layout(architecture),
        training={'schema': 'robot_trials'},
        errors={},
        software=software_versions(),
        cups=tuple(cups),
        interval=IntervalSpec.uniform(coverage=0.9, noise=0.05, factor=1.0),
    )
    return convert(build_step_model(architecture, scaling, [network]), spec)

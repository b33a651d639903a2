# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Networks of several seeds that answer as one.

The gate outputs of the members are averaged inside the exported model (`training.networks.merge`),
so that the ensemble is one network with one state to whoever runs it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from joblib import delayed, Parallel
import numpy as np

from pour_force_estimator.cups.table import CupTable
from pour_force_estimator.pours.recordings import RecordedPour

from ..cli.device import configure, find_gpus, share
from ..cups.fit import CupFit, fit_cups, table_of
from ..errors import DeadNetworkError, DivergedError, TrainingError
from ..fitting.fit import fit
from ..fitting.preprocessing import PaddedPours, Preprocessor
from ..in_the_loop.sessions import SimulatedPour
from ..networks.architectures import Architecture
from .examples import blind_examples, Example, recorded_examples
from .sessions import simulate_blind_sessions
from .settings import Recipe


@dataclass(frozen=True)
class Prepared:
    """
    Pours, ready to be learned from.

    Attributes
    ----------
    recipe : Recipe
        How to learn from them.
    cup_fits : list of CupFit
        How each cup was fitted to these pours.
    preprocessor : Preprocessor
        Features and their scaling.
    architecture : Architecture
        The network of one member.
    train, validation : PaddedPours
        Pours to learn from, and pours to watch the error on, which decide nothing.
    raw_validation : list of ndarray of shape (n_steps, n_features), float32
        The features of `validation` as an exported model takes them, not standardized.

    """

    recipe: Recipe
    cup_fits: list[CupFit]
    preprocessor: Preprocessor
    architecture: Architecture
    train: PaddedPours
    validation: PaddedPours
    raw_validation: list[np.ndarray]


@dataclass(frozen=True)
class Member:
    """
    One trained network.

    Attributes
    ----------
    weights : list of ndarray
        As of `keras.Model.get_weights`.
    history : dict of str to list of float
        'loss' and 'val_loss' of each epoch [N^2].
    seconds : float
        Wall-clock time of the training [s].

    """

    weights: list[np.ndarray]
    history: dict[str, list[float]]
    seconds: float


def prepare(
    recipe: Recipe,
    pours: Sequence[RecordedPour],
    watched: Sequence[RecordedPour],
    fits: list[CupFit] | None = None,
    simulated: list[SimulatedPour] | None = None,
) -> Prepared:
    """
    Fit the cups of pours and turn the pours into arrays.

    Parameters
    ----------
    recipe : Recipe
        How to learn.
    pours : sequence of RecordedPour
        Pours to learn from.
    watched : sequence of RecordedPour
        Pours to watch the error on.
    fits : list of CupFit, optional
        The cups of `pours` where they were fitted already, which takes a while.
    simulated : list of SimulatedPour, optional
        Sessions to learn from beside them, where they were simulated already.

    Returns
    -------
    Prepared

    """
    pours = tuple(pours)
    schema, tilt_sign = pours[0].schema, pours[0].tilt_sign
    fits = fit_cups(pours) if fits is None else fits
    cups = table_of(fits)
    names = recipe.features(schema)
    preprocessor = Preprocessor(
        names, schema.sample_rate_hz, tilt_sign, cups, target='poured_weight'
    )
    examples = _examples(recipe, pours, fits, cups, simulated) if recipe.experts else pours
    raw = [preprocessor.raw(example) for example in examples]
    preprocessor.fit_rows(raw)
    raw_watched = [preprocessor.raw(pour) for pour in watched]
    return Prepared(
        recipe,
        fits,
        preprocessor,
        recipe.architecture(names, preprocessor.scaling),
        preprocessor.transform_rows(examples, raw),
        preprocessor.transform_rows(watched, raw_watched),
        raw_watched,
    )


def _examples(
    recipe: Recipe,
    pours: Sequence[RecordedPour],
    fits: list[CupFit],
    cups: CupTable,
    simulated: list[SimulatedPour] | None,
) -> list[Example]:
    """Return what networks that weigh experts learn from, a list of Example."""
    rng = np.random.default_rng(recipe.seed)
    rate_hz = pours[0].schema.sample_rate_hz
    if simulated is None:
        simulated = simulate_blind_sessions(
            cups, recipe.sessions_per_cup, recipe.new_cup_sessions, recipe.seed, rate_hz
        )
    return [*recorded_examples(pours, fits, cups, rng), *blind_examples(simulated, cups, rate_hz)]


def train_members(
    prepared: Sequence[Prepared],
    on_member: Callable[[str], None] | None = None,
    jobs: int | None = None,
) -> list[list[Member]]:
    """
    Train all members of several ensembles, as many at once as there are cores.

    Parameters
    ----------
    prepared : sequence of Prepared
        The ensembles.
    on_member : callable, optional
        Called with a note (str) when a member is done.
    jobs : int, optional
        Training runs at once; by default one for each core, or one where there is a GPU.

    Returns
    -------
    list of list of Member
        For each ensemble its members.

    Raises
    ------
    TrainingError
        If a training run fails twice, with its own seed and with another.
    KeyboardInterrupt
        If Ctrl-C came; a member that has not learned all is of no use.

    """
    configure()
    jobs, threads = share(jobs, len(find_gpus()))
    tasks = [
        (ensemble, member)
        for ensemble, pours in enumerate(prepared)
        for member in range(pours.recipe.members)
    ]
    trained: dict[tuple[int, int], Member] = {}
    results = Parallel(n_jobs=jobs, return_as='generator_unordered')(
        delayed(_train)(ensemble, member, prepared[ensemble], threads)
        for ensemble, member in tasks
    )
    for ensemble, member, result in results:
        trained[ensemble, member] = result
        if on_member:
            on_member(f'validation {result.history["val_loss"][-1]:.4f} N²')
    return [
        [trained[ensemble, member] for member in range(pours.recipe.members)]
        for ensemble, pours in enumerate(prepared)
    ]


_RETRY_SEED = 1000
"""Added to the seed of a member whose training failed."""


def _train(
    ensemble: int, member: int, prepared: Prepared, threads: int | None
) -> tuple[int, int, Member]:
    configure(threads)
    names = prepared.preprocessor.feature_names
    for seed in (member, member + _RETRY_SEED):
        try:
            result = fit(
                prepared.architecture,
                prepared.train,
                prepared.validation,
                prepared.recipe.fit_settings(names, seed),
            )
        except (DeadNetworkError, DivergedError) as error:
            failure = error
            continue
        if result.interrupted:  # `fit` takes it for the wish to end early
            raise KeyboardInterrupt
        return ensemble, member, Member(result.model.get_weights(), result.history, result.seconds)
    raise TrainingError(f'member {member}: failed with two seeds') from failure

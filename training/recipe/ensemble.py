"""
Networks of several seeds that answer as one.

The gates of the members are averaged inside the exported model (`training.export`), so that the
ensemble is one network with one state to whoever runs it.
"""

from dataclasses import dataclass, replace

from joblib import delayed, Parallel
import numpy as np

from pour_force_estimator.cup_table import CupTable
from pour_force_estimator.features import CUP_KNOWN

from ..architectures import Architecture
from ..cup_fit import fit_cups
from ..device import configure, find_gpus, share
from ..errors import DeadNetworkError, DivergedError, TrainingError
from ..fit import fit
from ..preprocessing import PaddedPours, Preprocessor
from .new_cups import blind_columns, COPIES, pours_of_new_cups
from .settings import Recipe
from .simulated import simulate_cups


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
    new_cups : PaddedPours or None
        Pours as if from cups that are not known, where networks learn from such.

    """

    recipe: Recipe
    cup_fits: list
    preprocessor: Preprocessor
    architecture: Architecture
    train: PaddedPours
    validation: PaddedPours
    new_cups: PaddedPours | None


@dataclass(frozen=True)
class Member:
    """
    One trained network.

    Attributes
    ----------
    weights : list of ndarray
        As of `keras.Model.get_weights`.
    history : dict of str to list of float
        'loss' and 'val_loss' of each epoch [lbf^2].
    seconds : float
        Wall-clock time of the training [s].

    """

    weights: list
    history: dict
    seconds: float


def prepare(recipe, pours, watched, fits=None):
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

    Returns
    -------
    Prepared

    """
    pours = tuple(pours)
    schema, tilt_sign = pours[0].schema, pours[0].tilt_sign
    if fits is None:
        fits = []
        fit_cups(pours, on_cup=fits.append)
    cups = CupTable(fit.cup for fit in fits)
    if recipe.simulated_per_cup:
        pours += simulate_cups(cups, pours, recipe.simulated_per_cup, recipe.seed)
    names = recipe.features(schema)
    preprocessor = Preprocessor(
        names, schema.sample_rate_hz, tilt_sign, cups, target='poured_weight').fit(pours)
    new_cups = None
    if recipe.networks > recipe.members:
        new_cups = pours_of_new_cups(preprocessor, pours, recipe.seed)
        preprocessor.scaling.low[names.index(CUP_KNOWN)] = 0.0
    return Prepared(
        recipe, fits, preprocessor, recipe.architecture(names, preprocessor.scaling),
        preprocessor.transform(pours), preprocessor.transform(watched), new_cups)


def train_members(prepared, on_member=None, jobs=None):
    """
    Train all members of several ensembles, as many at once as there are cores.

    Parameters
    ----------
    prepared : sequence of Prepared
        The ensembles.
    on_member : callable, optional
        Called with a note (str) when a member is done.
    jobs : int, optional
        Trainings at once; by default one for each core, or one where there is a GPU.

    Returns
    -------
    list of list of Member
        For each ensemble its members, those for new cups last.

    Raises
    ------
    TrainingError
        If a training fails twice, with its own seed and with another.
    KeyboardInterrupt
        If Ctrl-C came; a member that has not learned all is of no use.

    """
    configure()
    jobs, threads = share(jobs, len(find_gpus()))
    tasks = [(which, member) for which, one in enumerate(prepared)
             for member in range(one.recipe.networks)]
    members = [[None] * one.recipe.networks for one in prepared]
    results = Parallel(n_jobs=jobs, return_as='generator_unordered')(
        delayed(_train)(which, member, prepared[which], threads) for which, member in tasks)
    for which, member, result in results:
        members[which][member] = result
        if on_member:
            on_member(f'validation {result.history["val_loss"][-1]:.5f} lbf²')
    return members


_RETRY_SEED = 1000
"""Added to the seed of a member whose training failed."""


def _train(which, member, prepared, threads):
    configure(threads)
    is_for_new_cups = member >= prepared.recipe.members
    names = prepared.preprocessor.feature_names
    for seed in (member, member + _RETRY_SEED):
        settings = prepared.recipe.fit_settings(names, seed)
        try:
            result = (_fit_new_cups if is_for_new_cups else _fit)(prepared, settings)
        except (DeadNetworkError, DivergedError) as error:
            failure = error
            continue
        if result.interrupted:  # `fit` takes it for the wish to end early
            raise KeyboardInterrupt
        weights = result.model.get_weights()
        if is_for_new_cups:
            weights[0][blind_columns(names)] = 0.0  # of the first kernel, which saw only zeros
        return which, member, Member(weights, result.history, result.seconds)
    raise TrainingError(f'member {member}: failed with two seeds') from failure


def _fit(prepared, settings):
    return fit(prepared.architecture, prepared.train, prepared.validation, settings)


def _fit_new_cups(prepared, settings):
    """Each pour has many copies; a training sees as many pours as that of another member does."""
    hidden = blind_columns(prepared.preprocessor.feature_names)
    settings = replace(
        settings, epochs=max(settings.epochs // COPIES, 1),
        input_noise=tuple(np.where(hidden, 0.0, settings.input_noise)))
    pours = len(prepared.train.lengths)
    one_copy = PaddedPours(*(
        array[:pours] for array in (
            prepared.new_cups.features, prepared.new_cups.response, prepared.new_cups.lengths)))
    return fit(prepared.architecture, prepared.new_cups, one_copy, settings)

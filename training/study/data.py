# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The pours of a study: loaded, checked, split, and prepared for each run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from sklearn.model_selection import GroupKFold

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.recordings import load_recordings, RecordedPour, Recordings
from pour_force_estimator.pours.schemas import Schema

from ..cups.grouping import cup_sizes
from ..evaluation.metrics import final_mean, FINAL_STEPS
from ..fitting.datasets import FRACTIONS, Split, split_pours
from ..fitting.plausibility import MIN_POURED_N
from ..fitting.preprocessing import PaddedPours, Preprocessor
from .plan import CUP_QUESTION, FINAL_WEIGHT_QUESTION
from .settings import StudySettings

TRAIN, VALIDATION, TEST_1, TEST_2 = 'train', 'validation', 'test 1', 'test 2'
"""The four parts of the paper."""

HELD_OUT = 'held-out cup'
"""The part that takes the place of test 1 where a cup is kept from the training."""

OUTCOME = 'f_final'
"""The feature that a robot does not know while it pours."""

MAX_SINGLE_CUPS = 8
"""Up to so many cups each is kept from the training alone; more of them in groups."""

CUP_GROUPS = 5
"""Number of groups where there are more cups."""

Parts: TypeAlias = dict[str, tuple[RecordedPour, ...]]
"""The pours of a run by the name of their part."""


class PourWithOutcome(RecordedPour):
    """A pour of a schema without a column f_final, whose outcome is taken from its last steps."""

    @property
    def weight_after(self) -> float:
        """Weight after the pour [N], from the mean of the last steps."""
        poured = float(final_mean(self.poured_weight))
        return self.context.required('initial_weight') - poured


@dataclass(frozen=True)
class StudyData:
    """
    The pours of a study.

    Attributes
    ----------
    recordings : Recordings
        What is split.
    test_2 : Recordings or None
        The second test set.
    split : Split
        Training, validation and test 1.
    split_seed : int
        What the pours were split with.

    """

    recordings: Recordings
    test_2: Recordings | None
    split: Split
    split_seed: int

    @property
    def schema(self) -> Schema:
        """The `Schema` of all pours."""
        return self.recordings.schema

    def cups(self) -> dict[str, tuple[int, ...]]:
        """Return pours by cup, or by group of cups: dict of str to tuple of positions."""
        return group_cups(self.recordings.pours)

    def features(self, question: str) -> tuple[str, ...]:
        """Return the names of the inputs of the runs for `question`, a tuple of str."""
        names = self.schema.study_features
        if question != FINAL_WEIGHT_QUESTION:
            return names
        if OUTCOME in names:
            return tuple(name for name in names if name != OUTCOME)
        return (*names, OUTCOME)

    def parts(self, question: str, cup: str = '') -> Parts:
        """
        Return the pours of the runs for one question.

        Parameters
        ----------
        question : str
            What is asked.
        cup : str
            With `CUP_QUESTION`, the group of cups that is kept from the training.

        Returns
        -------
        dict of str to tuple of RecordedPour
            `TRAIN` and `VALIDATION`, and either `HELD_OUT` or `TEST_1` and, where there is one,
            `TEST_2`.

        """
        if question == CUP_QUESTION:
            parts = self._without_cup(cup)
        else:
            parts = {
                TRAIN: self.split.train,
                VALIDATION: self.split.validation,
                TEST_1: self.split.test,
            }
            if self.test_2:
                parts[TEST_2] = self.test_2.pours
        if OUTCOME in self.features(question) and OUTCOME not in self.schema.column_names:
            parts = {part: tuple(map(_with_outcome, pours)) for part, pours in parts.items()}
        return parts

    def _without_cup(self, cup: str) -> Parts:
        """Return the parts of a run that does not see `cup`."""
        held_out = set(self.cups()[cup])
        pours = self.recordings.pours
        remaining = [pour for position, pour in enumerate(pours) if position not in held_out]
        if len(remaining) < 2:
            raise RecordingError(
                f'cup {cup}: expected at least 2 pours of other cups to learn from, received '
                f'{len(remaining)}; leave this question out with --no-cups'
            )
        count = max(1, round(len(remaining) * FRACTIONS[1] / (FRACTIONS[0] + FRACTIONS[1])))
        order = np.random.default_rng(self.split_seed).permutation(len(remaining))
        return {
            TRAIN: tuple(remaining[position] for position in order[count:]),
            VALIDATION: tuple(remaining[position] for position in order[:count]),
            HELD_OUT: tuple(pours[position] for position in sorted(held_out)),
        }


def group_cups(pours: Sequence[RecordedPour]) -> dict[str, tuple[int, ...]]:
    """
    Sort pours by the cup that they were poured from.

    Parameters
    ----------
    pours : sequence of RecordedPour
        The pours.

    Returns
    -------
    dict of str to tuple of int
        Positions of the pours by the height and diameter of the cup [mm], see
        `training.cups.grouping`; with more than `MAX_SINGLE_CUPS` cups, by one of `CUP_GROUPS`
        groups of cups.

    """
    sizes = [size.name.removeprefix('cup_') for size in cup_sizes(pours)]
    names = sizes
    if len(set(sizes)) > MAX_SINGLE_CUPS:
        names = [''] * len(sizes)
        folds = GroupKFold(CUP_GROUPS).split(sizes, groups=sizes)
        for number, (_, members) in enumerate(folds, start=1):
            for position in members:
                names[position] = f'group {number}'
    groups: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        groups.setdefault(name, []).append(position)
    return {name: tuple(groups[name]) for name in sorted(groups)}


@lru_cache(maxsize=1)
def load_study(settings: StudySettings) -> StudyData:
    """
    Load, check and split the pours of a study.

    Parameters
    ----------
    settings : StudySettings
        Which files.

    Returns
    -------
    StudyData

    Raises
    ------
    RecordingError
        If a file is not what it has to be, or not that with which the study began.

    """
    recordings = _load(settings.data, settings.data_digest, settings)
    test_2 = None
    if settings.test_data:
        test_2 = _load(settings.test_data, settings.test_digest, settings)
        if test_2.tilt_sign != recordings.tilt_sign:
            raise RecordingError(
                f'{test_2.name}: expected the sign of theta of {recordings.name}, '
                f'{recordings.tilt_sign:+d} while tilted, received {test_2.tilt_sign:+d}; '
                'multiply the first column by -1'
            )
    split = split_pours(recordings.pours, settings.split_seed)
    return StudyData(recordings, test_2, split, settings.split_seed)


@lru_cache(maxsize=1)
def prepare(
    settings: StudySettings, question: str, cup: str = ''
) -> tuple[Preprocessor, dict[str, PaddedPours]]:
    """
    Return what the runs for one question learn from; the last is remembered.

    Parameters
    ----------
    settings : StudySettings
        The study.
    question : str
        What is asked.
    cup : str
        As for `StudyData.parts`.

    Returns
    -------
    preprocessor : Preprocessor
        Fitted on the pours for training.
    padded : dict of str to PaddedPours
        The parts, as of `StudyData.parts`.

    """
    data = load_study(settings)
    parts = data.parts(question, cup)
    preprocessor = Preprocessor(
        data.features(question), data.schema.sample_rate_hz, data.recordings.tilt_sign
    )
    preprocessor.fit(parts[TRAIN])
    return preprocessor, {part: preprocessor.transform(pours) for part, pours in parts.items()}


def _load(path: str, digest: str, settings: StudySettings) -> Recordings:
    recordings = load_recordings(path, settings.schema)
    if digest != recordings.digest:
        raise RecordingError(
            f'{path}: expected the file with which the study began (SHA-256 {digest[:12]}...), '
            f'received another one ({recordings.digest[:12]}...); all machines need the same file'
        )
    pours = recordings.pours
    if settings.max_pours and len(pours) > settings.max_pours:
        order = np.random.default_rng(settings.split_seed).permutation(len(pours))
        pours = tuple(pours[position] for position in sorted(order[: settings.max_pours]))
    if not any(map(_is_full, pours)):
        raise RecordingError(
            f'{recordings.name}: expected at least one full pour, of more than {FINAL_STEPS} '
            f'steps in which more than {MIN_POURED_N} N leave the cup, received '
            f'{len(pours)} pours without; check the order of the columns and their units'
        )
    return replace(recordings, pours=pours)


def _is_full(pour: RecordedPour) -> bool:
    return len(pour) > FINAL_STEPS and np.ptp(pour.poured_weight) > MIN_POURED_N


def _with_outcome(pour: RecordedPour) -> PourWithOutcome:
    return PourWithOutcome(pour.index, pour.schema, pour.data, pour.tilt_sign)

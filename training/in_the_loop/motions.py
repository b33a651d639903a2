# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the cups of a stage move: each pour by a motion of its kind, all at once."""

from dataclasses import dataclass

import numpy as np

from pour_force_estimator.simulation.tilt_profile import MAX_POUR_TILT

from .open_loop import draw_open_loop, OPEN_LOOP, SampledTilts, Task
from .steered import LOOKS_AHEAD, STEERED, SteeredMotions, SteeredRun

KINDS = (*OPEN_LOOP, *STEERED)
"""All kinds of motion."""


@dataclass(frozen=True)
class StageMotions:
    """
    The motions of n pours of mixed kinds, as drawn; `begin` them as often as needed.

    Attributes
    ----------
    kinds : tuple of str
        Kind of each motion, of `KINDS`.
    open_loop : tuple of (ndarray of int, SampledTilts)
        The places among the n, and the motions, of each kind that is known beforehand.
    steered : tuple of (ndarray of int, SteeredMotions)
        The same of the steered ones.

    """

    kinds: tuple[str, ...]
    open_loop: tuple[tuple[np.ndarray, SampledTilts], ...]
    steered: tuple[tuple[np.ndarray, SteeredMotions], ...]

    @classmethod
    def draw(
        cls,
        kinds: tuple[str, ...],
        task: Task,
        target_weight: np.ndarray,
        return_speed: np.ndarray,
        rng: np.random.Generator,
    ) -> 'StageMotions':
        """
        Draw n motions.

        Parameters
        ----------
        kinds : tuple of str
            Of `KINDS`, one for each pour.
        task : Task
            What they are to do.
        target_weight : ndarray of shape (n,)
            Weight at which the steered ones turn back [N].
        return_speed : ndarray of shape (n,)
            Speed of their way back [rad/s].
        rng : numpy.random.Generator
            Source of the draws.

        """
        open_loop, steered = [], []
        for kind in KINDS:
            places = np.flatnonzero([drawn_kind == kind for drawn_kind in kinds])
            if not len(places):
                continue
            part = Task(
                task.cup.take(places),
                task.volume[places],
                task.target[places],
                task.start[places],
            )
            if kind in OPEN_LOOP:
                open_loop.append((places, draw_open_loop(kind, part, rng)))
            else:
                steered.append(
                    (
                        places,
                        SteeredMotions.draw(
                            part, target_weight[places], return_speed[places], rng
                        ),
                    )
                )
        return cls(tuple(kinds), tuple(open_loop), tuple(steered))

    def begin(self) -> 'MotionRun':
        """Return the motions at their first step."""
        return MotionRun(self)


class MotionRun:
    """
    n motions on their way.

    Attributes
    ----------
    tilt : ndarray of shape (n,)
        Tilt of each arm at this step [rad].
    done : ndarray of shape (n,), bool
        Whether this step is after the motion's last.

    """

    def __init__(self, motions: StageMotions) -> None:
        n = len(motions.kinds)
        self._open_loop = motions.open_loop
        self._steered = [(places, SteeredRun(part)) for places, part in motions.steered]
        self._looks_ahead = np.array([kind == LOOKS_AHEAD for kind in motions.kinds])
        self._step = 0
        self.tilt = np.zeros(n)
        self.done = np.zeros(n, bool)
        self._gather()

    @property
    def turned_by(self) -> list[str]:
        """What turned back each steered cup, see `SteeredRun`; '' for the others."""
        reasons = [''] * len(self.tilt)
        for places, run in self._steered:
            for place, reason in zip(places.tolist(), run.turned_by.tolist()):
                reasons[place] = reason
        return reasons

    def step(self, weight: np.ndarray, predicted: np.ndarray) -> None:
        """
        Take one step, knowing what an estimator says at this one.

        Parameters
        ----------
        weight, predicted : ndarray of shape (n,)
            Estimated weight by now, and in the end were the arm to turn back [N]; NaN where
            nothing is said.

        """
        if self._steered:
            level = np.where(self._looks_ahead & ~np.isnan(predicted), predicted, weight)
            for places, run in self._steered:
                run.step(level[places])
        self._step += 1
        self._gather()

    def _gather(self) -> None:
        for places, sampled in self._open_loop:
            last = sampled.tilts.shape[1] - 1
            self.tilt[places] = np.minimum(sampled.tilts[:, min(self._step, last)], MAX_POUR_TILT)
            self.done[places] = self._step >= sampled.lengths
        for places, run in self._steered:
            self.tilt[places] = run.tilt
            self.done[places] = run.done

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Pours to targets as they are seen from beside: what was asked, poured, estimated and weighed.

The arm goes on publishing between its pours, so that no silence separates them; it says when one
begins, and the scale says when it is over.
"""

from dataclasses import asdict, dataclass
import json
import math

import numpy as np

from ..errors import RecordingError
from .scoring import PourScorer, ScoredPour

MOVED = 0.02
"""Tilt by which a cup has moved once its pour has begun [rad]."""

BEFORE_NS = 100_000_000
"""What is kept of the time before that [ns]; the estimator was reset by then."""


@dataclass(frozen=True)
class PourTask:
    """
    What an arm is about to pour.

    Attributes
    ----------
    cup_height, cup_diameter : float
        Size of the cup [m].
    initial_weight, target_weight : float
        What is in it, and what is to be poured [N].
    is_mounted_anew : bool
        Whether the cup was mounted before this pour.

    """

    cup_height: float
    cup_diameter: float
    initial_weight: float
    target_weight: float
    is_mounted_anew: bool

    def to_json(self) -> str:
        """Return the task as a line of text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> 'PourTask':
        """
        Return the task that `to_json` wrote.

        Raises
        ------
        RecordingError
            If it did not.

        """
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise RecordingError(f'expected a task, received {text!r} ({error})') from error


@dataclass(frozen=True)
class SessionPour:
    """
    A pour that is over.

    Attributes
    ----------
    task : PourTask
        What was to be poured.
    is_known : bool or None
        Whether the model knows the cup; None if it does not say.
    weighed : float
        What the scale says [N].
    trace : ScoredPour
        Truth and estimates; it may have no estimates.
    delays_s : ndarray of shape (n_estimates,)
        How late the estimates were [s].

    """

    task: PourTask
    is_known: bool | None
    weighed: float
    trace: ScoredPour
    delays_s: np.ndarray

    @property
    def estimated(self) -> float:
        """The last estimate [N]; NaN if none came."""
        return _last(self.trace.estimated_weight)

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the last estimate [N]; NaN where there is none."""
        return _last(self.trace.lower), _last(self.trace.upper)

    @property
    def off_target(self) -> float:
        """What was poured minus the target [N]."""
        return self.weighed - self.task.target_weight

    @property
    def off_estimate(self) -> float:
        """What was estimated minus what was poured [N]."""
        return self.estimated - self.weighed


class SessionLog:
    """
    Collects pours to targets.

    Attributes
    ----------
    scorer : PourScorer
        Takes joint states, truth and estimates.
    is_known : bool or None
        Whether the model knows the cup; set it when the estimator says so.
    pours : list of SessionPour
        The pours that are over.
    task : PourTask or None
        The pour in progress.

    """

    def __init__(self) -> None:
        self.scorer = PourScorer()
        self.is_known: bool | None = None
        self.pours: list[SessionPour] = []
        self.task: PourTask | None = None
        self._rest_tilt: float | None = None
        self._start_ns: int | None = None
        self._last_ns: int | None = None

    def begin(self, task: PourTask) -> None:
        """Begin a pour."""
        self.task = task
        self._rest_tilt = self._start_ns = None

    def add_tilt(self, stamp_ns: int, tilt: float) -> None:
        """Take the tilt of a joint state [rad] with its stamp [ns]."""
        self._last_ns = stamp_ns
        if self._rest_tilt is None:
            self._rest_tilt = tilt
        elif self._start_ns is None and abs(tilt - self._rest_tilt) > MOVED:
            self._start_ns = stamp_ns - BEFORE_NS

    def end(self, weighed: float) -> SessionPour | None:
        """
        End the pour in progress: the scale says what it poured [N].

        Returns
        -------
        SessionPour or None
            The pour; None if none was in progress, or nothing was seen of it.

        """
        task, self.task = self.task, None
        if task is None or self._last_ns is None:
            return None
        start_ns = self._last_ns if self._start_ns is None else self._start_ns
        pour = SessionPour(
            task,
            self.is_known,
            weighed,
            self.scorer.between(start_ns, self._last_ns),
            self.scorer.delays_s(start_ns, self._last_ns),
        )
        self.pours.append(pour)
        return pour

    def sessions(self) -> list[list[SessionPour]]:
        """Return the pours of each mounting, a list of lists of SessionPour."""
        sessions: list[list[SessionPour]] = []
        for pour in self.pours:
            if pour.task.is_mounted_anew or not sessions:
                sessions.append([])
            sessions[-1].append(pour)
        return sessions


def _last(values: np.ndarray) -> float:
    return float(values[-1]) if len(values) else math.nan

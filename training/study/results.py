# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The records of a study, asked for by question, model, length of training and part."""

from collections.abc import Callable
from dataclasses import dataclass
import statistics

from pour_force_estimator.units import newton2_to_lbf2

from ..networks.architectures import ARCHITECTURES
from .baselines import UNTRAINED
from .data import VALIDATION
from .plan import ARCHITECTURE_QUESTION, CUP_QUESTION, FINAL_WEIGHT_QUESTION, Run
from .record import ALIVE, Outcome, Record


@dataclass(frozen=True)
class Results:
    """
    All records of one study.

    Attributes
    ----------
    records : dict of Run to Record
        What each run left.
    epochs : tuple of int
        Lengths of the training runs, ascending.

    """

    records: dict[Run, Record]
    epochs: tuple[int, ...]

    @property
    def longest(self) -> int:
        """The greatest number of epochs."""
        return self.epochs[-1]

    @property
    def trained(self) -> tuple[str, ...]:
        """Names of all networks, a tuple of str."""
        return self._models(lambda run: run.model not in UNTRAINED)

    @property
    def architectures(self) -> tuple[str, ...]:
        """Names of the recurrent networks, a tuple of str."""
        return self._models(lambda run: run.model in ARCHITECTURES)

    @property
    def seeds(self) -> int:
        """Number of seeds for each network."""
        return max(run.seed for run in self.records if run.question == ARCHITECTURE_QUESTION) + 1

    @property
    def cups(self) -> tuple[str, ...]:
        """Names of the groups of cups that were kept from a training run, a tuple of str."""
        return tuple(
            dict.fromkeys(run.cup for run in self.records if run.question == CUP_QUESTION)
        )

    @property
    def asks_final_weight(self) -> bool:
        """Whether there are runs about what the final weight is worth."""
        return any(run.question == FINAL_WEIGHT_QUESTION for run in self.records)

    def of(self, question: str, model: str, cup: str = '') -> dict[int, Record]:
        """Return the records for one question, model and cup by seed, a dict of int to Record."""
        return {
            run.seed: record
            for run, record in self.records.items()
            if (run.question, run.model, run.cup) == (question, model, cup)
        }

    def alive(self, question: str, model: str, epochs: int, cup: str = '') -> dict[int, Outcome]:
        """Return the outcomes after `epochs` of what is alive by seed, dict of int to Outcome."""
        outcomes = {
            seed: record.at(epochs) for seed, record in self.of(question, model, cup).items()
        }
        return {seed: outcome for seed, outcome in outcomes.items() if outcome.status == ALIVE}

    def errors(
        self, question: str, model: str, epochs: int, part: str, cup: str = ''
    ) -> dict[int, float]:
        """
        Return the mean squared errors of the runs that are alive.

        Parameters
        ----------
        question, model, cup : str
            As in `Run`.
        epochs : int
            Length of the training.
        part : str
            Which pours.

        Returns
        -------
        dict of int to float
            By seed [lbf^2]; empty if there are no such pours.

        """
        return {
            seed: newton2_to_lbf2(outcome.errors[part]['mse_newton2'])
            for seed, outcome in self.alive(question, model, epochs, cup).items()
            if part in outcome.errors
        }

    def seconds(self, model: str, epochs: int) -> dict[int, float]:
        """Return the times of the training runs that are alive by seed [s]."""
        alive = self.alive(ARCHITECTURE_QUESTION, model, epochs)
        return {
            seed: outcome.seconds for seed, outcome in alive.items() if outcome.seconds is not None
        }

    def best(self) -> tuple[Run, int] | None:
        """
        Return the recurrent network with the smallest validation error of all.

        Returns
        -------
        tuple of (Run, int) or None
            The run and its number of epochs; None if no network is alive.

        """
        candidates = [
            (error, model, epochs, seed)
            for model in self.architectures
            for epochs in self.epochs
            for seed, error in self.errors(
                ARCHITECTURE_QUESTION, model, epochs, VALIDATION
            ).items()
        ]
        if not candidates:
            return None
        _, model, epochs, seed = min(candidates)
        return self.of(ARCHITECTURE_QUESTION, model)[seed].run, epochs

    def typical(self, model: str) -> Run | None:
        """
        Return the run of a network whose validation error is the median over seeds.

        Parameters
        ----------
        model : str
            Name of the network.

        Returns
        -------
        Run or None
            None if none is alive after the longest training.

        """
        errors = self.errors(ARCHITECTURE_QUESTION, model, self.longest, VALIDATION)
        if not errors:
            return None
        median = statistics.median_low(errors.values())
        seed = next(seed for seed, error in errors.items() if error == median)
        return self.of(ARCHITECTURE_QUESTION, model)[seed].run

    def failures(self) -> list[tuple[Run, int, str, str]]:
        """Return what is not alive, a list of (Run, epochs, status, message)."""
        return [
            (run, epochs, outcome.status, record.message)
            for run, record in self.records.items()
            for epochs, outcome in record.outcomes.items()
            if outcome.status != ALIVE
        ]

    def _models(self, chosen: Callable[[Run], bool]) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(
                run.model
                for run in self.records
                if run.question == ARCHITECTURE_QUESTION and chosen(run)
            )
        )

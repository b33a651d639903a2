# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether an estimator estimates, and what has disturbed it."""

from collections import Counter
from dataclasses import dataclass, field

from .resampler import Interruption


@dataclass
class EstimatorStatus:
    """
    What an estimator tells of itself.

    Attributes
    ----------
    interruption : Interruption or None
        Why there are no estimates until `PourEstimator.reset`; None while there are.
    last_interruption : Interruption or None
        What has ended a pour last: a gap, a jump of the clock or a step that gave no number. A new
        pour may have started since.
    interruptions : int
        How often a pour was ended so.
    counters : collections.Counter
        Samples dropped and interruptions by case since construction; see
        `pour_force_estimator.resampler`. ``not_finite`` counts tilts that are no number,
        ``weighing_refused`` weighings that cannot be.

    """

    interruption: Interruption | None = None
    last_interruption: Interruption | None = None
    interruptions: int = 0
    counters: Counter[str] = field(default_factory=Counter)

    def interrupt(self, interruption: Interruption) -> None:
        """Note what has ended the estimate."""
        self.interruption = self.last_interruption = interruption
        self.interruptions += 1

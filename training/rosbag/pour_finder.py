# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The pours in aligned bags, and what they tell of the scale: its sign and its delay.

The delay follows from pours, which are cut by weights without it; so all is cut twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
import itertools
import math

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.pours.cut import Cut, CutterSettings, detect_sign
from pour_force_estimator.pours.cutter import cut_pours
from pour_force_estimator.pours.scale import Scale
from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from pour_force_estimator.pours.spikes import judge_spikes, REST_NS

from ..errors import BagError
from .alignment import Alignment, Segment
from .context import BagContext
from .delay import Delay, DelayedPour, estimate_delay, MIN_CORRELATION
from .problems import in_lines, Problem
from .tilt_source import TiltSource

RATE_HZ = ROBOT_TRIALS.sample_rate_hz


@dataclass(frozen=True)
class ImportSettings:
    """
    Where tilt and weight are in the bags.

    Attributes
    ----------
    joint_topic, scale_topic : str
        The topics.
    tilt : JointTilt or UrdfSource
        How the tilt follows from the joints.
    scale : Scale
        How the messages of the scale are read.
    sign : {1, -1, 0}
        In which direction its reading changes while the cup pours; 0 to tell from the bags.
    delay_s : float or None
        Delay of the scale [s]; None to estimate it.
    cutter : CutterSettings
        What counts as a pour.

    """

    joint_topic: str
    scale_topic: str
    tilt: TiltSource
    scale: Scale = Scale()
    sign: int = 0
    delay_s: float | None = None
    cutter: CutterSettings = CutterSettings()


@dataclass(frozen=True)
class FoundPour:
    """
    A pour, or what might have been one.

    Attributes
    ----------
    bag : str
        Name of the bag.
    start_s : float
        Time of its start since the begin of the bag [s].
    cut : Cut
        What was cut.
    tilt : ndarray of shape (n,)
        Tilt of the cup [rad] at `RATE_HZ`.
    poured : ndarray of shape (n,)
        Poured weight [N]; change since the first tick where there is no rest before.
    context : PourContext or None
        What is known of it; None if it is not used.
    reason : str
        Why it is not used; '' if it is.

    """

    bag: str
    start_s: float
    cut: Cut
    tilt: np.ndarray
    poured: np.ndarray
    context: PourContext | None
    reason: str

    @property
    def used_context(self) -> PourContext:
        """What is known of it, for a pour that can be used."""
        assert self.context is not None and not self.reason
        return self.context


class PourFinder:
    """
    Finds the pours of several bags.

    Parameters
    ----------
    alignments : dict of str to Alignment
        Tilt and weight of each bag, by its name.
    contexts : dict of str to BagContext
        What is known of the pours of each bag.
    settings : ImportSettings
        What counts as a pour.
    problems : sequence of Problem
        What is wrong with the bags already.

    Attributes
    ----------
    problems : list of Problem
        What is wrong, with what has been found since.

    """

    def __init__(
        self,
        alignments: Mapping[str, Alignment],
        contexts: Mapping[str, BagContext],
        settings: ImportSettings,
        problems: Sequence[Problem],
    ) -> None:
        self._alignments = alignments
        self._contexts = contexts
        self._settings = settings
        self.problems = list(problems)
        self._undelayed = self._segments(0.0)
        self._cuts = {
            name: [cut for _, cut in self._cut(segments, 0)]
            for name, segments in self._undelayed.items()
        }
        self.problems += [
            Problem(name, '', None, self._why_none(segments))
            for name, segments in self._undelayed.items()
            if segments and not self._cuts[name]
        ]

    def _why_none(self, segments: Sequence[Segment]) -> str:
        """Return why a bag has no pour: its cup is always upright, or never."""
        tilt_deg = np.rad2deg(np.concatenate([segment.tilt for segment in segments]))
        if np.abs(tilt_deg).min() <= math.degrees(self._settings.cutter.upright_tilt):
            return 'the tilt never leaves upright'
        return (
            f'the cup is never upright: its tilt is {tilt_deg.min():.0f} to {tilt_deg.max():.0f} '
            'degree; are joints, tilt offset [rad] or cup axis those of this arm?'
        )

    def _segments(self, delay_s: float) -> dict[str, list[Segment]]:
        """Return the parts of each bag in which tilt and weight, so much late, are known."""
        return {name: alignment.segments(delay_s) for name, alignment in self._alignments.items()}

    def tell_sign(self) -> int:
        """Return in which direction the reading changes while the cup pours: 1 or -1."""
        return detect_sign(itertools.chain.from_iterable(self._cuts.values()))

    def tell_delay(self, sign: int) -> Delay:
        """
        Return the delay of the scale; a problem says so if it cannot be told.

        Parameters
        ----------
        sign : {1, -1}
            As of `tell_sign`.

        Raises
        ------
        BagError
            If the weights cannot be those of the tilts.

        """
        pours = [pour for pour in self._pours(self._undelayed, sign) if not pour.reason]
        if not pours:
            return Delay(0.0)
        delay = estimate_delay(
            [DelayedPour(pour.tilt, pour.poured, pour.used_context) for pour in pours], RATE_HZ
        )
        if delay.is_sure:
            return delay
        topic = self._settings.scale_topic
        if delay.contradiction:
            raise BagError(
                f'{topic}: {delay.contradiction}. Are the clocks of scale and joints apart? If '
                f'not, give --scale-delay{in_lines(self.problems)}'
            )
        unsure = (
            f'the delay cannot be told (the best guess is {delay.seconds:.2f} s, with a '
            f'correlation of {delay.correlation:.2f}, expected {MIN_CORRELATION:g} at least): '
            'none is removed; are tilt, cup and initial weights right? Otherwise give '
            '--scale-delay'
        )
        self.problems.append(Problem('', topic, None, unsure))
        return Delay(0.0, delay.correlation, delay.spread_s, delay.pours)

    def pours(self, sign: int, delay_s: float) -> list[FoundPour]:
        """
        Return pours and what might have been some, in the order of bags and time.

        Parameters
        ----------
        sign : {1, -1}
            In which direction the reading changes while the cup pours.
        delay_s : float
            Delay of the scale [s], which is removed.

        Raises
        ------
        BagError
            If what is known of the pours does not fit them.

        """
        return list(self._pours(self._segments(delay_s), sign))

    def _pours(self, segments: Mapping[str, Sequence[Segment]], sign: int) -> Iterator[FoundPour]:
        for name, of_bag in segments.items():
            cuts = list(self._cut(of_bag, sign))
            contexts = self._contexts_of(name, [cut for _, cut in cuts], sign) if cuts else []
            for (segment, cut), (context, reason) in zip(cuts, contexts):
                yield _found(name, segment, cut, sign, context, reason)

    def _cut(self, segments: Sequence[Segment], sign: int) -> Iterator[tuple[Segment, Cut]]:
        for segment in segments:
            for cut in cut_pours(
                segment.stamps_ns,
                segment.tilt,
                segment.weight,
                RATE_HZ,
                self._settings.cutter,
                sign,
                segment.why_ended,
            ):
                span_ns = [cut.start_ns - REST_NS, cut.end_ns]
                spikes, readings = (
                    int(np.diff(np.searchsorted(times_ns, span_ns))[0])
                    for times_ns in (segment.spikes_ns, segment.readings_ns)
                )
                yield segment, judge_spikes(cut, spikes, readings)

    def _contexts_of(
        self, name: str, cuts: list[Cut], sign: int
    ) -> Sequence[tuple[PourContext | None, str]]:
        """Return what is known of each cut of a bag, and why it is not used."""
        try:
            return self._contexts[name].contexts(cuts, sign)
        except BagError as error:
            causes = [problem for problem in self.problems if problem.bag == name]
            raise BagError(f'{error}{in_lines(causes)}') from error


def _found(
    bag: str, segment: Segment, cut: Cut, sign: int, context: PourContext | None, reason: str
) -> FoundPour:
    ticks = slice(*np.searchsorted(segment.stamps_ns, [cut.start_ns, cut.end_ns + 1]))
    weight = segment.weight[ticks]
    tare = weight[0] if np.isnan(cut.tare) else cut.tare
    return FoundPour(
        bag,
        segment.time_s(cut.start_ns),
        cut,
        segment.tilt[ticks],
        sign * (weight - tare),
        context,
        reason,
    )

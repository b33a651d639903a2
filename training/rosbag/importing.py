# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
From bags to pours: read, align, find sign and delay of the scale, cut.

Nothing is lost in silence: a bag that cannot be used, and what is no pour, is kept with a reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
import itertools
import os
from pathlib import Path

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.pours.cut import Cut, CutterSettings, detect_sign
from pour_force_estimator.pours.cutter import cut_pours
from pour_force_estimator.pours.scale import Scale
from pour_force_estimator.pours.schemas import ROBOT_TRIALS
from pour_force_estimator.pours.spikes import judge_spikes, REST_NS

from ..errors import BagError
from .alignment import Alignment, Segment
from .context import BagContext, ContextFile
from .delay import Delay, DelayedPour, estimate_delay, MIN_CORRELATION
from .problems import in_lines, Problem
from .reading import Bag, read_bag
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


@dataclass(frozen=True)
class Imported:
    """
    What was found in a set of bags.

    Attributes
    ----------
    found_pours : tuple of FoundPour
        Pours and others, in the order of bags and time.
    problems : tuple of Problem
        What is wrong.
    bags : dict of str to str
        Names and digests of the bags that could be read.
    sign : {1, -1}
        In which direction the reading changes while the cup pours.
    delay : Delay
        Delay of the scale, which has been removed.

    """

    found_pours: tuple[FoundPour, ...]
    problems: tuple[Problem, ...]
    bags: dict[str, str]
    sign: int
    delay: Delay

    @property
    def pours(self) -> list[FoundPour]:
        """The pours that can be used, a list of FoundPour."""
        return [pour for pour in self.found_pours if not pour.reason]


def import_bags(
    paths: Sequence[str | os.PathLike[str]], settings: ImportSettings, context_file: ContextFile
) -> Imported:
    """
    Import bags.

    Parameters
    ----------
    paths : sequence of path-like
        The bags; no two of the same name.
    settings : ImportSettings
        Where things are in them.
    context_file : ContextFile
        What is known of their pours.

    Returns
    -------
    Imported

    Raises
    ------
    BagError
        If no bag has a pour, the context file does not fit them, or the weights are not those of
        the tilts.

    """
    by_name = _by_name(paths)
    context_file.check_names(by_name)
    bags, problems = _read(by_name, settings)
    contexts = {name: context_file.of(name) for name in bags}
    aligned = {name: Alignment(bag, RATE_HZ) for name, bag in bags.items()}
    for name, bag in bags.items():
        problems += [*bag.problems, *aligned[name].problems]
    undelayed = {name: alignment.segments(0.0) for name, alignment in aligned.items()}
    cuts = {
        name: [cut for _, cut in _cut(segments, settings, 0)]
        for name, segments in undelayed.items()
    }
    problems += [
        Problem(name, '', None, 'the tilt never leaves upright')
        for name, segments in undelayed.items()
        if segments and not cuts[name]
    ]
    sign = settings.sign or detect_sign(itertools.chain.from_iterable(cuts.values()))
    if settings.delay_s is None:
        delay = _estimate(
            [
                pour
                for name, segments in undelayed.items()
                for pour in _find(name, segments, settings, sign, contexts[name], problems)
            ],
            settings.scale_topic,
            problems,
        )
    else:
        delay = Delay(settings.delay_s)
    pours = [
        pour
        for name, alignment in aligned.items()
        for pour in _find(
            name, alignment.segments(delay.seconds), settings, sign, contexts[name], problems
        )
    ]
    if all(pour.reason for pour in pours):
        reasons = [
            *problems,
            *(f'{pour.bag}, at {pour.start_s:.2f} s: {pour.reason}' for pour in pours),
        ]
        raise BagError(f'no pour that can be used{in_lines(reasons)}')
    for name, context in contexts.items():
        if context.targets_are_outcomes:
            problems.append(
                Problem(
                    name,
                    '',
                    None,
                    'target_weight is what was poured: it says more than a robot '
                    'knows beforehand, so that errors will look smaller than they are on an arm',
                )
            )
    return Imported(
        tuple(pours),
        tuple(problems),
        {name: bag.digest for name, bag in bags.items()},
        sign,
        delay,
    )


def _by_name(paths: Iterable[str | os.PathLike[str]]) -> dict[str, Path]:
    """Return the paths of the bags by their names; raise an error if two share one."""
    by_name: dict[str, Path] = {}
    for path in map(Path, paths):
        name = path.resolve().name
        if name in by_name:
            raise BagError(f'bags: expected different names, received {name} twice')
        by_name[name] = path
    return by_name


def _read(
    paths: Mapping[str, Path], settings: ImportSettings
) -> tuple[dict[str, Bag], list[Problem]]:
    """Return each Bag that can be read by its name, and a Problem for each other."""
    bags, problems = {}, []
    for name, path in paths.items():
        try:
            bags[name] = read_bag(
                path, settings.joint_topic, settings.tilt, settings.scale_topic, settings.scale
            )
        except BagError as error:
            problems.append(Problem(name, '', None, str(error)))
    return bags, problems


def _cut(
    segments: list[Segment], settings: ImportSettings, sign: int
) -> Iterator[tuple[Segment, Cut]]:
    """Yield Segment and Cut."""
    for segment in segments:
        for cut in cut_pours(
            segment.stamps_ns,
            segment.tilt,
            segment.weight,
            RATE_HZ,
            settings.cutter,
            sign,
            segment.why_ended,
        ):
            spikes, readings = (
                int(np.diff(np.searchsorted(times_ns, [cut.start_ns - REST_NS, cut.end_ns]))[0])
                for times_ns in (segment.spikes_ns, segment.readings_ns)
            )
            yield segment, judge_spikes(cut, spikes, readings)


def _find(
    name: str,
    segments: list[Segment],
    settings: ImportSettings,
    sign: int,
    context: BagContext,
    problems: list[Problem],
) -> list[FoundPour]:
    """Return what was cut from a bag; `problems` may tell why it is not what the context says."""
    cuts = list(_cut(segments, settings, sign))
    if not cuts:
        return []
    try:
        contexts = context.contexts([cut for _, cut in cuts], sign)
    except BagError as error:
        causes = [problem for problem in problems if problem.bag == name]
        raise BagError(f'{error}{in_lines(causes)}') from error
    pours = []
    for (segment, cut), (pour_context, reason) in zip(cuts, contexts):
        ticks = slice(*np.searchsorted(segment.stamps_ns, [cut.start_ns, cut.end_ns + 1]))
        weight = segment.weight[ticks]
        tare = weight[0] if np.isnan(cut.tare) else cut.tare
        pours.append(
            FoundPour(
                name,
                segment.time_s(cut.start_ns),
                cut,
                segment.tilt[ticks],
                sign * (weight - tare),
                pour_context,
                reason,
            )
        )
    return pours


def _estimate(pours: list[FoundPour], topic: str, problems: list[Problem]) -> Delay:
    """Return the Delay of the scale; note if it cannot be told."""
    delayed = [
        DelayedPour(pour.tilt, pour.poured, pour.used_context) for pour in pours if not pour.reason
    ]
    if not delayed:
        return Delay(0.0)
    delay = estimate_delay(delayed, RATE_HZ)
    if delay.is_sure:
        return delay
    if delay.contradiction:
        raise BagError(
            f'{topic}: {delay.contradiction}. Are the clocks of scale and joints apart? If not, '
            f'give --scale-delay{in_lines(problems)}'
        )
    problems.append(
        Problem(
            '',
            topic,
            None,
            f'the delay cannot be told (the best guess is {delay.seconds:.2f} s, with '
            'a correlation '
            f'of {delay.correlation:.2f}, expected {MIN_CORRELATION:g} at least): none '
            'is removed; '
            f'are tilt, cup and initial weights right? Otherwise give --scale-delay',
        )
    )
    return Delay(0.0, delay.correlation, delay.spread_s, delay.pours)

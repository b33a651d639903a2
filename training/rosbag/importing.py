# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
From bags to pours: read, align, find sign and delay of the scale, cut.

Nothing is lost in silence: a bag that cannot be used, and what is no pour, is kept with a reason.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
import os
from pathlib import Path

from ..errors import BagError
from .alignment import Alignment
from .context import ContextFile
from .delay import Delay
from .pour_finder import FoundPour, ImportSettings, PourFinder, RATE_HZ
from .problems import in_lines, Problem
from .reading import Bag, read_bag

_TARGETS_ARE_OUTCOMES = (
    'target_weight is what was poured: it says more than a robot knows beforehand, so that errors '
    'will look smaller than they are on an arm'
)


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
    paths: Sequence[str | os.PathLike[str]],
    settings: ImportSettings,
    context_file: ContextFile,
    apart: Iterable[str | os.PathLike[str]] = (),
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
    apart : iterable of path-like
        Bags that are imported apart, of which the context file may speak too.

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
    context_file.check_names({*by_name, *map(_name, apart)})
    bags, problems = _read(by_name, settings)
    contexts = {name: context_file.of(name) for name in bags}
    alignments = {name: Alignment(bag, RATE_HZ) for name, bag in bags.items()}
    for name, bag in bags.items():
        problems += [*bag.problems, *alignments[name].problems]
    finder = PourFinder(alignments, contexts, settings, problems)
    sign = settings.sign or finder.tell_sign()
    delay = finder.tell_delay(sign) if settings.delay_s is None else Delay(settings.delay_s)
    pours = finder.pours(sign, delay.seconds)
    problems = finder.problems
    if all(pour.reason for pour in pours):
        reasons = [f'{pour.bag}, at {pour.start_s:.2f} s: {pour.reason}' for pour in pours]
        raise BagError(f'no pour that can be used{in_lines([*problems, *reasons])}')
    problems += [
        Problem(name, '', None, _TARGETS_ARE_OUTCOMES)
        for name, context in contexts.items()
        if context.targets_are_outcomes
    ]
    digests = {name: bag.digest for name, bag in bags.items()}
    return Imported(tuple(pours), tuple(problems), digests, sign, delay)


def _name(path: str | os.PathLike[str]) -> str:
    return Path(path).resolve().name


def _by_name(paths: Iterable[str | os.PathLike[str]]) -> dict[str, Path]:
    """Return the paths of the bags by their names; raise an error if two share one."""
    by_name: dict[str, Path] = {}
    for path in map(Path, paths):
        name = _name(path)
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

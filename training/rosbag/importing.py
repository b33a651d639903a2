"""
From bags to pours: read, align, find sign and delay of the scale, cut.

Nothing is lost in silence: a bag that cannot be used, and what is no pour, is kept with a reason.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pour_force_estimator.context import PourContext
from pour_force_estimator.pour_cutter import Cut, cut_pours, CutterSettings, detect_sign
from pour_force_estimator.scale import Scale
from pour_force_estimator.schemas import ROBOT_TRIALS
from pour_force_estimator.tilt import JointTilt

from ..errors import BagError
from .alignment import align
from .delay import Delay, DelayedPour, estimate_delay, LEAST_CORRELATION
from .problems import Problem
from .reading import read_bag

RATE_HZ = ROBOT_TRIALS.sample_rate_hz


@dataclass(frozen=True)
class ImportSettings:
    """
    Where tilt and weight are in the bags.

    Attributes
    ----------
    joint_topic, scale_topic : str
        The topics.
    tilt : JointTilt
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
    tilt: JointTilt
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


@dataclass(frozen=True)
class Imported:
    """
    What was found in a set of bags.

    Attributes
    ----------
    found : tuple of FoundPour
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

    found: tuple
    problems: tuple
    bags: dict
    sign: int
    delay: Delay

    @property
    def pours(self):
        """The pours that can be used, a list of FoundPour."""
        return [pour for pour in self.found if not pour.reason]


def import_bags(paths, settings, context_file):
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
        If no bag has a pour, or the context file does not fit them.

    """
    by_name = _by_name(paths)
    context_file.check_names(by_name)
    bags, problems = _read(by_name, settings)
    contexts = {name: context_file.of(name) for name in bags}
    aligned = {name: align(bag, RATE_HZ) for name, bag in bags.items()}
    for name, bag in bags.items():
        problems += [*bag.problems, *aligned[name][1]]
    sign = settings.sign or detect_sign(
        cut for segments, _ in aligned.values() for _, cut in _cut(segments, settings, 0))
    if settings.delay_s is None:
        delay = _estimate(
            [pour for name, (segments, _) in aligned.items()
             for pour in _find(name, segments, settings, sign, contexts[name])],
            settings.scale_topic, problems)
    else:
        delay = Delay(settings.delay_s)
    found = [pour for name, bag in bags.items() for pour in _find(
        name, align(bag, RATE_HZ, delay.seconds)[0], settings, sign, contexts[name])]
    if all(pour.reason for pour in found):
        reasons = [
            *problems, *(f'{pour.bag}, at {pour.start_s:.2f} s: {pour.reason}' for pour in found)]
        raise BagError('no pour that can be used' + ''.join(
            f'\n  {reason}' for reason in reasons or ['the tilt never leaves upright']))
    for name, context in contexts.items():
        if context.targets_are_outcomes:
            problems.append(Problem(
                name, '', None, 'target_weight is what was poured: it says more than a robot '
                'knows beforehand, so that errors will look smaller than they are on an arm'))
    return Imported(
        tuple(found), tuple(problems), {name: bag.digest for name, bag in bags.items()}, sign,
        delay)


def _by_name(paths):
    """Return the paths of the bags by their names; raise an error if two share one."""
    by_name = {}
    for path in map(Path, paths):
        name = path.resolve().name
        if name in by_name:
            raise BagError(f'bags: expected different names, received {name} twice')
        by_name[name] = path
    return by_name


def _read(paths, settings):
    """Return each Bag that can be read by its name, and a Problem for each other."""
    bags, problems = {}, []
    for name, path in paths.items():
        try:
            bags[name] = read_bag(
                path, settings.joint_topic, settings.tilt, settings.scale_topic, settings.scale)
        except BagError as error:
            problems.append(Problem(name, '', None, str(error)))
    return bags, problems


def _cut(segments, settings, sign):
    """Yield Segment and Cut."""
    for segment in segments:
        for cut in cut_pours(
                segment.stamps_ns, segment.tilt, segment.weight, RATE_HZ, settings.cutter, sign,
                segment.why_ended):
            yield segment, cut


def _find(name, segments, settings, sign, context):
    """Return what was cut from a bag, a list of FoundPour."""
    cuts = list(_cut(segments, settings, sign))
    known = context.contexts([cut for _, cut in cuts], sign)
    found = []
    for (segment, cut), (pour_context, reason) in zip(cuts, known):
        own = slice(*np.searchsorted(segment.stamps_ns, [cut.start_ns, cut.end_ns + 1]))
        weight = segment.weight[own]
        tare = weight[0] if np.isnan(cut.tare) else cut.tare
        found.append(FoundPour(
            name, segment.time_s(cut.start_ns), cut, segment.tilt[own], sign * (weight - tare),
            pour_context, reason))
    return found


def _estimate(found, topic, problems):
    """Return the Delay of the scale; note if it cannot be told."""
    pours = [DelayedPour(pour.tilt, pour.poured, pour.context)
             for pour in found if not pour.reason]
    if not pours:
        return Delay(0.0)
    delay = estimate_delay(pours, RATE_HZ)
    if delay.is_sure:
        return delay
    problems.append(Problem(
        '', topic, None,
        f'the delay cannot be told (the best guess is {delay.seconds:.2f} s, with a correlation '
        f'of {delay.correlation:.2f}, expected {LEAST_CORRELATION:g} at least): none is removed; '
        f'are tilt, cup and initial weights right? Otherwise give --scale-delay'))
    return Delay(0.0, delay.correlation, delay.spread_s, delay.pours)


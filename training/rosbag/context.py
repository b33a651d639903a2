# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What is known of the pours of a bag, from a YAML file.

::

    cup_height: 0.120              # m
    cup_diameter: 0.121            # m
    initial_weight: [3.5, 3.1]     # N, or `measured`
    target_weight: 1.5             # N, or `poured`
    bags:                          # what is different in single bags, by their names
      second_cup: {cup_height: 0.081, cup_diameter: 0.088, initial_weight: 2.0}

A value is one number for all pours, or a list with one for each. The names and units are those of
the node's parameters ``pour.*``.
"""

from collections.abc import Iterable, Sequence
import os
from pathlib import Path
from typing import Any

from pour_force_estimator.context import check_context_value, PourContext
from pour_force_estimator.errors import ContextError
from pour_force_estimator.pours.coverage import cup_weight
from pour_force_estimator.pours.cut import Cut
from pour_force_estimator.text import shortened

from ..errors import BagError
from .bounded_yaml import load_yaml
from .problems import in_lines, listed

MEASURED = 'measured'
"""For initial_weight: what a sensor that carries the cup reads before, less the empty cup."""

POURED = 'poured'
"""For target_weight: the outcome, where nobody had a target."""

NEEDED = ('cup_height', 'cup_diameter', 'initial_weight', 'target_weight')
OPTIONAL = {'relative_density': 1.0, 'empty_weight': None}

_FULL = 1.02
"""Part of the cup's volume that may be in it: sizes are measured with a ruler."""


class ContextFile:
    """
    What a context file says.

    Parameters
    ----------
    path : path-like
        The YAML file.

    Raises
    ------
    BagError
        If the file is missing, no YAML, lacks a value or has one that is not known or out of its
        range; the message names file, key and value.

    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        content = load_yaml(self.path)
        if not isinstance(content, dict):
            raise BagError(
                f'{self.path}: expected keys such as {", ".join(NEEDED)}, received '
                f'{_shown(content)}'
            )
        self._bags = content.pop('bags', None) or {}
        self._common = content
        if not isinstance(self._bags, dict):
            raise BagError(
                f'{self.path}: bags: expected names of bags, received {_shown(self._bags)}'
            )
        self._bags = {str(name): values for name, values in self._bags.items()}
        for bag, values in {'': content, **self._bags}.items():
            self._check(f'bags: {shortened(bag, 60)}: ' if bag else '', values)

    def of(self, bag: str) -> 'BagContext':
        """
        Return what holds for a bag.

        Parameters
        ----------
        bag : str
            Its name.

        Returns
        -------
        BagContext

        Raises
        ------
        BagError
            If a value is missing.

        """
        values = {**OPTIONAL, **self._common, **self._bags.get(bag, {})}
        missing = [name for name in NEEDED if values.get(name) is None]
        if values.get('initial_weight') == MEASURED and values['empty_weight'] is None:
            missing.append('empty_weight (the reading with the empty cup)')
        if missing:
            raise BagError(f'{self.path}: {", ".join(missing)} is not set for bag {bag}')
        return BagContext(self.path, bag, values)

    def check_names(self, bags: Iterable[str]) -> None:
        """Raise `BagError` if the file speaks of a bag that is not among the names `bags`."""
        unlisted = sorted(set(self._bags) - set(bags))
        if unlisted:
            raise BagError(
                f'{self.path}: bags: expected some of [{listed(map(repr, sorted(bags)), 150)}], '
                f'received [{listed(map(repr, unlisted), 150)}]; give that bag too, or take it out'
            )

    def _check(self, where: str, values: Any) -> None:
        if not isinstance(values, dict):
            raise BagError(f'{self.path}: {where}expected keys, received {_shown(values)}')
        for name, value in values.items():
            if name not in (*NEEDED, *OPTIONAL):
                raise BagError(
                    f'{self.path}: {where}expected keys of {", ".join((*NEEDED, *OPTIONAL))}, '
                    f'bags; received {_shown(name)}'
                )
            word = {'initial_weight': MEASURED, 'target_weight': POURED}.get(name)
            if word is not None and value == word:
                continue
            for number in value if isinstance(value, list) else [value]:
                if isinstance(number, bool) or not isinstance(number, (int, float)):
                    raise BagError(
                        f'{self.path}: {where}{name}: expected a number or a list of numbers'
                        f'{f", or {word}" if word else ""}; received {_shown(number)}'
                    )
                try:
                    check_context_value(name, float(number))
                except (ContextError, OverflowError) as error:
                    raise BagError(f'{self.path}: {where}{shortened(str(error))}') from error


class BagContext:
    """
    What is known of the pours of one bag; made by `ContextFile.of`.

    Attributes
    ----------
    targets_are_outcomes : bool
        Whether the outcome stands in for the target.

    """

    def __init__(self, path: Path, bag: str, values: dict[str, Any]) -> None:
        self._path, self._bag, self._values = path, bag, values
        self.targets_are_outcomes = values['target_weight'] == POURED

    def contexts(self, cuts: Sequence[Cut], sign: int) -> list[tuple[PourContext | None, str]]:
        """
        Say what is known of each pour.

        Parameters
        ----------
        cuts : sequence of Cut
            What was cut from the bag.
        sign : {1, -1}
            In which direction the reading of the scale changes while the cup pours.

        Returns
        -------
        list of (PourContext or None, str)
            For each cut its context and ''; or None and a reason, where it is no pour or cannot be
            one with this context.

        Raises
        ------
        BagError
            If a list in the file has neither as many values as there are pours nor as many as
            there are cuts.

        """
        columns = [self._per_cut(name, cuts) for name in self._values]
        return [
            _context(cut, sign, dict(zip(self._values, row)))
            if cut.is_pour
            else (None, cut.reason)
            for cut, *row in zip(cuts, *columns)
        ]

    def _per_cut(self, name: str, cuts: Sequence[Cut]) -> list[Any]:
        """Return a value for each cut, None where the list has none for it."""
        value = self._values[name]
        if not isinstance(value, list):
            return [value] * len(cuts)
        if len(value) == len(cuts):
            return value
        pours = [index for index, cut in enumerate(cuts) if cut.is_pour]
        if len(value) == len(pours):
            by_index = dict(zip(pours, value))
            return [by_index.get(index) for index in range(len(cuts))]
        listing = in_lines(
            f'{number}. {cut.duration_s:.1f} s, '
            f'{cut.reason or f"weight changed by {cut.change:+.3f} N"}'
            for number, cut in enumerate(cuts, start=1)
        )
        raise BagError(
            f'{self._path}: {name}: expected {len(pours)} values, one for each pour of bag '
            f'{self._bag}'
            f'{f", or {len(cuts)} with what is no pour" if len(cuts) > len(pours) else ""}, '
            f'received {len(value)}; found:{listing}'
        )


def _context(cut: Cut, sign: int, values: dict[str, Any]) -> tuple[PourContext | None, str]:
    """Return the PourContext of a pour and '', or None and why it cannot be."""
    poured = sign * cut.change
    empty_weight = values.pop('empty_weight')
    if values['initial_weight'] == MEASURED:
        values['initial_weight'] = -sign * cut.tare - empty_weight
    if values['target_weight'] == POURED:
        values['target_weight'] = poured
    try:
        numbers: dict[str, Any] = {name: float(value) for name, value in values.items()}
        context = PourContext(**numbers)
    except ContextError as error:
        return None, str(error)
    full, initial_weight = cup_weight(context), context.required('initial_weight')
    if full is not None and initial_weight > _FULL * full:
        return None, (
            f'initial_weight: expected at most {full:.2f} N, what the cup holds, '
            f'received {initial_weight:.2f} N'
        )
    if poured > _FULL * initial_weight:
        return None, (
            f'poured {poured:.2f} N, expected at most the initial weight of {initial_weight:.2f} N'
        )
    return context, ''


def _shown(value: Any) -> str:
    """Return a value of the file as a message shows it."""
    return shortened(repr(value), 200)

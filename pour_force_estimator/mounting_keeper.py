# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""When what an estimator has learned of cups goes to a file, and when it comes back."""

from .cups.size import CupSize
from .errors import ContextError, MountingError
from .estimator import PourEstimator
from .hypotheses import Mounting
from .hypotheses.mounting_file import (
    MAX_MOUNTINGS,
    read_mountings,
    StoredMounting,
    write_mountings,
)
from .units import rad_to_degree


class MountingKeeper:
    """
    Keeps what one estimator learns in one file.

    Parameters
    ----------
    path : str
        The file; nothing is kept if it is empty.
    estimator : PourEstimator
        The estimator.

    """

    def __init__(self, path: str, estimator: PourEstimator) -> None:
        self._path = path
        self._estimator = estimator
        self._stored: list[StoredMounting] = []
        self._unusable: list[StoredMounting] = []

    def restore(self) -> str:
        """
        Give the estimator what the file holds of its cup, and of cups that may come.

        What is of a cup that the model does not know, or knows in another way, stays in the file.

        Returns
        -------
        str
            One line that says what came of it; empty without a file to look for.

        Raises
        ------
        MountingError
            If the file is broken, or if the model knows the cup in another way than the one that
            learned; the message is one line, which names the file.

        """
        if not self._path:
            return ''
        if self._estimator.mounting is None:
            return f'{self._path} is not used: the model learns nothing from weighed pours'
        stored = read_mountings(self._path)
        if stored is None:
            return f'{self._path} is not there yet: nothing was learned of the mounting'
        self._stored = stored
        refusals = []
        is_learned = False
        for of_cup in reversed(stored):  # that which was put away first comes last in the file
            is_meant = of_cup.is_of(self._estimator.context)
            try:
                self._estimator.restore(of_cup.mounting, of_cup.size if is_meant else None)
                is_learned = True
            except MountingError as error:
                if is_meant:
                    refusals.append(error)
                else:
                    self._restore_put_away(of_cup)
        if is_learned:  # what is refused then is of an older model, and goes
            return f'{self._path}: {self.learned()}'
        if refusals:
            raise MountingError(f'{self._path}: {refusals[-1]}') from refusals[-1]
        cups = '; '.join(map(str, stored)) or 'none'
        return f'{self._path} is of another cup, {cups}: nothing was learned of this one'

    def _restore_put_away(self, stored: StoredMounting) -> None:
        """Give the estimator what was learned of a cup that is not in the gripper."""
        try:
            self._estimator.restore_put_away(stored.mounting, stored.size, stored.cup)
        except (ContextError, MountingError):
            self._unusable.insert(0, stored)

    def learned(self) -> str:
        """Return what the estimator has learned of the cup in the gripper, a part of a line."""
        mounting = self._estimator.mounting
        if mounting is None:
            return 'nothing is learned of the mounting'
        before = mounting.pours_before
        return (
            f'mounting offset {rad_to_degree(mounting.offset):+.1f} ± '
            f'{rad_to_degree(mounting.spread):.1f} degree, '
            f'pours weighed: {mounting.pours_weighed}'
            + (f', of earlier mountings: {before}' if before else '')
        )

    def keep(self) -> None:
        """
        Write the file if the estimator knows anything else than it holds.

        Raises
        ------
        MountingError
            If it cannot be written; the next call tries again.

        """
        mounting, context = self._estimator.mounting, self._estimator.context
        if not self._path or mounting is None:
            return
        stored = [_stored(name, cup) for name, cup in self._estimator.put_away] + self._unusable
        if mounting.has_learned:
            size = CupSize.of(context)
            stored.insert(0, StoredMounting(size, mounting.to_dict(), context.cup))
        if stored != self._stored:
            write_mountings(self._path, stored[:MAX_MOUNTINGS])
            self._stored = stored


def _stored(name: str | None, mounting: Mounting) -> StoredMounting:
    return StoredMounting(mounting.hypotheses.typical.size, mounting.to_dict(), name)

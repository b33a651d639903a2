# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""When what an estimator has learned of a mounting goes to a file, and when it comes back."""

from .errors import MountingError
from .estimator import PourEstimator
from .hypotheses.mounting_file import read_mounting, StoredMounting, write_mounting
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
        self._stored: StoredMounting | None = None

    def restore(self) -> str:
        """
        Give the estimator what the file holds, if that is of its cup.

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
        stored = self._stored = read_mounting(self._path)
        if stored is None:
            return f'{self._path} is not there yet: nothing was learned of the mounting'
        try:
            self._estimator.restore(stored.mounting)
        except MountingError as error:
            if stored.is_of(self._estimator.context):
                raise MountingError(f'{self._path}: {error}') from error
            name = '' if stored.cup is None else f'{stored.cup}, '
            return (
                f'{self._path} is of another cup, {name}{stored.cup_height:g} x '
                f'{stored.cup_diameter:g} m: nothing was learned of this one'
            )
        return f'{self._path}: {self.learned()}'

    def learned(self) -> str:
        """Return what the estimator has learned so far, a part of a line."""
        mounting = self._estimator.mounting
        if mounting is None:
            return 'nothing is learned of the mounting'
        return (
            f'mounting offset {rad_to_degree(mounting.offset):+.1f} ± '
            f'{rad_to_degree(mounting.spread):.1f} degree, '
            f'pours weighed: {mounting.pours_weighed}'
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
        if self._stored is None and not mounting.pours_weighed + mounting.pours_before:
            return  # there is nothing to forget
        stored = StoredMounting(
            context.required('cup_height'),
            context.required('cup_diameter'),
            mounting.to_dict(),
            context.cup,
        )
        if stored != self._stored:
            write_mounting(self._path, stored)
            self._stored = stored

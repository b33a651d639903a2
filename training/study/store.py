# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The folder of a study: what is done stays done."""

from collections.abc import Mapping
import json
import os
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np

from pour_force_estimator.files import atomic_path, write_text

from ..errors import StudyError
from .plan import Run
from .record import Arrays, Record
from .settings import StudySettings

_FORMAT = 2
"""To be raised when the files change."""


class RunStore:
    """
    Keeps the records of runs, so that nothing is trained twice.

    Parameters
    ----------
    folder : path-like
        Folder of the study; made when the first file is written.
    settings : StudySettings
        The study; a folder that holds another one is refused.

    Raises
    ------
    StudyError
        If the folder holds another study, or files of one that cannot be read.

    """

    def __init__(self, folder: str | Path, settings: StudySettings) -> None:
        self._runs = Path(folder) / 'runs'
        self._about = Path(folder) / 'study.json'
        expected = {'format': _FORMAT, **settings.fingerprint()}
        if self._about.exists():
            self._check(expected)
        elif self._runs.exists():
            raise StudyError(
                f'{folder}: has a folder runs but no study.json, so that nobody knows what its '
                'runs are of; choose another folder, or delete runs'
            )
        else:
            self._begin(expected)

    def _begin(self, expected: Mapping[str, object]) -> None:
        """Write what the study is; the first of two that start at once has the folder."""
        self._about.parent.mkdir(parents=True, exist_ok=True)
        draft = self._about.with_name(f'.study-{os.getpid()}.json')
        write_text(draft, json.dumps(expected, indent=2) + '\n')
        try:
            os.link(draft, self._about)  # unlike a rename, it replaces nothing
        except FileExistsError:
            self._check(expected)
        finally:
            draft.unlink()

    def has(self, run: Run) -> bool:
        """Say whether `run` is done; raise `StudyError` if what it left cannot be read."""
        if not self._path(run, 'json').exists():
            return False
        self.load(run)
        try:
            with ZipFile(self._path(run, 'npz')) as archive:
                damaged = archive.testzip()
        except (OSError, BadZipFile) as error:
            raise self._unreadable(run, 'npz', error) from error
        if damaged:
            raise self._unreadable(run, 'npz', f'{damaged} is damaged')
        return True

    def load(self, run: Run) -> Record:
        """Return the `Record` of a run that is done."""
        try:
            record = Record.from_json(json.loads(self._path(run, 'json').read_text('utf-8')))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._unreadable(run, 'json', error) from error
        if record.run != run:
            raise self._unreadable(run, 'json', f'it is of run {record.run.key}')
        return record

    def load_arrays(self, run: Run) -> Arrays:
        """Return the arrays of a run that is done, a dict of str to ndarray."""
        try:
            with np.load(self._path(run, 'npz'), allow_pickle=False) as archive:
                return dict(archive)
        except (OSError, ValueError, BadZipFile) as error:
            raise self._unreadable(run, 'npz', error) from error

    def save(self, record: Record, arrays: Arrays) -> None:
        """Write what a run left."""
        with atomic_path(self._path(record.run, 'npz')) as temporary:
            np.savez(temporary, **arrays)  # type: ignore[arg-type]  # none is allow_pickle
        # The last file to appear: a run is done when it is there.
        write_text(
            self._path(record.run, 'json'),
            json.dumps(record.to_json(), indent=1, allow_nan=False) + '\n',
        )

    def _path(self, run: Run, suffix: str) -> Path:
        return self._runs / f'{run.key}.{suffix}'

    def _unreadable(self, run: Run, suffix: str, why: object) -> StudyError:
        return StudyError(
            f'{self._path(run, suffix)}: cannot be read ({why}); delete the files of '
            f'{run.key} in {self._runs}, and the same command trains it again'
        )

    def _check(self, expected: Mapping[str, object]) -> None:
        """Raise `StudyError` unless the folder holds the study `expected`."""
        try:
            stored = dict(json.loads(self._about.read_text('utf-8')))
        except (OSError, ValueError, TypeError) as error:
            raise StudyError(
                f'{self._about}: cannot be read ({error}); choose another folder, or delete this '
                'one to begin anew'
            ) from error
        different = [
            f'{name} {stored.get(name)!r} instead of {value!r}'
            for name, value in expected.items()
            if stored.get(name) != value
        ]
        if different:
            raise StudyError(
                f'{self._about}: this folder holds another study, with {", ".join(different)}; '
                'choose another folder, or the same data and options'
            )

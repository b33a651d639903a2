# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a command writes may not take the place of what it reads, nor of what else it writes."""

from collections.abc import Iterable, Mapping
import os
from pathlib import Path

from pour_force_estimator.files import check_file, FilePath

from ..errors import OutputError


def check_outputs(
    outputs: Mapping[str, FilePath | None], inputs: Mapping[str, FilePath | None]
) -> None:
    """
    Check the files of a command, before any work.

    Parameters
    ----------
    outputs : mapping of str to path-like
        Files to write, by what a message calls them, an option as a rule; None for one that is
        not asked for.
    inputs : mapping of str to path-like
        The same of files and folders to read. A model that may become its own successor is none.

    Raises
    ------
    OutputError
        If two of the files to write are the same, or one is a file to read or in a folder of
        those.
    OSError
        If a file cannot be written.

    """
    places = _real_paths(outputs.items())
    sources = _real_paths(inputs.items())
    for index, (option, path) in enumerate(places):
        for source_option, source in sources:
            if source in (path, *path.parents) or _is_same_file(path, source):
                raise OutputError(
                    f'{option}: expected a file apart from {source_option}, which is read, '
                    f'received {path}'
                )
        for other_option, other in places[:index]:
            if path == other or _is_same_file(path, other):
                raise OutputError(
                    f'{option}: expected a file apart from {other_option}, which is written too, '
                    f'received {path}'
                )
        check_file(path)


def _real_paths(files: Iterable[tuple[str, FilePath | None]]) -> list[tuple[str, Path]]:
    """Return options and paths without symbolic links, of what is given."""
    return [(option, Path(os.path.realpath(path))) for option, path in files if path is not None]


def _is_same_file(first: Path, second: Path) -> bool:
    """Return whether two names are those of one file, as where upper case does not count."""
    return first.exists() and second.exists() and first.samefile(second)

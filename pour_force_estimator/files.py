# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Write files whole or not at all."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, ExitStack
import os
from pathlib import Path
import signal
import stat
import tempfile
import threading
from typing import TypeAlias

FilePath: TypeAlias = str | os.PathLike[str]


@contextmanager
def atomic_path(path: FilePath) -> Iterator[Path]:
    """
    Give a temporary path beside `path` that replaces it when the block ends without an error.

    Parameters
    ----------
    path : path-like
        The file to write; its folder is made if it does not exist.

    Yields
    ------
    pathlib.Path
        The path to write to, with the suffix of `path`.

    Raises
    ------
    OSError
        If `path` is there and no plain file: a device or a pipe would be replaced by a file.

    Notes
    -----
    A symbolic link is followed, and a file that is replaced keeps its mode.

    """
    path = Path(os.path.realpath(path))
    mode = _mode(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f'.{path.stem}-', suffix=path.suffix
        )
    except OSError as error:
        error.filename = str(path)  # in place of the temporary file, which nobody named
        raise
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(mode)  # mkstemp keeps it from everybody else
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_paths(paths: Iterable[FilePath]) -> Iterator[list[Path]]:
    """Give a path for each of `paths`, as `atomic_path` does: all are written, or none."""
    with ExitStack() as stack:
        yield [stack.enter_context(atomic_path(path)) for path in paths]


def _mode(path: Path) -> int:
    """Return the mode that a file at `path` is to have; raise `OSError` if none can be there."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return 0o644
    if not stat.S_ISREG(mode):
        raise FileExistsError(f'{path}: expected a plain file to replace, received another kind')
    return stat.S_IMODE(mode)


def write_text(path: FilePath, text: str) -> None:
    """Write `text` to file `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_bytes(path: FilePath, content: bytes) -> None:
    """Write `content` to file `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def check_folder(path: FilePath) -> None:
    """Raise `OSError` unless `path` is a folder, or could become one."""
    path = Path(path)
    existing = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if not existing.is_dir():
        raise NotADirectoryError(f'{existing}: expected a folder to write to, received a file')
    if not os.access(existing, os.W_OK):
        raise PermissionError(f'{existing}: expected a folder to write to, may not write there')


def check_file(path: FilePath) -> None:
    """Raise `OSError` unless a file can be written to `path`, where one may be replaced."""
    path = Path(os.path.realpath(path))
    if path.is_dir():
        raise IsADirectoryError(f'{path}: expected a file to write, received a folder')
    check_folder(path.parent)
    _mode(path)


@contextmanager
def atomic_folder(path: FilePath) -> Iterator[Path]:
    """
    Give a temporary folder whose files move to `path` when the block ends without an error.

    Parameters
    ----------
    path : path-like
        The folder to write to; made if it does not exist. Files of the same names are replaced,
        others stay.

    Yields
    ------
    pathlib.Path
        The folder to write to.

    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f'.{path.name}-') as temporary:
        yield Path(temporary)
        with _without_interrupts():
            path.mkdir(exist_ok=True)
            for file in sorted(Path(temporary).rglob('*')):
                target = path / file.relative_to(temporary)
                if file.is_dir():  # cannot replace one that holds files
                    target.mkdir(exist_ok=True)
                else:
                    target = Path(os.path.realpath(target))
                    file.chmod(_mode(target))
                    os.replace(file, target)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C for a moment; only the main thread may, and need, do so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)

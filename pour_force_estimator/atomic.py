"""Write files whole or not at all."""

from contextlib import contextmanager
import os
from pathlib import Path
import tempfile


@contextmanager
def atomic_path(path):
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

    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=f'.{path.stem}-', suffix=path.suffix)
    os.close(handle)
    temporary = Path(temporary)
    try:
        yield temporary
        temporary.chmod(0o644)  # mkstemp keeps it from everybody else
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path, text):
    """Write `text` to file `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding='utf-8')


def write_bytes(path, content):
    """Write `content` to file `path`, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Read files of a bounded size; what a start needs of files, with few imports."""

import errno
import os
import stat


def read_bounded(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    """
    Return what is in a plain file.

    Parameters
    ----------
    path : path-like
        The file; a pipe or a device would be waited for, and is refused.
    max_bytes : int
        Size of the file at most.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, is no plain file, or is larger.

    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode):
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raise ValueError('it is no plain file')
    with open(path, 'rb') as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f'it has more than {max_bytes} bytes')
    return content

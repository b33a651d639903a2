# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The digest that a model file carries of itself.

ONNX Runtime loads a file in which bits have changed, and computes other numbers. A SHA-256 over
the whole file, weights and metadata, stands in its metadata; it is computed with zeros in its own
place, so that neither a protobuf parser nor another order of the file is needed to check it.
"""

import hashlib
import re

from ..errors import ModelFileError

KEY = 'file_digest'
"""The metadata key."""

_LENGTH = 64
_ZEROS = b'0' * _LENGTH
_DIGEST = re.compile('[0-9a-f]{64}')
# An entry of metadata_props in protobuf: its key, then a value of 64 bytes.
_BEFORE = b'\x0a' + bytes([len(KEY)]) + KEY.encode() + b'\x12' + bytes([_LENGTH])


def with_digest(content: bytes) -> bytes:
    """
    Return a model file with its digest.

    Parameters
    ----------
    content : bytes
        An ONNX file; one that has a digest gets it anew.

    """
    place = content.find(_BEFORE)
    if place < 0:
        entry = _BEFORE + _ZEROS
        content += b'\x72' + bytes([len(entry)]) + entry  # a further entry of metadata_props
        place = content.index(_BEFORE)
    return _filled(content, place, _sha256(_filled(content, place, _ZEROS)))


def check_digest(content: bytes, metadata: dict[str, str]) -> bool:
    """
    Return whether a file carries a digest, which is that of the file.

    Parameters
    ----------
    content : bytes
        The file.
    metadata : dict of str to str
        Its metadata.

    Raises
    ------
    ModelFileError
        If the digest is another one: the file has changed since it was written.

    """
    if KEY not in metadata:
        if any(_DIGEST.fullmatch(value) for value in metadata.values()):
            raise ModelFileError(f'expected metadata {KEY}, received it under a damaged name')
        return False
    place = content.find(_BEFORE)
    if (
        place < 0
        or content.count(_BEFORE) > 1
        or (_sha256(_filled(content, place, _ZEROS)) != metadata[KEY].encode())
    ):
        raise ModelFileError(
            f'expected a file as it was written, received one whose bytes differ from its '
            f'{KEY}: it is damaged, or was changed by other means than training.export'
        )
    return True


def _filled(content: bytes, place: int, value: bytes) -> bytes:
    begin = place + len(_BEFORE)
    return content[:begin] + value + content[begin + _LENGTH :]


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()

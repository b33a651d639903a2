# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Recorded pours: read from .npy or .npz, checked, and split into single pours.

A file holds one float array of shape (pours, steps, columns) whose pours are padded with rows of
zeros at the end; `pour_force_estimator.pours.schemas` says what the columns are.
Nothing is unpickled.
"""

from dataclasses import dataclass
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from ..bounded_file import read_bounded
from ..context import PourContext
from ..errors import RecordingError
from ..features import CONTEXT_FEATURES
from ..text import one_line
from .array_file import MAX_ARRAY_BYTES, read_array
from .schemas import Column, get_schema, Schema, SCHEMAS

_MAX_ANGLE_IN_RAD = 4.0
"""No pour stays below this angle [degree] throughout; a file that does is in rad."""


@dataclass(frozen=True)
class RecordedPour:
    """
    One pour, without its padding.

    Attributes
    ----------
    index : int
        Position in the file.
    schema : Schema
        Meaning of the columns.
    data : ndarray of shape (steps, columns)
        The recorded rows in the schema's units.
    tilt_sign : int
        +1 or -1: sign of the recorded theta while the cup is tilted.
    cup : str or None
        Name of the cup, which no layout has a column for.

    """

    index: int
    schema: Schema
    data: np.ndarray
    tilt_sign: int
    cup: str | None = None

    def __len__(self) -> int:
        return len(self.data)

    def column(self, name: str) -> np.ndarray:
        """Return column `name` in the schema's unit, ndarray of shape (steps,)."""
        return self.data[:, self.schema.index(name)]

    def _si(self, name: str) -> np.ndarray:
        """Return column `name` in SI units, ndarray of shape (steps,)."""
        return self.schema.column_of(name).to_si(self.column(name))

    def _si_constant(self, name: str) -> float:
        """Return column `name`, constant during the pour, in SI units."""
        return self.schema.column_of(name).to_si(float(self.column(name)[0]))

    @property
    def tilt(self) -> np.ndarray:
        """Tilt of the cup [rad], positive while pouring, ndarray of shape (steps,)."""
        return self.tilt_sign * self._si('theta')

    @property
    def poured_weight(self) -> np.ndarray:
        """Measured poured weight [N], ndarray of shape (steps,)."""
        return self.poured_weight_of(self.response)

    def poured_weight_of(self, response: np.ndarray) -> np.ndarray:
        """Return the poured weight [N] for a `response` [N], of the same shape."""
        return self.schema.poured_weight_of(response, self._si_constant('f_init'))

    @property
    def response(self) -> np.ndarray:
        """What a model of this schema learns [N], ndarray of shape (steps,)."""
        return self.schema.response_of(self._si('f'))

    @property
    def context(self) -> PourContext:
        """What the recording says of the pour, a `PourContext` in SI units."""
        values: dict[str, Any] = {
            feature.field: self._si_constant(name)
            for name, feature in CONTEXT_FEATURES.items()
            if name in self.schema.column_names
        }
        return PourContext(**values, cup=self.cup)

    @property
    def weight_after(self) -> float | None:
        """Weight after the pour [N], the outcome; None where the schema has no such column."""
        return self._si_constant('f_final') if 'f_final' in self.schema.column_names else None


@dataclass(frozen=True)
class Recordings:
    """
    The pours of one file or array.

    Attributes
    ----------
    name : str
        Name of the file, or of the array.
    digest : str
        SHA-256 of the file or of the array's values, hexadecimal.
    schema : Schema
        Meaning of the columns.
    tilt_sign : int
        +1 or -1: sign of the recorded theta while the cup is tilted.
    pours : tuple of RecordedPour
        The pours in the order of the file.

    """

    name: str
    digest: str
    schema: Schema
    tilt_sign: int
    pours: tuple[RecordedPour, ...]

    def __len__(self) -> int:
        return len(self.pours)

    @classmethod
    def from_array(
        cls,
        array: np.ndarray,
        schema: str | None = None,
        name: str = 'array',
        digest: str | None = None,
    ) -> 'Recordings':
        """
        Check an array of pours and split it.

        Parameters
        ----------
        array : ndarray of shape (pours, steps, columns)
            Rows in the schema's units; pours are padded with rows of zeros at the end.
        schema : str, optional
            'dim' or 'robot_trials'; by the number of columns if left out or empty.
        name : str
            What messages call the array.
        digest : str, optional
            SHA-256 of the file that it comes from; that of its values if left out.

        Raises
        ------
        RecordingError
            If the array is not what `schema` says; the message names pour, step and column.

        """
        layout = get_schema(schema) if schema else _schema_of(name, array)
        _check_shape(name, array, layout)
        if digest is None:
            digest = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
        array = array.astype(np.float64, copy=False)
        lengths = _lengths(name, array)
        _check_values(name, array, lengths, layout)
        tilt_sign = _tilt_sign(name, array[:, :, layout.index('theta')])
        pours = tuple(
            RecordedPour(index, layout, pour[:length], tilt_sign)
            for index, (pour, length) in enumerate(zip(array, lengths))
        )
        return cls(name, digest, layout, tilt_sign, pours)


def load_recordings(path: str | Path, schema: str | None = None) -> Recordings:
    """
    Read a file of recorded pours.

    Parameters
    ----------
    path : str or path-like
        A .npy file, or a .npz file that holds one array.
    schema : str, optional
        'dim' or 'robot_trials'; by the number of columns if left out or empty.

    Returns
    -------
    Recordings

    Raises
    ------
    RecordingError
        If the file is not what `schema` says; the message names file, pour, step and column.

    """
    path = Path(path)
    array, digest = _read_array(path)
    return Recordings.from_array(array, schema, path.name, digest)


def _schema_of(name: str, array: np.ndarray) -> Schema:
    """Return the schema that has as many columns as `array`."""
    for schema in SCHEMAS.values():
        if array.ndim == 3 and array.shape[2] == len(schema.columns):
            return schema
    raise RecordingError(
        f'{name}: expected 10 columns (dim) or 7 (robot_trials), received an array of shape '
        f'{one_line(array.shape)}'
    )


def _read_array(path: Path) -> tuple[np.ndarray, str]:
    """Return the array in file `path` and the SHA-256 of the file."""
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except ValueError:  # no name that a path can have
        is_file = is_folder = False
    if is_folder:
        raise RecordingError(
            f'{one_line(path, 200)}: expected a .npy or .npz of recorded pours, received a folder'
        )
    if not is_file:
        raise RecordingError(
            f'{one_line(path, 200)}: no such file; expected a .npy or .npz of recorded pours'
        )
    try:
        content = read_bounded(path, MAX_ARRAY_BYTES)
        array = read_array(content)
    except RecordingError as error:
        raise RecordingError(f'{one_line(path.name, 100)}: {error}') from error
    except (OSError, ValueError) as error:
        raise RecordingError(
            f'{one_line(path.name, 100)}: expected an array saved by numpy without pickle, '
            f'received a file that cannot be read so ({one_line(error, 200)})'
        ) from error
    return array, hashlib.sha256(content).hexdigest()


def _check_shape(name: str, array: np.ndarray, schema: Schema) -> None:
    columns = len(schema.columns)
    if array.ndim != 3 or array.shape[2] != columns or 0 in array.shape:
        raise RecordingError(
            f'{name}: expected an array of shape (pours, steps, {columns}) with the columns '
            f'{", ".join(schema.column_names)} (schema {schema.name}), received shape '
            f'{one_line(array.shape)}'
        )
    if not np.issubdtype(array.dtype, np.floating):
        raise RecordingError(f'{name}: expected floating-point values, received {array.dtype}')


def _lengths(name: str, array: np.ndarray) -> np.ndarray:
    """Return the number of rows before the padding of each pour; check that it is at the end."""
    padding = np.all(array == 0.0, axis=2)
    steps = array.shape[1]
    lengths: np.ndarray = steps - np.argmin(padding[:, ::-1], axis=1)
    lengths[padding.all(axis=1)] = 0
    for pour, length in enumerate(lengths):
        if length == 0:
            raise RecordingError(
                f'{name}: pour {pour} is empty: expected at least one row of '
                'values before the padding'
            )
        inside = np.flatnonzero(padding[pour, :length])
        if inside.size:
            raise RecordingError(
                f'{name}: pour {pour}, step {inside[0]}: expected padding (rows of zeros) only at '
                f'the end of a pour, received a row of zeros before step {length - 1}'
            )
    return lengths


def _check_values(name: str, array: np.ndarray, lengths: np.ndarray, schema: Schema) -> None:
    """Check each real value: finite, in a plausible range, constant where it has to be."""
    real = np.arange(array.shape[1]) < lengths[:, np.newaxis]
    for index, column in enumerate(schema.columns):
        values = array[:, :, index]
        _raise_at_first(real & ~np.isfinite(values), values, name, column, 'a finite number')
        _raise_at_first(
            real & ((values < column.low) | (values > column.high)),
            values,
            name,
            column,
            f'{column.low:g} to {column.high:g} {column.unit}',
        )
        if column.constant:
            _raise_at_first(
                real & (values != values[:, :1]),
                values,
                name,
                column,
                'one value for the whole pour',
            )


def _raise_at_first(
    is_wrong: np.ndarray, values: np.ndarray, name: str, column: Column, expected: str
) -> None:
    places = np.argwhere(is_wrong)
    if places.size:
        pour, step = places[0]
        raise RecordingError(
            f'{name}: pour {pour}, step {step}, column {column.name}: expected {expected}, '
            f'received {float(values[pour, step])!r}'
        )


def _tilt_sign(name: str, theta: np.ndarray) -> int:
    """
    Return the sign that the recorded angle has while a cup is tilted.

    The recordings of one set agree, but sets do not: a cup may be turned either way.
    """
    largest = theta.max(axis=1)
    smallest = theta.min(axis=1)
    if max(largest.max(), -smallest.min()) < _MAX_ANGLE_IN_RAD:
        raise RecordingError(
            f'{name}: column theta: expected degree, received values of at most '
            f'{max(largest.max(), -smallest.min()):.3g}, which looks like rad'
        )
    return 1 if np.median(largest + smallest) >= 0.0 else -1

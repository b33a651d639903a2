# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Types and bounds of what a model says of itself, before anything is made of it.

A file may say anything; what the node prints, allocates and steps by has a type and a size here.
"""

from collections.abc import Sized
from typing import Any, TYPE_CHECKING

from ..cups.tilt_table import MAX_POINTS
from ..errors import ModelContractError
from ..text import is_plain_name, MAX_NAME, quoted

if TYPE_CHECKING:
    from .spec import StateSlot

MIN_RATE_HZ, MAX_RATE_HZ = 1.0, 1000.0
"""Rates of the ticks [Hz]; an arm publishes at 60 to 1000 Hz."""

MAX_FEATURES = 100
MAX_STATE_SIZE = 8192
"""Values of the packed state; the largest network of the paper's study has 196."""

MAX_STATE_SLOTS = 100
MAX_CUPS = 200
"""Cups that are known."""

MAX_CUP_POINTS = 200 * 421
"""Points of the tables of all cups; a table has `cups.tilt_table.MAX_POINTS` at most."""

MAX_NUMBER = 1e9
"""Magnitude of any number that an estimate is computed from."""


def check_bounds(spec: Any) -> None:
    """
    Raise `ModelContractError` unless each value of a `ModelSpec` has its type and bound.

    Parameters
    ----------
    spec : ModelSpec
        Of any content.

    """
    _check_name('name', spec.name)
    _check_count('features', spec.features, MAX_FEATURES)
    for feature in spec.features:
        _check_name('features', feature.name)
        for name in ('mean', 'scale', 'low', 'high'):
            _check_number(f'feature {feature.name}: {name}', getattr(feature, name))
        if feature.mean != feature.mean:  # a scale or a range that is NaN is told by ModelSpec
            raise ModelContractError(f'feature {feature.name}: expected a mean, received nan')
    for name, value in spec.response.to_dict().items():
        _check_name(f'response: {name}', value)
    _check_number('sample_rate_hz', spec.sample_rate_hz)
    if not spec.sample_rate_hz > 0.0:
        raise ModelContractError(
            f'sample_rate_hz: expected a positive rate, received {spec.sample_rate_hz!r}'
        )
    if not MIN_RATE_HZ <= spec.sample_rate_hz <= MAX_RATE_HZ:
        raise ModelContractError(
            f'sample_rate_hz: expected a rate of {MIN_RATE_HZ:g} to {MAX_RATE_HZ:g} Hz, '
            f'received {quoted(spec.sample_rate_hz)}'
        )
    if type(spec.tilt_sign) is not int:
        raise ModelContractError(f'tilt_sign: expected 1 or -1, received {quoted(spec.tilt_sign)}')
    _check_state(spec.state)
    for name in ('architecture', 'training', 'errors', 'software'):
        if not isinstance(getattr(spec, name), dict):
            raise ModelContractError(
                f'{name}: expected a JSON object, received {quoted(getattr(spec, name))}'
            )
    _check_name('training: schema', spec.training.get('schema', '-'))
    for part, errors in spec.errors.items():
        if not isinstance(errors, dict):
            raise ModelContractError(
                f'errors: expected a JSON object for {quoted(part)}, received {quoted(errors)}'
            )
    _check_count('cups', spec.cups, MAX_CUPS)


def check_cup(item: Any) -> int:
    """
    Return how many points the table of a cup has.

    Raises
    ------
    ModelContractError
        Unless `item` is an object of a name, a table of numbers, and numbers, or None where
        unknown.

    """
    if not isinstance(item, dict):
        raise ModelContractError(f'cups: expected JSON objects, received {quoted(item)}')
    name, table = item.get('name'), item.get('table')
    _check_name('cups: name', name)
    for key, value in item.items():
        if key not in ('name', 'table') and value is not None:
            _check_number(f'cups: {quoted(key)} of {name}', value)
    if not isinstance(table, dict):
        raise ModelContractError(
            f'cups: expected a JSON object as table of {name}, received {quoted(table)}'
        )
    points = 0
    for key, column in table.items():
        label = f'{quoted(key)} of {name}'
        check_length(label, column, MAX_POINTS)
        for value in column:
            _check_number(label, value)
        points = max(points, len(column))
    return points


def check_length(name: str, items: Any, max_count: int) -> None:
    """Raise `ModelContractError` unless `items` is a list of at most `max_count`."""
    if not isinstance(items, list):
        raise ModelContractError(f'metadata: {name}: expected a list, received {quoted(items)}')
    _check_count(name, items, max_count)


def _check_state(state: 'tuple[StateSlot, ...]') -> None:
    _check_count('state', state, MAX_STATE_SLOTS)
    for slot in state:
        _check_name('state: layer', slot.layer)
        if slot.tensor not in ('h', 'c'):
            raise ModelContractError(
                f"state {slot.layer}: expected tensor 'h' or 'c', received {quoted(slot.tensor)}"
            )
        if type(slot.size) is not int or not 1 <= slot.size <= MAX_STATE_SIZE:
            raise ModelContractError(
                f'state {slot.layer}: expected a size of 1 or more, at most {MAX_STATE_SIZE}, '
                f'received {quoted(slot.size)}'
            )
    size = sum(slot.size for slot in state)
    if not 1 <= size <= MAX_STATE_SIZE:
        raise ModelContractError(
            f'state: expected 1 to {MAX_STATE_SIZE} values in all, received {size}'
        )


def _check_name(label: str, value: Any) -> None:
    if not is_plain_name(value):
        raise ModelContractError(
            f'{label}: expected plain text of 1 to {MAX_NAME} printable characters, received '
            f'{quoted(value)}'
        )


def _check_count(label: str, items: Sized, max_count: int) -> None:
    if len(items) > max_count:
        raise ModelContractError(f'{label}: expected at most {max_count}, received {len(items)}')


def _check_number(label: str, value: Any) -> None:
    # Compared and not converted: a whole number may have thousands of digits. NaN passes, and
    # fails at the comparison that each number is checked with for what it means.
    if type(value) not in (int, float) or value > MAX_NUMBER or value < -MAX_NUMBER:
        raise ModelContractError(
            f'{label}: expected a number of magnitude {MAX_NUMBER:g} at most, received '
            f'{quoted(value)}'
        )

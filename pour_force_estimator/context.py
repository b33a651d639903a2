# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a robot knows of a pour before it begins."""

from dataclasses import dataclass
import math

from .errors import ContextError
from .text import is_plain_name, MAX_NAME, quoted


@dataclass(frozen=True)
class ContextField:
    """
    Description of one field of `PourContext`.

    Attributes
    ----------
    unit : str
        SI unit, '-' where there is none.
    low, high : float
        Plausible range [unit]; a value outside is refused, since it is nearly always a mistake
        of the unit.
    description : str
        One sentence, shown as the description of the node's parameter.

    """

    unit: str
    low: float
    high: float
    description: str


CONTEXT_FIELDS = {
    'initial_weight': ContextField(
        'N', 0.01, 100.0, 'Weight of the liquid in the cup before pouring [N].'
    ),
    'target_weight': ContextField(
        'N', 0.01, 100.0, 'Weight of the liquid that is meant to be poured [N].'
    ),
    'empty_weight': ContextField(
        'N', -10.0, 100.0, 'Weight that the scale reads while the cup is empty [N].'
    ),
    'cup_height': ContextField('m', 0.02, 1.0, 'Height of the pouring cup [m].'),
    'cup_diameter': ContextField('m', 0.01, 0.5, 'Diameter of the pouring cup [m].'),
    'receiver_height': ContextField('m', 0.01, 1.0, 'Height of the receiving cup [m].'),
    'receiver_diameter': ContextField('m', 0.01, 1.0, 'Diameter of the receiving cup [m].'),
    'relative_density': ContextField(
        '-', 0.3, 5.0, 'Density of what is poured, relative to water.'
    ),
}
"""Unit, range and meaning of each field of `PourContext` that is a number."""


@dataclass(frozen=True)
class PourContext:
    """
    What is known of a pour before it begins, in SI units; None where it is not known.

    A value outside its range in `CONTEXT_FIELDS` raises `ContextError`, which names the field.
    ``cup`` is the name of a cup that the model knows; it stands before the cup's height and
    diameter, which then follow from it.

    Examples
    --------
    >>> PourContext(initial_weight=3.5, cup_height=0.120, cup_diameter=0.121).cup_height
    0.12

    """

    initial_weight: float | None = None
    target_weight: float | None = None
    empty_weight: float | None = None
    cup_height: float | None = None
    cup_diameter: float | None = None
    receiver_height: float | None = None
    receiver_diameter: float | None = None
    relative_density: float | None = None
    cup: str | None = None

    def __post_init__(self) -> None:
        if self.cup is not None and not is_plain_name(self.cup):
            raise ContextError(
                f'cup: expected the name of a cup, plain text of 1 to {MAX_NAME} characters, '
                f'received {quoted(self.cup)}'
            )
        for name in CONTEXT_FIELDS:
            value = getattr(self, name)
            if value is not None:
                check_context_value(name, value)

    def required(self, name: str) -> float:
        """
        Return the value of a field that has to be known.

        Parameters
        ----------
        name : str
            A key of `CONTEXT_FIELDS`.

        Returns
        -------
        float
            The value in that field's unit.

        Raises
        ------
        ContextError
            If it is None.

        """
        value: float | None = getattr(self, name)
        if value is None:
            raise ContextError(f'{name}: expected a number, received None')
        return value


def check_context_value(name: str, value: float) -> None:
    """
    Raise `ContextError` unless `value` is a finite number within the range of field `name`.

    Parameters
    ----------
    name : str
        A key of `CONTEXT_FIELDS`.
    value : float
        The value in that field's unit.

    """
    field = CONTEXT_FIELDS[name]
    if not math.isfinite(value) or not field.low <= value <= field.high:
        raise ContextError(
            f'{name}: expected {field.low:g} to {field.high:g} {field.unit}, received {value!r}'
        )

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The contract of an exported model: what travels in the ONNX file's metadata.

Each field of `ModelSpec` is one key of the file's ``metadata_props`` with a JSON value, so that
any ONNX viewer shows them and the node needs no file beside the model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
import json
from typing import Any

from ..cups.spec import CupSpec
from ..cups.table import CupTable
from ..errors import ModelContractError, SimulationError
from ..features import CONTEXT_FEATURES, feature_unit, leaking_features, needed_context
from ..features.physics import PHYSICS_FEATURES
from ..pours.schemas import SCHEMAS, weight_from_response
from ..text import quoted
from .bounds import (
    check_bounds,
    check_cup,
    check_length,
    MAX_CUP_POINTS,
    MAX_CUPS,
    MAX_FEATURES,
    MAX_STATE_SLOTS,
)
from .interval import IntervalSpec

SCHEMA_VERSION = 3
"""Version of the contract; a model of another version is refused."""

INPUT_NAMES = ('features', 'state')
OUTPUT_NAMES = ('weight', 'next_state')
GATES_OUTPUT = 'gates'
"""Third output of a model with an interval: how probable each of the physics features is."""

MEASURED_ON = ('cross_validation', 'test', 'validation', 'train')
"""Parts of the data whose errors a model may know, the farthest from training first."""


@dataclass(frozen=True)
class FeatureSpec:
    """
    One input feature.

    Attributes
    ----------
    name, unit : str
        See `pour_force_estimator.features`.
    mean, scale : float
        The scaler inside the model: (value - mean) / scale, fitted on real steps only.
    low, high : float
        Range seen in training [unit].

    """

    name: str
    unit: str
    mean: float
    scale: float
    low: float
    high: float


@dataclass(frozen=True)
class StateSlot:
    """
    One part of the packed state.

    Attributes
    ----------
    layer : str
        Name of the recurrent layer.
    tensor : {'h', 'c'}
        Hidden state, or the cell state of an LSTM.
    size : int
        Number of values.

    """

    layer: str
    tensor: str
    size: int


@dataclass(frozen=True)
class ResponseSpec:
    """
    What the model predicts.

    Attributes
    ----------
    name, unit : str
        Name and unit of the response.
    weight_rule : {'response', 'f_init - response'}
        How the poured weight follows from it; the key ``poured_weight`` of the model file.

    """

    name: str
    unit: str
    weight_rule: str

    def to_dict(self) -> dict[str, str]:
        """Return the value of ``response`` in the model file, a dict of str to str."""
        return {'name': self.name, 'unit': self.unit, 'poured_weight': self.weight_rule}


@dataclass(frozen=True)
class ModelSpec:
    """
    Everything that must be known to run an exported model and to judge it.

    Attributes
    ----------
    schema_version : int
        Version of this contract.
    name : str
        Short name of the model.
    features : tuple of FeatureSpec
        The inputs in the model's order.
    response : ResponseSpec
        The output.
    sample_rate_hz : float
        Rate at which the model must be stepped [Hz].
    tilt_sign : int
        +1 or -1: sign of the feature theta while the cup is tilted.
    architecture : dict
        Name, layers and number of trainable parameters.
    state : tuple of StateSlot
        Layout of the packed state.
    training : dict
        Dataset (name, digest, schema, number of pours), seed, epochs and command.
    errors : dict
        Measured errors per part of the data, for example ``{'test': {'rmse_newton': 0.2}}``.
    software : dict
        Versions of the software that made the model.
    cups : tuple of CupSpec
        The cups that are known, which the features of the physics look up.
    interval : IntervalSpec or None
        How far the truth may be from an estimate; None for a model that does not say.

    Raises
    ------
    ModelContractError
        If a value does not make sense; the message names it.

    """

    name: str
    features: tuple[FeatureSpec, ...]
    response: ResponseSpec
    sample_rate_hz: float
    tilt_sign: int
    architecture: dict[str, Any]
    state: tuple[StateSlot, ...]
    training: dict[str, Any]
    errors: dict[str, dict[str, float]]
    software: dict[str, str]
    schema_version: int = SCHEMA_VERSION
    cups: tuple[CupSpec, ...] = ()
    interval: IntervalSpec | None = None

    def __post_init__(self) -> None:
        _check_version(self.schema_version)
        check_bounds(self)
        if self.response.unit != 'N':  # first, since the features of such a file differ too
            raise ModelContractError(
                f"response: expected unit 'N', received {quoted(self.response.unit)}; models in "
                'other units are made anew with `python -m training.train`'
            )
        if not self.features:
            raise ModelContractError('features: expected at least one, received none')
        for feature in self.features:
            unit = feature_unit(feature.name)
            if feature.unit != unit:
                raise ModelContractError(
                    f'feature {feature.name}: expected unit {unit!r}, received {feature.unit!r}'
                )
            if not feature.scale > 0.0:
                raise ModelContractError(
                    f'feature {feature.name}: expected a positive scale, received '
                    f'{feature.scale!r}'
                )
            if not feature.low <= feature.high:
                raise ModelContractError(
                    f'feature {feature.name}: expected a range from low to high, received '
                    f'{feature.low!r} to {feature.high!r}'
                )
        if self.tilt_sign not in (1, -1):
            raise ModelContractError(f'tilt_sign: expected 1 or -1, received {self.tilt_sign!r}')
        if self.training.get('schema') not in SCHEMAS:
            raise ModelContractError(
                f'training: expected a schema of {sorted(SCHEMAS)}, received '
                f'{quoted(self.training.get("schema"))}'
            )
        try:
            weight_from_response(self.response.weight_rule, 0.0, 0.0)
        except ValueError as error:
            raise ModelContractError(f'response: {error}') from error
        try:
            CupTable(self.cups)
        except SimulationError as error:
            raise ModelContractError(str(error)) from error
        if self.interval is not None and not set(PHYSICS_FEATURES) <= set(self.feature_names):
            raise ModelContractError(
                'interval: expected a model with all features of the physics, '
                f'{", ".join(PHYSICS_FEATURES)}; received {", ".join(self.feature_names)}'
            )
        if self.measured_error is not None and not isinstance(
            self.measured_error[1], (int, float)
        ):
            raise ModelContractError(
                'errors: expected a number as rmse_newton, received '
                f'{quoted(self.measured_error[1])}'
            )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features in the model's order, a tuple of str."""
        return tuple(feature.name for feature in self.features)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the outputs of a step, a tuple of str."""
        return OUTPUT_NAMES if self.interval is None else (*OUTPUT_NAMES, GATES_OUTPUT)

    @property
    def measured_error(self) -> tuple[str, float] | None:
        """The first error of `MEASURED_ON` that is known, (part, RMSE [N]); None if none is."""
        return next(
            (
                (part, self.errors[part]['rmse_newton'])
                for part in MEASURED_ON
                if 'rmse_newton' in self.errors.get(part, ())
            ),
            None,
        )

    @property
    def state_size(self) -> int:
        """Number of values in the packed state."""
        return sum(slot.size for slot in self.state)

    @property
    def leaking_features(self) -> tuple[str, ...]:
        """Features that no robot knows before the pour has ended, a tuple of str."""
        return leaking_features(self.feature_names)

    @property
    def needed_context(self) -> tuple[str, ...]:
        """Fields of `PourContext` that an estimate needs, a tuple of str."""
        needed = needed_context(self.feature_names)
        weight = CONTEXT_FEATURES['f_init'].field
        if 'f_init' in self.response.weight_rule and weight not in needed:
            needed += (weight,)
        return needed

    def to_metadata(self) -> dict[str, str]:
        """Return the metadata of the ONNX file, a dict of str to str (JSON)."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values['response'] = self.response.to_dict()
        values['cups'] = [cup.to_dict() for cup in self.cups]
        return {
            key: json.dumps(value, default=asdict, separators=(',', ':'))
            for key, value in values.items()
        }

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str]) -> 'ModelSpec':
        """
        Read what `to_metadata` wrote.

        Parameters
        ----------
        metadata : dict of str to str
            ``metadata_props`` of an ONNX file.

        Returns
        -------
        ModelSpec

        Raises
        ------
        ModelContractError
            If a key is missing, is no JSON, or does not have the expected form.

        """
        if 'schema_version' in metadata:  # first, since other versions have other keys
            _check_version(_read_json('schema_version', metadata))
        names = [field.name for field in fields(cls)]
        missing = [name for name in names if name not in metadata]
        if missing:
            raise ModelContractError(f'metadata: missing {", ".join(missing)}')
        values = {name: _read_json(name, metadata) for name in names}
        try:
            check_length('features', values['features'], MAX_FEATURES)
            check_length('state', values['state'], MAX_STATE_SLOTS)
            values['features'] = tuple(FeatureSpec(**item) for item in values['features'])
            values['state'] = tuple(StateSlot(**item) for item in values['state'])
            values['response'] = _read_response(**values['response'])
            values['cups'] = _read_cups(values['cups'])
            if values['interval'] is not None:
                values['interval'] = IntervalSpec(**values['interval'])
            return cls(**values)
        except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as error:
            raise ModelContractError(f'metadata: {error}') from error


def _check_version(version: object) -> None:
    """Raise `ModelContractError` unless `version` is that of this contract."""
    if type(version) is not int or version != SCHEMA_VERSION:
        raise ModelContractError(
            f'schema_version: expected {SCHEMA_VERSION}, received {quoted(version)}; models of '
            'other versions are made anew with `python -m training.train`'
        )


def _read_json(name: str, metadata: Mapping[str, str]) -> Any:
    try:
        return json.loads(metadata[name])
    except (ValueError, RecursionError) as error:  # numbers of 5000 digits, lists of lists of ...
        raise ModelContractError(
            f'metadata {name}: expected JSON, received {quoted(metadata[name])}'
        ) from error


def _read_response(name: str, unit: str, poured_weight: str) -> ResponseSpec:
    """Return the response of its values in the model file; the arguments are its keys there."""
    return ResponseSpec(name, unit, weight_rule=poured_weight)


def _read_cups(items: Sequence[Mapping[str, Any]]) -> tuple[CupSpec, ...]:
    """Return the CupSpec of each dict in `items`, a tuple."""
    check_length('cups', items, MAX_CUPS)
    points = sum(check_cup(item) for item in items)
    if points > MAX_CUP_POINTS:
        raise ModelContractError(
            f'cups: expected tables of at most {MAX_CUP_POINTS} points in all, received {points}'
        )
    try:
        return tuple(CupSpec.from_dict(item) for item in items)
    except SimulationError as error:
        raise ModelContractError(f'cups: {error}') from error

"""
The contract of an exported model: what travels in the ONNX file's metadata.

Each field of `ModelSpec` is one key of the file's ``metadata_props`` with a JSON value, so that
any ONNX viewer shows them and the node needs no file beside the model.
"""

from dataclasses import asdict, dataclass, fields
import json
import math

from .cup_table import CupSpec, CupTable
from .errors import ModelContractError, SimulationError
from .features import CONTEXT_FEATURES, feature_unit, needed_context, outcome_features
from .interval import IntervalSpec
from .schemas import poured_weight, SCHEMAS

SCHEMA_VERSION = 2
"""Version of the contract; a model of another version is refused."""

INPUT_NAMES = ('features', 'state')
OUTPUT_NAMES = ('weight', 'next_state')
SPREAD_OUTPUT = 'spread'
"""Third output of a model with an interval."""

MEASURED_ON = ('cross_validation', 'test', 'validation', 'train')
"""Parts of the data whose errors a model may know, from the most honest to the least."""


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
    poured_weight : {'response', 'f_init - response'}
        How the poured weight follows from it.

    """

    name: str
    unit: str
    poured_weight: str


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
        Measured errors per part of the data, for example ``{'test': {'rmse_lbf': 0.04}}``.
    software : dict
        Versions of the software that made the model.
    cups : tuple of CupSpec
        The cups whose outflow was fitted, which the features of the physics look up.
    interval : IntervalSpec or None
        How far the truth may be from an estimate; None for a model that does not say.

    Raises
    ------
    ModelContractError
        If a value does not make sense; the message names it.

    """

    name: str
    features: tuple
    response: ResponseSpec
    sample_rate_hz: float
    tilt_sign: int
    architecture: dict
    state: tuple
    training: dict
    errors: dict
    software: dict
    schema_version: int = SCHEMA_VERSION
    cups: tuple = ()
    interval: IntervalSpec | None = None

    def __post_init__(self):
        if self.schema_version != SCHEMA_VERSION:
            raise ModelContractError(
                f'schema_version: expected {SCHEMA_VERSION}, received {self.schema_version!r}')
        if not self.features:
            raise ModelContractError('features: expected at least one, received none')
        for feature in self.features:
            unit = feature_unit(feature.name)
            if feature.unit != unit:
                raise ModelContractError(
                    f'feature {feature.name}: expected unit {unit!r}, received {feature.unit!r}')
            if not feature.scale > 0.0:
                raise ModelContractError(
                    f'feature {feature.name}: expected a positive scale, received '
                    f'{feature.scale!r}')
            if not feature.low <= feature.high:
                raise ModelContractError(
                    f'feature {feature.name}: expected a range from low to high, received '
                    f'{feature.low!r} to {feature.high!r}')
        if not 0.0 < self.sample_rate_hz < math.inf:
            raise ModelContractError(
                f'sample_rate_hz: expected a positive rate, received {self.sample_rate_hz!r}')
        for slot in self.state:
            if not isinstance(slot.size, int) or slot.size < 1:
                raise ModelContractError(
                    f'state {slot.layer}: expected a size of 1 or more, received {slot.size!r}')
        if self.tilt_sign not in (1, -1):
            raise ModelContractError(
                f'tilt_sign: expected 1 or -1, received {self.tilt_sign!r}')
        if self.response.unit != 'lbf':
            raise ModelContractError(
                f"response: expected unit 'lbf', received {self.response.unit!r}")
        if self.training.get('schema') not in SCHEMAS:
            raise ModelContractError(
                f'training: expected a schema of {sorted(SCHEMAS)}, received '
                f'{self.training.get("schema")!r}')
        try:
            poured_weight(self.response.poured_weight, 0.0, 0.0)
        except ValueError as error:
            raise ModelContractError(f'response: {error}') from error
        try:
            CupTable(self.cups)
        except ValueError as error:
            raise ModelContractError(str(error)) from error
        if self.measured_error is not None and not isinstance(
                self.measured_error[1], (int, float)):
            raise ModelContractError(
                f'errors: expected a number as rmse_lbf, received {self.measured_error[1]!r}')

    @property
    def feature_names(self):
        """Names of the features in the model's order, a tuple of str."""
        return tuple(feature.name for feature in self.features)

    @property
    def output_names(self):
        """Names of the outputs of a step, a tuple of str."""
        return OUTPUT_NAMES if self.interval is None else (*OUTPUT_NAMES, SPREAD_OUTPUT)

    @property
    def measured_error(self):
        """
        The most honest error that is known, (part of the data, RMSE [lbf]); None if none is.

        The parts are those of `MEASURED_ON`.
        """
        return next(
            ((part, self.errors[part]['rmse_lbf']) for part in MEASURED_ON
             if 'rmse_lbf' in self.errors.get(part, ())), None)

    @property
    def state_size(self):
        """Number of values in the packed state."""
        return sum(slot.size for slot in self.state)

    @property
    def outcome_features(self):
        """Features that no robot knows before the pour has ended, a tuple of str."""
        return outcome_features(self.feature_names)

    @property
    def needed_context(self):
        """Fields of `PourContext` that an estimate needs, a tuple of str."""
        needed = needed_context(self.feature_names)
        weight = CONTEXT_FEATURES['f_init'].field
        if 'f_init' in self.response.poured_weight and weight not in needed:
            needed += (weight,)
        return needed

    def to_metadata(self):
        """Return the metadata of the ONNX file, a dict of str to str (JSON)."""
        return {key: json.dumps(value) for key, value in asdict(self).items()}

    @classmethod
    def from_metadata(cls, metadata):
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
        names = [field.name for field in fields(cls)]
        missing = [name for name in names if name not in metadata]
        if missing:
            raise ModelContractError(f'metadata: missing {", ".join(missing)}')
        values = {}
        for name in names:
            try:
                values[name] = json.loads(metadata[name])
            except json.JSONDecodeError as error:
                raise ModelContractError(
                    f'metadata {name}: expected JSON, received {metadata[name]!r}') from error
        try:
            values['features'] = tuple(FeatureSpec(**item) for item in values['features'])
            values['state'] = tuple(StateSlot(**item) for item in values['state'])
            values['response'] = ResponseSpec(**values['response'])
            values['cups'] = _read_cups(values['cups'])
            if values['interval'] is not None:
                values['interval'] = IntervalSpec(**values['interval'])
            return cls(**values)
        except (AttributeError, TypeError) as error:
            raise ModelContractError(f'metadata: {error}') from error


def _read_cups(items):
    """Return the CupSpec of each dict in `items`, a tuple."""
    try:
        return tuple(CupSpec(**item) for item in items)
    except SimulationError as error:
        raise ModelContractError(f'cups: {error}') from error

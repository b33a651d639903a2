"""What the benchmarks run: the paper's Multi GRU with random weights, and simulated pours."""

from dataclasses import dataclass

import numpy as np

from pour_force_estimator import PourContext, StepModel
from pour_force_estimator.features import feature_unit
from pour_force_estimator.model_spec import ModelSpec, ResponseSpec
from pour_force_estimator.recordings import RecordedPour
from pour_force_estimator.schemas import get_schema
from pour_force_estimator.simulation import simulate_pours
from training.architectures import ARCHITECTURES, build_sequence_model
from training.backend import keras
from training.describe import software_versions
from training.export import convert, feature_specs, state_layout
from training.preprocessing import Preprocessor
from training.simulate import encode
from training.step_network import build_step_model

CONTEXT = PourContext(
    initial_weight=3.5, target_weight=1.5, empty_weight=0.1, final_weight=2.0, cup_height=0.12,
    cup_diameter=0.121, receiver_height=0.12, receiver_diameter=0.09, relative_density=1.0)
"""Whatever a model needs; the time of a step does not depend on it."""

SCHEMA = get_schema('dim')
PAPER_POURS, PAPER_STEPS = 1307, 1099


@dataclass(frozen=True)
class PaperNetwork:
    """
    The paper's Multi GRU in its several forms, all with the same weights.

    Attributes
    ----------
    sequence_model : keras.Model
        Over whole pours; takes standardized features.
    scaling : FeatureScaling
        The scaler.
    step_model : StepModel
        What the node would run.

    """

    sequence_model: keras.Model
    scaling: object
    step_model: StepModel


def paper_network(seed=0):
    """Return the paper's Multi GRU on the paper's features, a `PaperNetwork`."""
    names = SCHEMA.paper_features
    scaling = Preprocessor(names, SCHEMA.sample_rate_hz, 1).fit(simulated_pours(8)).scaling
    architecture = ARCHITECTURES['multi_gru']
    keras.utils.set_random_seed(seed)
    model = build_sequence_model(architecture, len(names))
    weights = model.get_weights()
    weights[-1] = weights[-1] + 0.3  # keeps the last relu on, so that outputs can be compared
    model.set_weights(weights)
    spec = ModelSpec(
        name='multi_gru', features=feature_specs(names, map(feature_unit, names), scaling),
        response=ResponseSpec(
            SCHEMA.response.name, SCHEMA.response.unit, SCHEMA.response.poured_weight),
        sample_rate_hz=SCHEMA.sample_rate_hz, tilt_sign=1,
        architecture={'name': architecture.name}, state=state_layout(architecture),
        training={'schema': SCHEMA.name}, errors={}, software=software_versions())
    content = convert(build_step_model(architecture, scaling, [model]), spec)
    return PaperNetwork(model, scaling, StepModel(content))


def simulated_pours(number, seed=0):
    """Return simulated pours in the paper's layout, a list of RecordedPour."""
    rng = np.random.default_rng(seed)
    simulated = simulate_pours(
        number, rng, max_steps=PAPER_STEPS, sample_rate_hz=SCHEMA.sample_rate_hz,
        liquids='mixed')
    return [
        RecordedPour(index, SCHEMA, rows[:length], 1)
        for index, (rows, length) in enumerate(zip(
            encode(simulated, SCHEMA, rng), simulated.lengths))]

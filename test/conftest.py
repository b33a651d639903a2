# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What several tests share: recordings, networks with random weights, and one trained model."""

import json
import os
from pathlib import Path
import re
import signal
from types import SimpleNamespace

from command_line import command_line
import numpy as np
import pytest
from small_pours import pours_array

from pour_force_estimator.model.step_model import StepModel
from pour_force_estimator.pours.recordings import load_recordings

try:
    from hypothesis import settings
except ImportError:  # a machine that only runs the package need not have it
    settings = None

# Keras would print the bars of its own; TensorFlow is imported by the fixtures that need it.
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')

REPOSITORY = Path(__file__).resolve().parents[1]

# A shell starts jobs in the background with Ctrl-C ignored, and processes hand that on to theirs;
# the tests that press it must work there too.
signal.signal(signal.SIGINT, signal.default_int_handler)

if settings is not None:
    settings.register_profile('repository', derandomize=True, deadline=None)
    settings.load_profile('repository')


OPTIONAL = set(
    'dask distributed grimp hypothesis joblib keras markdown_it onnx psutil pytransform3d '
    'rich rosbags scipy sklearn tensorflow tf2onnx threadpoolctl'.split()
)
"""What a machine that only runs the package need not have."""


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    """Skip files that need what is not installed, and is not needed by the package itself."""
    outcome = yield
    report = outcome.get_result()
    missing = re.search(r"No module named '(\w+)", str(report.longrepr))
    if report.failed and missing and missing[1] in OPTIONAL:
        report.outcome = 'skipped'
        report.longrepr = (str(collector.path), 0, f'Skipped: needs {missing[1]}')


@pytest.fixture(scope='session')
def repository():
    """Return the root of the repository."""
    return REPOSITORY


@pytest.fixture(scope='session')
def robot_trials_path():
    """Return the path of the real recorded pours; skip where they are absent."""
    path = REPOSITORY.parent / 'shared' / 'data' / 'robot_trials_dev.npy'
    if not path.is_file():
        pytest.skip(f'needs the recorded pours, which are not part of the repository: {path}')
    return path


@pytest.fixture(scope='session')
def robot_trials(robot_trials_path):
    """Return the real recorded pours."""
    return load_recordings(robot_trials_path, 'robot_trials')


@pytest.fixture(scope='session')
def recording_paths(tmp_path_factory):
    """Return paths of 12 short simulated pours by schema, a dict."""
    folder = tmp_path_factory.mktemp('recordings')
    paths = {}
    for schema in ('dim', 'robot_trials'):
        paths[schema] = folder / f'{schema}.npy'
        np.save(paths[schema], pours_array(schema, 12, seed=1))
    return paths


@pytest.fixture(scope='session')
def robot_recordings(recording_paths):
    """Return 12 short simulated pours, loaded."""
    return load_recordings(recording_paths['robot_trials'], 'robot_trials')


@pytest.fixture(scope='session')
def dim_recordings(recording_paths):
    """Return 12 short simulated pours, loaded."""
    return load_recordings(recording_paths['dim'], 'dim')


@pytest.fixture(scope='session')
def random_network(robot_recordings):
    """
    Return a function from the name of an architecture to a network with random weights.

    The result has ``architecture``, ``preprocessor``, ``pours``, ``padded``, ``sequence_model``,
    ``spec``, ``content`` and ``step_model``; each is made once.
    """
    keras = pytest.importorskip('keras')
    from small_models import make_spec

    from training.export.onnx_file import convert, feature_specs, state_layout
    from training.fitting.preprocessing import Preprocessor
    from training.networks.architectures import ARCHITECTURES, build_sequence_model
    from training.networks.step_network import build_step_model

    names = ('theta', 'theta_velocity', 'capacity', 'f_init', 'h_pc')
    units = ('degree', 'rad/s', 'N', 'N', 'mm')
    pours = robot_recordings.pours[:4]
    preprocessor = Preprocessor(names, 60.0, robot_recordings.tilt_sign).fit(pours)
    padded = preprocessor.transform(pours)
    networks = {}

    def make(name):
        if name not in networks:
            keras.utils.set_random_seed(7)
            architecture = ARCHITECTURES[name]
            model = build_sequence_model(architecture, len(names))
            weights = model.get_weights()
            weights[-1] = weights[-1] + 0.3  # keeps a last relu on
            model.set_weights(weights)
            assert np.ptp(model.predict(padded.features, verbose=0)) > 0.01
            spec = make_spec(
                features=feature_specs(names, units, preprocessor.scaling),
                state=state_layout(architecture),
                tilt_sign=robot_recordings.tilt_sign,
            )
            content = convert(build_step_model(architecture, preprocessor.scaling, [model]), spec)
            networks[name] = SimpleNamespace(
                architecture=architecture,
                preprocessor=preprocessor,
                pours=pours,
                padded=padded,
                sequence_model=model,
                spec=spec,
                content=content,
                step_model=StepModel(content),
            )
        return networks[name]

    return make


@pytest.fixture(scope='session')
def train_small(recording_paths):
    """Return a function that runs the training command; it returns what that left."""
    pytest.importorskip('tensorflow')

    def run(folder, schema, architecture, **options):
        from training import train

        data = {'data': recording_paths[schema], 'schema': schema}
        code = train.main(
            command_line(**data, architecture=architecture, output=folder, **options)
        )
        return SimpleNamespace(
            code=code,
            folder=folder,
            model=folder / 'model.onnx',
            metrics=json.loads((folder / 'metrics.json').read_text()),
        )

    return run


@pytest.fixture(scope='session')
def trained(tmp_path_factory, train_small):
    """Train and export a small model on robot trials; what the command left."""
    folder = tmp_path_factory.mktemp('trained') / 'tiny'
    return train_small(folder, 'robot_trials', 'multi_gru', epochs=4, batch_size=16, seed=3)


@pytest.fixture(scope='session')
def trained_on_paper(tmp_path_factory, train_small):
    """Train and export a small model on the paper's features; what the command left."""
    folder = tmp_path_factory.mktemp('trained') / 'paper'
    return train_small(folder, 'dim', 'multi_gru', features='paper', epochs=2, seed=3)


@pytest.fixture(scope='session')
def trained_model(trained):
    """Return the `StepModel` of `trained`."""
    return StepModel.load(trained.model)

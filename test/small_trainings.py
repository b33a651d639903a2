# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A small training by `training.train`, and what it leaves, checked."""

import json
import os

from command_line import command_line
from matplotlib.image import imread
import numpy as np

from pour_force_estimator.model.step_model import StepModel

FILES = ['history.csv', 'history.png', 'metrics.json', 'model.onnx', 'test_pours.png']


def single_gru(**options):
    """Return the options of a training of the smallest network; one epoch if not said."""
    small = {'schema': 'robot_trials', 'architecture': 'single_gru', 'epochs': 1}
    return command_line(**{**small, **options})


def check_files(folder):
    """Assert that all files are there and whole; return metrics and model."""
    assert sorted(os.listdir(folder)) == FILES
    metrics = json.loads((folder / 'metrics.json').read_text())
    model = StepModel.load(folder / 'model.onnx')
    rows = (folder / 'history.csv').read_text().splitlines()
    assert rows[0] == 'epoch,loss_newton2,val_loss_newton2'
    assert [int(row.split(',')[0]) for row in rows[1:]] == list(range(1, metrics['epochs'] + 1))
    losses = np.array([row.split(',')[1:] for row in rows[1:]], np.float64)
    assert np.isfinite(losses).all()
    assert metrics['best_epoch'] == np.argmin(losses[:, 1]) + 1
    for name in ('history.png', 'test_pours.png'):
        assert imread(folder / name).std() > 0.01
    assert model.spec.errors == {part: metrics[part] for part in ('train', 'validation', 'test')}
    return metrics, model

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.ros.demo.session_display."""

from dataclasses import replace
from io import StringIO
import os

from matplotlib.image import imread
import numpy as np
import pytest

from pour_force_estimator.pours.scoring import ScoredPour
from pour_force_estimator.pours.session_log import PourTask, SessionPour
from pour_force_estimator.ros.demo.session_display import plot_sessions, print_pour, print_sessions

G = 9.80665e-3
"""Weight of a gram [N]."""


def make_pour(target, poured, estimated, bounds=(np.nan, np.nan), is_known=True, is_anew=False):
    """Return a pour of 2 s; weights [g]."""
    times = np.array([0.0, 2.0])
    low, high = (np.array([bound, bound]) * G for bound in bounds)
    weights = np.array([0.0, poured * G]), times, np.array([0.0, estimated * G])
    task = PourTask(0.12, 0.121, 3.5, target * G, is_anew)
    trace = ScoredPour(times, *weights, low, high)
    return SessionPour(task, is_known, poured * G, trace, np.array([0.001, 0.003]))


@pytest.fixture
def stream():
    return StringIO()


@pytest.fixture
def sessions():
    fitted = [make_pour(100, 112, 101, (90, 120), is_anew=True), make_pour(80, 78, 80)]
    return [fitted, [make_pour(120, 100, 121, (0, 200), False, True)]]


def test_line_by_hand(sessions, stream):
    print_pour(1, sessions[0][0], stream)
    print_pour(2, sessions[0][1], stream)
    assert stream.getvalue().split('\n') == [
        '',
        'cup 120 x 121 mm, known to the model, in a new mounting',
        'pour 1   target  100 g   poured  112 g ( +12)   estimated  101 g ( -11)   interval   90 '
        'to  120 g',
        'pour 2   target   80 g   poured   78 g (  -2)   estimated   80 g (  +2)',
        '',
    ]
    print_pour(1, replace(sessions[0][0], is_known=None), stream)
    assert 'cup 120 x 121 mm, in' in stream.getvalue()


def test_summary_by_hand(sessions, stream):
    print_sessions(sessions, stream)
    lines = stream.getvalue().split('\n')
    assert 'cup 120 x 121 mm, known to the model: target missed by 12, 2 g' in lines
    assert 'cup 120 x 121 mm, known to the model: estimate off by 11, 2 g' in lines
    assert 'cup 120 x 121 mm, never seen by the model: target missed by 20 g' in lines
    assert any('median 2.00 ms, p99 3.00 ms (6 estimates)' in line for line in lines)


@pytest.mark.parametrize('n', [1, 2])
def test_plot_is_a_picture(tmp_path, sessions, n):
    path = tmp_path / 'out' / 'demo.png'
    plot_sessions(path, sessions[:n])
    assert os.listdir(path.parent) == ['demo.png']
    picture = imread(path)
    assert picture.shape[:2] == (768, 1320)
    assert picture.std() > 0.01

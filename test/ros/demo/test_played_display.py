# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.ros.demo.played_display."""

from io import StringIO
import os

from matplotlib.image import imread
import numpy as np
import pytest

from pour_force_estimator.pours.scoring import PourScorer, ScoredPour
from pour_force_estimator.ros.demo import played_display
from pour_force_estimator.ros.demo.played_display import LiveDisplay


def scored(true, estimated, lower=(np.nan, np.nan), upper=(np.nan, np.nan)):
    """Return a pour of two steps, 1 s apart; weights [N]."""
    times = np.array([0.0, 1.0])
    return ScoredPour(times, np.array(true), times, *map(np.array, (estimated, lower, upper)))


@pytest.fixture
def scorer():
    """Return a scorer that was told of 200 ml, half of which was estimated."""
    scorer = PourScorer()
    scorer.add_truth(0, 1.96133)
    scorer.add_estimate(0, 0.980665, 0)
    return scorer


@pytest.fixture
def stream():
    return StringIO()


@pytest.fixture
def pours():
    return [scored([0.0, 2.0], [0.0, 2.0 + 0.980665]), scored([0.0, 1.0], [0.0, 1.0])]


def test_line_by_hand(scorer, stream):
    LiveDisplay(stream).show(scorer, 1.0471975511965976)
    full, half = '█' * 24, '█' * 12 + '·' * 12
    expected = f'tilt   60°   true  200.0 ml {full}   estimate  100.0 ml {half}\n'
    assert stream.getvalue() == expected


def test_in_place_on_a_terminal_and_cleared(scorer, stream):
    stream.isatty = lambda: True
    display = LiveDisplay(stream)
    display.clear()
    assert stream.getvalue() == ''
    display.show(scorer, 0.0)
    shown = stream.getvalue()
    assert shown.startswith('\rtilt    0°') and '\n' not in shown
    display.clear()
    cleared = stream.getvalue().removeprefix(shown)
    assert len(cleared) > len(shown) and set(cleared) == {'\r', ' '}


def test_a_line_now_and_then_elsewhere_but_none_before_the_first_estimate(scorer, stream):
    display, silent = LiveDisplay(stream), PourScorer()
    display.show(silent, 0.0)
    silent.add_truth(0, 0.0)
    display.show(silent, 0.0)
    assert stream.getvalue() == ''
    for _ in range(100):
        display.show(scorer, 0.0)
    assert stream.getvalue().count('\n') == 1


def test_bars_stay_within_their_width(stream):
    scorer = PourScorer()
    scorer.add_truth(0, 1.0)
    scorer.add_estimate(0, -0.5, 0)
    LiveDisplay(stream).show(scorer, 0.0)
    assert '█' * 24 + '   estimate' in stream.getvalue()
    assert stream.getvalue().endswith(' ' + '·' * 24 + '\n')


def test_summary_by_hand(pours, stream):
    """The second estimate of the first pour is 100 ml too much: RMSE 100 / sqrt(2) ml."""
    played_display.print_summary(pours, [0.001, 0.002, 0.003], stream)
    lines = stream.getvalue().split('\n')
    assert 'pour 1   203.9 ml   +100.0 ml   70.7 ml = 0.6934 N' in lines
    assert 'pour 2   102.0 ml     +0.0 ml   0.0 ml = 0.0000 N' in lines
    assert any(line.startswith('all 2') and line.endswith('50.0 ml = 0.4903 N') for line in lines)
    assert any('median 2.00 ms, p99 2.98 ms (3 estimates)' in line for line in lines)


def test_summary_of_intervals_by_hand(pours, stream):
    """Two of three intervals cover the truth; an estimate without one does not count."""
    played_display.print_summary(pours, [], stream)
    assert 'interval' not in stream.getvalue() and 'latency' not in stream.getvalue()
    both = scored([0.0, 2.0], [0.1, 2.5], [0.0, 2.25], [0.2, 2.75])
    partly = scored([0.0, 2.0], [0.1, 2.5], [np.nan, 2.0], [0.2, 3.0])
    played_display.print_summary([*pours, both, partly], [], stream)
    assert 'the interval covers the truth at 66.7 % of the estimates' in stream.getvalue()


@pytest.mark.parametrize('n', [1, 2])
def test_plot_is_a_picture(tmp_path, pours, n):
    path = tmp_path / 'out' / 'pours.png'
    played_display.plot_scored_pours(path, pours[:n])
    assert os.listdir(path.parent) == ['pours.png']
    picture = imread(path)
    assert picture.shape[:2] == (432, 504 * n)
    assert picture.std() > 0.01


def test_the_interval_is_drawn(tmp_path):
    pictures = []
    for name, bounds in (('without', ()), ('with', ([0.0, 1.0], [1.0, 3.0]))):
        played_display.plot_scored_pours(
            tmp_path / f'{name}.png', [scored([0.0, 2.0], [0.5, 2.0], *bounds)]
        )
        pictures.append(imread(tmp_path / f'{name}.png')[:, :, :3])
    band = np.array([228, 87, 46]) / 255 * 0.25 + 0.75  # the estimate's colour, a quarter opaque
    shares = [(np.abs(picture - band).max(axis=2) < 0.01).mean() for picture in pictures]
    assert shares[0] < 0.01 and shares[1] > 0.1

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A day of pours is imported with an effort that grows with its length, not with the square."""

import sys

import day_of_pours
from matplotlib.figure import Figure
from matplotlib.image import imread
import pytest

from pour_force_estimator.pours.recordings import load_recordings
from training.rosbag import contact_sheet

FEW, MANY = 25, 75


class CountedCalls:
    """Calls a function and counts the functions that it calls: as many on a busy machine."""

    def __init__(self, function):
        self._function = function
        self.count = 0

    def __call__(self, *arguments):
        sys.setprofile(self._take)
        try:
            return self._function(*arguments)
        finally:
            sys.setprofile(None)

    def _take(self, frame, event, argument):
        self.count += event in ('call', 'c_call')


@pytest.fixture
def axes(monkeypatch):
    """Return a list that gets how many axes each picture has."""
    axes = []
    save = Figure.savefig

    def savefig(figure, *arguments, **options):
        axes.append(len(figure.axes))
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, 'savefig', savefig)
    return axes


def test_three_times_the_pours_cost_three_times_the_calls(tmp_path, monkeypatch, axes):
    """Axes are laid out with the square of their number: 1300 tilts did not end in 500 s."""
    monkeypatch.setattr(contact_sheet, 'MAX_POURS', FEW - 1)
    calls = {}
    for count in (FEW, MANY):
        counted = CountedCalls(day_of_pours.main)
        with monkeypatch.context() as patch:
            patch.setattr(day_of_pours, 'main', counted)
            day_of_pours.import_many(tmp_path, count)
        calls[count] = counted.count
    assert 0 < calls[MANY] < 1.1 * MANY / FEW * calls[FEW]
    assert axes == [1, 1]
    assert len(load_recordings(tmp_path / f'pours_{MANY}.npy', 'robot_trials')) == MANY
    height, width, _ = imread(tmp_path / f'pours_{MANY}.png').shape
    assert max(height, width) < 8000

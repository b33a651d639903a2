# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A day of pours is imported in a time that grows with its length."""

from day_of_pours import import_many
from matplotlib.image import imread

from pour_force_estimator.pours.recordings import load_recordings
from training.rosbag.contact_sheet import MAX_POURS


def test_four_times_the_pours_cost_at_most_six_times_the_time(tmp_path):
    """Were it the square, it would be sixteen; 1300 tilts did not end in 500 s."""
    few, many = 2 * MAX_POURS // 25 * 25, 8 * MAX_POURS // 25 * 25
    cost_s = {count: import_many(tmp_path, count)[1] for count in (few, many)}
    assert cost_s[many] < 1.5 * many / few * cost_s[few]
    assert len(load_recordings(tmp_path / f'pours_{many}.npy', 'robot_trials')) == many
    height, width, _ = imread(tmp_path / f'pours_{many}.png').shape
    assert max(height, width) < 8000

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.study.data."""

import numpy as np
import pytest
from small_pours import pour_of_readings, pours_array
from small_study import make_settings

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.recordings import load_recordings
from pour_force_estimator.pours.schemas import DIM, ROBOT_TRIALS
from pour_force_estimator.units import lbf_to_newton
from training.fitting.datasets import split_pours
from training.study.data import group_cups, load_study, prepare


def save(path, array):
    np.save(path, array)
    return path


def numbers(pours):
    return [pour.index for pour in pours]


@pytest.fixture
def robot_study(recording_paths):
    return load_study(make_settings(recording_paths['robot_trials'], 'robot_trials'))


def test_the_split_is_that_of_the_datasets(robot_study, robot_recordings):
    expected = split_pours(robot_recordings.pours, 0).parts()
    parts = robot_study.parts('architectures')
    assert list(parts) == ['train', 'validation', 'test 1']
    for part, pours in zip(parts.values(), expected.values()):
        assert numbers(part) == numbers(pours)


def test_test_2_is_all_of_the_other_file(tmp_path, recording_paths):
    path = save(tmp_path / 'other.npy', pours_array('dim', 4, seed=9)[:, :115])
    data = load_study(make_settings(recording_paths['dim'], test_data=path))
    for question in ('architectures', 'f_final'):
        assert numbers(data.parts(question)['test 2']) == [0, 1, 2, 3]


def test_inputs_of_the_paper_with_and_without_the_outcome(recording_paths):
    settings = make_settings(recording_paths['dim'])
    data = load_study(settings)
    assert data.features('architectures') == data.features('cups') == DIM.paper_features
    online = tuple(name for name in DIM.paper_features if name != 'f_final')
    assert data.features('f_final') == online
    assert prepare(settings, 'f_final')[1]['train'].features.shape[2] == 8


def test_robot_trials_get_the_outcome_where_it_is_asked_for(recording_paths, robot_study):
    assert robot_study.features('architectures') == ROBOT_TRIALS.study_features
    assert robot_study.features('f_final') == (*ROBOT_TRIALS.study_features, 'f_final')
    parts = (robot_study.parts(name)['train'] for name in ('architectures', 'f_final'))
    for plain, informed in zip(*parts):
        left = lbf_to_newton(plain.column('f_init')[0] + plain.column('f')[-15:].mean())
        assert informed.weight_after == pytest.approx(left)
        assert plain.weight_after is None
    settings = make_settings(recording_paths['robot_trials'], 'robot_trials')
    raw = prepare(settings, 'f_final')[0].raw(informed)
    assert raw[:, -1] == pytest.approx(np.full(len(informed), left), rel=1e-6)


def test_each_of_a_few_cups_is_left_out(robot_study):
    cups = robot_study.cups()
    assert list(cups) == ['120x121', '225x67', '285x89', '292x75', '81x88']
    assert sorted(sum(cups.values(), ())) == list(range(12))
    for cup, positions in cups.items():
        parts = robot_study.parts('cups', cup)
        assert list(parts) == ['train', 'validation', 'held-out cup']
        train, validation, held_out = parts.values()
        assert numbers(held_out) == list(positions)
        seen = train + validation
        assert sorted(numbers(seen) + list(positions)) == list(range(12))
        assert cup not in group_cups(seen)
        assert len(validation) == round(len(seen) * 2 / 9)


def test_sizes_less_than_half_a_millimetre_apart_are_one_cup():
    still, sizes = np.zeros(9), [(height, 121.0) for height in (120.6, 119.6, 120.4)]
    pours = [pour_of_readings(still, still, 1.0, size=size) for size in sizes]
    assert group_cups(pours) == {'119.6x121': (1,), '120.4x121': (0, 2)}


def test_many_cups_are_left_out_in_groups(tmp_path):
    array = pours_array('dim', 20)
    heights = array[:, :, DIM.index('h_pc')]
    heights += (heights > 0.0) * (np.arange(20)[:, np.newaxis] // 2)  # two pours of each size
    pours = load_recordings(save(tmp_path / 'many.npy', array), 'dim').pours
    groups = group_cups(pours)
    assert list(groups) == [f'group {number}' for number in range(1, 6)]
    assert sorted(sum(groups.values(), ())) == list(range(20))
    cups = [
        {(pours[p].column('h_pc')[0], pours[p].column('d_pc')[0]) for p in positions}
        for positions in groups.values()
    ]
    assert sum(map(len, cups)) == len(set.union(*cups))  # no cup is in two groups


def test_a_part_of_the_pours(recording_paths):
    settings = make_settings(recording_paths['dim'], max_pours=5)
    chosen = numbers(load_study(settings).recordings.pours)
    assert len(set(chosen)) == 5 and chosen == sorted(chosen)
    load_study.cache_clear()
    assert numbers(load_study(settings).recordings.pours) == chosen


def test_a_file_that_changed(tmp_path):
    path = save(tmp_path / 'pours.npy', pours_array('dim', 4))
    settings = make_settings(path)
    save(path, pours_array('dim', 4, seed=1))
    with pytest.raises(RecordingError, match='expected the file with which the study began'):
        load_study(settings)


@pytest.mark.parametrize(
    'make',
    [lambda array: array[:, :10], lambda array: array * (np.arange(7) != 1)],
    ids=['ten steps', 'nothing poured'],
)
def test_no_full_pour(tmp_path, make):
    path = save(tmp_path / 'empty.npy', make(pours_array('robot_trials', 4)))
    full = 'of more than 15 steps in which more than 0.05 N leave the cup'
    message = f'^empty.npy: expected at least one full pour, {full}, received 4 pours without'
    with pytest.raises(RecordingError, match=message):
        load_study(make_settings(path, 'robot_trials'))


def test_a_cup_without_which_nothing_is_left(tmp_path):
    array = pours_array('robot_trials', 3)
    array[2] = array[1]  # two pours of one cup, one of another
    data = load_study(make_settings(save(tmp_path / 'three.npy', array), 'robot_trials'))
    larger = max(data.cups(), key=lambda cup: len(data.cups()[cup]))
    message = f'^cup {larger}: expected at least 2 pours of other cups .* with --no-cups$'
    with pytest.raises(RecordingError, match=message):
        data.parts('cups', larger)


def test_test_2_must_tilt_the_same_way(tmp_path, recording_paths):
    path = save(tmp_path / 'other.npy', pours_array('dim', 4) * np.where(np.arange(10), 1, -1))
    with pytest.raises(RecordingError, match='^other.npy: expected the sign of theta of dim.npy'):
        load_study(make_settings(recording_paths['dim'], test_data=path))

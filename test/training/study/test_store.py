# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.study.store: what is done stays done, and what is broken is named."""

from dataclasses import replace
import json

import numpy as np
import pytest
from small_study import make_settings, outcome

from training.errors import StudyError
from training.study.plan import Run
from training.study.record import Outcome, Record
from training.study.store import RunStore

RUN = Run('cups', 'multi_gru', 3, 'group 1')
OUTCOMES = {1: outcome(0.5), 2: Outcome('dead', 2.0)}
RECORD = Record(RUN, OUTCOMES, {'loss': [2.0, 1.0], 'val_loss': [3.0, 1.5]}, 'it died')


@pytest.fixture
def settings(recording_paths):
    return make_settings(recording_paths['dim'])


@pytest.fixture
def store(tmp_path, settings):
    store = RunStore(tmp_path / 'study', settings)
    store.save(RECORD, {'weights_1_00': np.arange(3.0)})
    return store


@pytest.fixture
def path(tmp_path):
    """Return where the record is."""
    return tmp_path / 'study' / 'runs' / f'{RUN.key}.json'


def test_what_is_saved_is_loaded(tmp_path, settings, store):
    assert store.has(RUN) and not store.has(replace(RUN, seed=4))
    again = RunStore(tmp_path / 'study', settings)
    assert again.load(RUN) == RECORD
    assert again.load_arrays(RUN)['weights_1_00'].tolist() == [0.0, 1.0, 2.0]


def test_data_may_move(tmp_path, settings, store, recording_paths):
    moved = tmp_path / 'moved.npy'
    moved.write_bytes(recording_paths['dim'].read_bytes())
    assert RunStore(tmp_path / 'study', make_settings(moved)).has(RUN)


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'epochs': (1, 3)}, r'epochs \[1, 2\] instead of \[1, 3\]'),
        ({'data_digest': 'other'}, "data_digest '.*' instead of 'other'"),
        ({'max_pours': 5, 'split_seed': 1}, 'split_seed 0 .* 1, max_pours None instead of 5'),
    ],
)
def test_another_study_is_not_mixed_in(tmp_path, store, recording_paths, changes, message):
    advice = 'choose another folder, or the same data and options'
    message = f'study.json: this folder holds another study, with {message}; {advice}'
    with pytest.raises(StudyError, match=message):
        RunStore(tmp_path / 'study', make_settings(recording_paths['dim'], **changes))


@pytest.mark.parametrize(
    'content',
    [b'', b'{"run"', b'[1]', b'{}', b'null', b'\xff\xfe', b'{"run": {}, "outcomes": {}}'],
)
def test_a_broken_record(path, store, content):
    path.write_bytes(content)
    advice = f'delete the files of {RUN.key} in {path.parent}, and the same command trains it'
    with pytest.raises(StudyError, match=rf'^{path}: cannot be read \(.*; {advice} again$'):
        store.has(RUN)


def test_the_record_of_another_run(path, store):
    path.write_text(json.dumps(replace(RECORD, run=replace(RUN, seed=9)).to_json()))
    with pytest.raises(StudyError, match='it is of run cups-group_1-multi_gru-seed9'):
        store.has(RUN)


@pytest.mark.parametrize(
    'damage',
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-30]),
        lambda path: path.write_bytes(path.read_bytes().replace(b'NUMPY', b'NAMPY')),
    ],
    ids=['missing', 'cut', 'changed'],
)
def test_broken_arrays(path, store, damage):
    damage(path.with_suffix('.npz'))
    with pytest.raises(StudyError, match=r'seed3.npz: cannot be read .* trains it again$'):
        store.has(RUN)


def test_runs_of_nobody_knows_what(tmp_path, settings):
    (tmp_path / 'study' / 'runs').mkdir(parents=True)
    with pytest.raises(StudyError, match='has a folder runs but no study.json'):
        RunStore(tmp_path / 'study', settings)


def test_a_broken_study(tmp_path, settings, store):
    (tmp_path / 'study' / 'study.json').write_text('{')
    with pytest.raises(StudyError, match='study.json: cannot be read .*choose another folder'):
        RunStore(tmp_path / 'study', settings)


def test_numbers_that_are_none_are_not_written(store):
    run = Run('architectures', 'mlp')
    with pytest.raises(ValueError):
        store.save(Record(run, {1: outcome(np.nan)}), {})
    assert not store.has(run)


def test_of_two_that_start_at_once_the_first_has_the_folder(
    tmp_path, monkeypatch, recording_paths
):
    first = make_settings(recording_paths['dim'])
    second = make_settings(recording_paths['dim'], learning_rate=0.02)
    begin = RunStore._begin

    def begin_too_late(self, expected):
        """The other one begins after this one has looked and before it writes."""
        monkeypatch.setattr(RunStore, '_begin', begin)
        RunStore(tmp_path / 'race', first)
        begin(self, expected)

    monkeypatch.setattr(RunStore, '_begin', begin_too_late)
    with pytest.raises(StudyError, match='this folder holds another study, with learning_rate'):
        RunStore(tmp_path / 'race', second)
    RunStore(tmp_path / 'race', first)
    assert [path.name for path in (tmp_path / 'race').iterdir()] == ['study.json']

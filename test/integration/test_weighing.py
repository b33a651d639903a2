# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Weighed pours and predictions of the installed node, against the offline estimator."""

import itertools
import math

from estimated_pour import bits, context_parameters, end, options
import pytest
from small_models import make_model, make_spec
from weighed_pour import CONTEXT, PARAMETERS, Session, write_model


@pytest.fixture
def start(start_estimator, peer, tmp_path):
    """Start the node with a model that learns; return its process."""
    model = write_model(tmp_path)

    def start(state='active', **parameters):
        process = start_estimator(state, **{'model': model, **PARAMETERS, **parameters})
        peer.wait_for_optional()
        return process

    return start


def test_a_weighed_pour_is_what_the_next_one_starts_from(start, peer):
    start()
    session = Session(peer)
    first = session.learn()
    second = session.pour()
    assert second[-1].poured_weight < 0.8 * first[-1].poured_weight
    session.weigh(second[-1].poured_weight)
    session.pour()
    values = session.check()
    assert values['weighings refused'] == '0' and values['last refused weighing'] == '-'


def test_what_would_come_in_the_end_is_published_at_each_tick(start, peer):
    arm = {'return_speed': 0.4, 'return_acceleration': 2.0}
    start(**arm)
    estimates = Session(peer, **arm).pour()
    peer.wait_until(lambda: len(peer.predicted) >= len(estimates), 'all predictions')
    assert bits(peer.predicted) == bits([estimate.predicted_weight for estimate in estimates])
    ahead = [predicted - weight for predicted, weight in zip(peer.predicted, peer.weights)]
    assert min(ahead) > -1e-6 and max(ahead) > 0.05
    peer.wait_for_values({'predicted weight [N]': f'{peer.predicted[-1]:.4f}'})


def test_what_was_learned_survives_a_restart_until_the_cup_is_mounted_anew(start, peer, tmp_path):
    path = tmp_path / 'robot' / 'mounting.json'
    node = start(mounting_file=path)
    session = Session(peer)
    first = session.learn()
    session.wait_for_file(path)
    learned = session.estimator.mounting.to_dict()
    assert 'is not there yet' in end(node)
    peer.wait_for_optional(0)
    for received in (peer.weights, peer.wrenches, peer.predicted, peer.statuses):
        received.clear()
    node = start(mounting_file=path)
    again = Session(peer)
    again.estimator.restore(learned)
    again.wait_for_mounting()
    again.pour()
    response = peer.remount()
    assert response.success and 'pours weighed: 0' in response.message
    again.estimator.remount()
    again.wait_for_mounting()
    again.wait_for_file(path)
    weights = [[estimate.poured_weight for estimate in part] for part in (again.pour(), first)]
    assert bits(weights[0]) == bits(weights[1])
    again.check()
    assert f'{path}: mounting offset' in end(node)


def test_a_file_that_is_no_mounting_fails_the_configuration_in_one_line(start_installed, tmp_path):
    values = {'model': write_model(tmp_path), 'mounting_file': tmp_path}
    node = start_installed('estimator', *options({**values, **context_parameters(CONTEXT, '.')}))
    node.wait_for(f'configure failed: {tmp_path}: ')


def test_weighings_that_cannot_be_are_refused_counted_and_said(start, peer):
    node = start()
    session, refusals = Session(peer), itertools.count(1)

    def is_refused(weight, reason):
        count = str(next(refusals))
        peer.statuses.clear()
        peer.weigh(weight)
        _, values = peer.wait_for_values({'weighings refused': count})
        assert reason in values['last refused weighing']
        assert not [key for key in values if key.startswith('samples')]

    is_refused(0.5, 'nothing was poured')
    session.pour()
    for weight in (math.nan, 4.1):
        is_refused(weight, '0 to 4.000 N')
    session.weigh(0.5)
    is_refused(0.5, 'weighed already')
    assert peer.change_state('deactivate')
    is_refused(0.5, 'while the node is active')
    peer.statuses.clear()
    session.wait_for_mounting()  # what was learned is as it was
    output = end(node)
    assert 'weighing refused: ' in output and 'weighed 0.5 N: mounting offset' in output


def test_a_file_that_cannot_be_written_is_a_warning(start, peer, tmp_path):
    node = start(mounting_file=tmp_path / 'mounting.json')
    peer.change_states('deactivate', 'cleanup')
    folder = tmp_path / 'folder'
    assert peer.set_parameters(mounting_file=str(folder / 'mounting.json')).successful
    peer.change_states('configure', 'activate')
    folder.write_text('')  # where the folder would be made
    peer.wait_for_estimator()
    session = Session(peer)
    session.learn()
    folder.unlink()
    session.pour()  # its start tries again
    session.wait_for_file(folder / 'mounting.json')
    output = end(node)
    (warning,) = [line for line in output.splitlines() if 'WARN' in line]
    assert f'would not survive a restart: {folder}/mounting.json: cannot be written' in warning


def test_a_model_without_an_interval_has_no_such_topics_and_learns_nothing(start, peer, tmp_path):
    node = start(mounting_file=tmp_path / 'mounting.json')
    peer.change_states('deactivate', 'cleanup')
    peer.wait_for_optional(0)
    model = tmp_path / 'small.onnx'
    model.write_bytes(make_model(make_spec()))
    assert peer.set_parameters(model=str(model)).successful
    peer.change_states('configure', 'activate')
    peer.wait_for_estimator()
    peer.wait_for_optional(0)
    peer.statuses.clear()
    peer.weigh(0.5)
    _, values = peer.wait_for_values({'weighings refused': '1', 'model RMSE measured on': 'test'})
    assert 'small' in values['last refused weighing']
    assert not [key for key in values if 'interval' in key or key == 'pours weighed']
    assert peer.remount().success
    assert 'is not used: the model learns nothing' in end(node)
    assert not (tmp_path / 'mounting.json').exists()

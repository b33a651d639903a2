# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files that are no model, against the installed node over real DDS."""

from pathlib import Path

from estimated_pour import end, JOINT, Pour, regular_samples, START_NS
import numpy as np
import onnx
from small_models import make_model, make_spec

from pour_force_estimator import find_model
from pour_force_estimator.model.spec import FeatureSpec


def test_files_that_are_no_model_are_one_error_each(start_estimator, peer, tmp_path):
    broken = tmp_path / 'broken.onnx'
    broken.write_bytes(Path(find_model()).read_bytes()[:-1])
    bad = [broken, tmp_path, tmp_path / 'no_such.onnx']
    node = start_estimator('unconfigured')
    for path in bad:
        assert peer.set_parameters(model=str(path)).successful
        assert not peer.change_state('configure')
        assert peer.state() == 'unconfigured'
    assert peer.set_parameters(model='robot_trials').successful
    peer.change_states('configure', 'activate')
    peer.wait_for_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(26))
    pour.check()
    errors = [line for line in end(node).splitlines() if 'error' in line.lower()]
    assert len(errors) == len(bad), errors
    for path, error in zip(bad, errors):
        assert 'ERROR' in error and str(path) in error


def test_weights_in_another_file_are_refused_and_never_read(start_estimator, peer, tmp_path):
    path, weights = tmp_path / 'model.onnx', tmp_path / 'weights.bin'
    outside = {'save_as_external_data': True, 'location': weights.name, 'size_threshold': 0}
    onnx.save_model(onnx.load(find_model()), path, **outside)
    weights.unlink()  # to read it would be another error
    node = start_estimator('unconfigured', model=path)
    assert not peer.change_state('configure')
    (error,) = [line for line in end(node).splitlines() if 'ERROR' in line]
    assert f'{path}: expected one file that holds all weights' in error


def test_a_step_that_is_no_number_ends_the_estimate_as_a_gap_does(start_estimator, peer, tmp_path):
    # Finite over the range that it states, infinite in float32 some steps after 60 degree.
    path = tmp_path / 'overflows.onnx'
    spec = make_spec([FeatureSpec('theta', 'degree', 0.0, 1.0, 0.0, 1.0)])
    path.write_bytes(make_model(spec, gain=1e36))
    node = start_estimator(model=str(path))
    samples = regular_samples(125)
    for stamp_ns, tilt in samples:
        peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
    status, values = peer.wait_for_status(  # and none is left to meet the reset below
        lambda status, values: (status.level, values['joint states']) == (b'\x02', '125'),
        'an ERROR after all joint states',
    )
    assert 'gave no number' in status.message and 'call ~/reset' in status.message
    assert int(values['samples model_step']) == 1
    assert np.isfinite(peer.weights).all() and len(peer.weights) < 60
    assert peer.reset().success  # and a new pour has its estimates
    seen = len(peer.weights)
    for stamp_ns, _ in regular_samples(20, START_NS + 10**10):
        peer.send_joint_state(stamp_ns, (JOINT,), (0.0,))
    peer.wait_until(lambda: len(peer.weights) > seen, 'an estimate of the new pour')
    assert 'ERROR' in end(node)

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files that are no model, against the installed node over real DDS."""

import ctypes
import os
from pathlib import Path

from estimated_pour import end, JOINT, options, PARAMETERS, Pour, regular_samples, START_NS
import numpy as np
import onnx
from small_models import make_model, make_spec

from pour_force_estimator import find_model
from pour_force_estimator.model.spec import FeatureSpec


def model_of_two_files(folder):
    """Write the shipped model with its weights in a file of their own; return both paths."""
    model = onnx.load(find_model())
    path = folder / 'model.onnx'
    onnx.save_model(
        model, path, save_as_external_data=True, location='weights.bin', size_threshold=0
    )
    return path, folder / 'weights.bin'


class Watch:
    """Tells whether any process opens or reads a file (inotify)."""

    OPEN, ACCESS = 0x20, 0x01

    def __init__(self, path):
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK)
        assert (
            libc.inotify_add_watch(self._descriptor, os.fsencode(path), self.OPEN | self.ACCESS)
            >= 0
        )

    def has_seen(self):
        """Return whether the file was opened or read since the last call."""
        try:
            return bool(os.read(self._descriptor, 4096))
        except BlockingIOError:
            return False

    def close(self):
        """Stop watching."""
        os.close(self._descriptor)


def test_files_that_are_no_model_fail_the_configuration_with_one_error_each(
    start_estimator, peer, tmp_path
):
    content = Path(find_model()).read_bytes()
    bad = {}
    for name, data in (
        ('truncated', content[: len(content) // 2]),
        ('empty', b''),
        ('text', b'no model\n' * 50),
        ('last_byte', content[:-1]),
        ('zeros', bytes(1000)),
    ):
        bad[name] = tmp_path / f'{name}.onnx'
        bad[name].write_bytes(data)
    bad['folder'] = tmp_path
    node = start_estimator('unconfigured')
    for path in bad.values():
        assert peer.set_parameters(model=str(path)).successful
        assert not peer.change_state('configure')
        assert peer.state() == 'unconfigured'
    assert peer.set_parameters(model='robot_trials').successful
    assert peer.change_state('configure') and peer.change_state('activate')
    peer.wait_for_estimator()
    pour = Pour(peer)
    pour.send(regular_samples(26))
    pour.check()
    errors = [line for line in end(node).splitlines() if 'error' in line.lower()]
    assert len(errors) == len(bad), errors
    for path, error in zip(bad.values(), errors):
        assert 'ERROR' in error and str(path) in error


def test_weights_in_another_file_are_refused_and_never_read(start_installed, peer, tmp_path):
    path, weights = model_of_two_files(tmp_path)
    watch = Watch(weights)
    weights.read_bytes()
    assert watch.has_seen()  # the watch works
    assert not watch.has_seen()
    # In the folder of the weights, where a name without a folder would find them.
    node = start_installed(
        'estimator', *options({**PARAMETERS, 'autostart': False, 'model': path}), cwd=tmp_path
    )
    assert not peer.change_state('configure')
    assert peer.state() == 'unconfigured'
    assert peer.set_parameters(model='robot_trials').successful
    assert peer.change_state('configure')
    (error,) = [line for line in end(node).splitlines() if 'ERROR' in line]
    assert f'{path}: expected one file that holds all weights' in error
    assert not watch.has_seen()
    watch.close()


def test_a_step_that_is_no_number_ends_the_estimate_as_a_gap_does(start_estimator, peer, tmp_path):
    # Finite over the range that it states, infinite in float32 some steps after 60 degree.
    path = tmp_path / 'overflows.onnx'
    path.write_bytes(
        make_model(make_spec([FeatureSpec('theta', 'degree', 0.0, 1.0, 0.0, 1.0)]), gain=1e36)
    )
    node = start_estimator(model=str(path))
    samples = regular_samples(125)
    for stamp_ns, tilt in samples:
        peer.send_joint_state(stamp_ns, (JOINT,), (tilt,))
    status, values = peer.wait_for_status(lambda status, _: b'\x02' == status.level, 'an ERROR')
    assert 'gave no number' in status.message and 'call ~/reset' in status.message
    assert int(values['samples model_step']) == 1
    assert np.isfinite(peer.weights).all() and len(peer.weights) < 60
    assert peer.reset().success  # and a new pour has its estimates
    seen = len(peer.weights)
    for stamp_ns, _ in regular_samples(20, START_NS + 10**10):
        peer.send_joint_state(stamp_ns, (JOINT,), (0.0,))
    peer.wait_until(lambda: len(peer.weights) > seen, 'an estimate of the new pour')
    assert 'ERROR' in end(node)

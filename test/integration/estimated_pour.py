# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sends pours to the installed estimator and compares what comes with the offline estimate."""

import math
import signal
import struct

import numpy as np

from pour_force_estimator import PourContext, PourEstimator, StepModel
from pour_force_estimator.context import CONTEXT_FIELDS

JOINT = 'wrist_3_joint'
START_NS = 1_700_000_000_000_000_000
CONTEXT = PourContext(4.0, 1.5, cup_height=0.120, cup_diameter=0.121, relative_density=1.0)


def context_parameters(context, separator='__'):
    """Return the parameters of what is known of a pour, a dict."""
    return {
        f'pour{separator}{name}': getattr(context, name)
        for name in CONTEXT_FIELDS
        if getattr(context, name) is not None
    }


PARAMETERS = context_parameters(CONTEXT, '.')
LOSSLESS = {
    'qos_overrides./joint_states.subscription.reliability': 'reliable',
    'qos_overrides./joint_states.subscription.depth': 1000,
}
RATE_HZ = 125.0
MODEL = StepModel.load()


def regular_samples(n, start_ns=START_NS, rate_hz=RATE_HZ):
    """Stamps [ns] and tilts [rad] of a pour; sample 25, 50 ... lies on a tick of the model."""
    return [
        (start_ns + round(count * 1e9 / rate_hz), 1.4 * math.sin(math.pi * count / 250))
        for count in range(n)
    ]


def offline_estimates(samples, context=CONTEXT, **options):
    estimator = PourEstimator(MODEL, context, **options)
    return [estimate for sample in samples for estimate in estimator.update(*sample)]


def bits(numbers):
    """Return floats as bytes: 0.0 is not -0.0, and a NaN equals itself."""
    return struct.pack(f'{len(numbers)}d', *numbers)


class Pour:
    """
    Sends joint states, and keeps what an offline estimator makes of those that count.

    `context` is that of the first pour, `model` that of the node, whose process is `node`; options
    are those of the offline `estimator`.
    """

    def __init__(self, peer, context=CONTEXT, model=MODEL, node=None, **options):
        self._peer = peer
        self.node = node
        self.estimator = PourEstimator(model, context, **options)
        self._unanswered = 0
        self._is_answered = False
        self.expected = []

    def send(self, samples, names=(JOINT,), other_positions=()):
        """Send samples that count, no faster than the node takes them."""
        for stamp_ns, tilt in samples:
            self.send_aside(stamp_ns, names, (tilt, *other_positions))
            estimates = self.estimator.update(stamp_ns, tilt)
            self.expected += estimates
            self._is_answered = bool(estimates)
            if self._unanswered >= 20:
                self.wait()
        self.wait()

    def send_aside(self, stamp_ns, names, positions):
        """Send a joint state that must have no effect."""
        self._peer.send_joint_state(stamp_ns, names, positions)
        self._unanswered += 1
        self._is_answered = False

    def follow(self, samples):
        """Expect what samples give that were sent aside."""
        for stamp_ns, tilt in samples:
            estimates = self.estimator.update(stamp_ns, tilt)
            self.expected += estimates
        self._is_answered = bool(estimates)

    def wait(self):
        """Wait for all estimates that are due."""
        self._peer.wait_until(
            lambda: min(len(self._peer.weights), len(self._peer.wrenches)) >= len(self.expected),
            f'estimate {len(self.expected)}',
        )
        self._unanswered = 0

    def reset(self, context=None):
        """
        Start a new pour, with `context` if it has changed; return what the node says of it.

        The service may overtake joint states that wait: the last one sent must have been answered.
        """
        assert self._is_answered or self.estimator.status.interruption
        response = self._peer.reset()
        assert response.success
        self.estimator.reset(context)
        return response.message

    def check(self):
        """Assert that exactly what was expected was published; return what diagnostics say."""
        assert self.expected
        self._peer.statuses.clear()
        self.reset()
        _, values = self._peer.wait_for_values({'poured weight [N]': '-'})  # of a new pour
        assert values['estimates'] == str(len(self.expected))
        stamps = [estimate.stamp_ns for estimate in self.expected]
        assert [stamp_ns for stamp_ns, _ in self._peer.wrenches] == stamps
        weights = [estimate.poured_weight for estimate in self.expected]
        assert bits(self._peer.weights) == bits(weights)
        assert bits([-force for _, force in self._peer.wrenches]) == bits(weights)
        assert np.all(np.isfinite(weights))
        return values


def options(parameters):
    """Return command line options for `parameters`."""
    return [
        part
        for name, value in parameters.items()
        for part in ('-p', f'{name}:={str(value).lower() if isinstance(value, bool) else value}')
    ]


def end(node, number=signal.SIGINT):
    """End a node as Ctrl-C would, or another signal; return what it printed before."""
    node.send_signal(number)
    output, _ = node.communicate()
    assert node.returncode == 0, output
    assert 'Traceback' not in output
    return output

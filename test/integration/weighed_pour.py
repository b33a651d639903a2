# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Pours that are weighed, sent to an installed estimator whose model learns from that."""

import math

from estimated_pour import bits, context_parameters, Pour, START_NS
from small_models import make_model, make_spec

from pour_force_estimator import PourContext, StepModel
from pour_force_estimator.cups.spec import CupSpec
from pour_force_estimator.hypotheses.mounting_file import read_mountings
from pour_force_estimator.model.interval import IntervalSpec
from pour_force_estimator.units import rad_to_degree

CUP = CupSpec.of_size(0.150, 0.090, discharge=0.5, pours=12)
"""A cup that the model knows; that of `small_bags`."""

OTHER_CUP = CupSpec.of_size(0.120, 0.121, pours=12)
INTERVAL = IntervalSpec.uniform(coverage=0.9, noise=0.01, factor=1.0)
CONTENT = make_model(make_spec(name='learns', cups=(CUP, OTHER_CUP), interval=INTERVAL))
MODEL = StepModel(CONTENT)
CONTEXT = PourContext(initial_weight=4.0, cup_height=CUP.height, cup_diameter=CUP.diameter)
PARAMETERS = context_parameters(CONTEXT)

SAMPLES = [
    (START_NS + 8_000_000 * count, max(1.2 * math.sin(math.pi * count / 250), 0.0))
    for count in range(276)
]
"""A pour in 2 s and a rest; the last sample lies on a tick of the model."""


def write_model(folder):
    """Write the model that learns; return its path."""
    path = folder / 'learns.onnx'
    path.write_bytes(CONTENT)
    return path


class Session(Pour):
    """Pours from one cup in one mounting, some weighed; options are those of the estimator."""

    def __init__(self, peer, **options):
        super().__init__(peer, CONTEXT, MODEL, **options)
        self._later_ns = 0

    def pour(self):
        """Pour; return what was expected and came."""
        before = len(self.expected)
        if before:
            self.reset()
        samples = [(stamp_ns + self._later_ns, tilt) for stamp_ns, tilt in SAMPLES]
        self._later_ns += 10_000_000_000
        self.send(samples)
        weights = [estimate.poured_weight for estimate in self.expected[before:]]
        assert bits(self._peer.weights[before:]) == bits(weights)
        return self.expected[before:]

    def learn(self):
        """Pour, and say that it was less than estimated; return what was expected and came."""
        estimates = self.pour()
        self.weigh(0.6 * estimates[-1].poured_weight)
        return estimates

    def weigh(self, poured_weight):
        """Say what was poured [N], and wait until that was learned."""
        self.estimator.weigh(poured_weight)
        self._peer.statuses.clear()
        self._peer.weigh(poured_weight)
        self.wait_for_mounting()

    def wait_for_mounting(self):
        """Wait for a status that says what the offline estimator knows of the mounting."""
        mounting = self.estimator.mounting
        offset = f'{rad_to_degree(mounting.offset):+.1f} ± {rad_to_degree(mounting.spread):.1f}'
        values = {'pours weighed': str(mounting.pours_weighed), 'mounting offset [degree]': offset}
        self._peer.wait_for_values(values)

    def wait_for_file(self, path):
        """Wait until a file holds what the offline estimator knows."""

        def is_there():
            stored = read_mountings(path)
            return bool(stored) and stored[0].mounting == self.estimator.mounting.to_dict()

        self._peer.wait_until(is_there, f'the mounting in {path}')

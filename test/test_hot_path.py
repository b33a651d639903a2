# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What a tick keeps and a model computes: a guard against slow changes.

The limits are what was counted when the code was measured (docs/performance.md). Whoever raises
one should run ``python -m benchmarks`` before and after.
"""

from dataclasses import replace
import gc
import tracemalloc

import onnxruntime
import pytest
from small_models import INTERVAL, make_model, make_spec
from small_recipe import untrained_model

from pour_force_estimator import PourContext, PourEstimator, StepModel

FEATURES = ('theta', 'theta_velocity', 'capacity', 'excess', 'largest_excess', 'f_init')
CONTEXT = PourContext(initial_weight=4.0, cup_height=0.12, cup_diameter=0.121)
TICK_NS = 16_666_667


def estimator_at_work(interval=None):
    """Return an estimator in the middle of a pour, and the stamp of its last tick [ns]."""
    spec = make_spec(FEATURES if interval is None else None, interval=interval)
    estimator = PourEstimator(StepModel(make_model(spec)), CONTEXT)
    for tick in range(300):
        estimator.update(tick * TICK_NS, 0.3)
    return estimator, 299 * TICK_NS


def allocated_by(function, repetitions):
    """Return how far above the start memory was at most in a call, and what is left [bytes]."""
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        for _ in range(repetitions):  # what is kept to be used again is allocated now
            function()
        before, _ = tracemalloc.get_traced_memory()
        highest = 0
        for _ in range(repetitions):
            tracemalloc.reset_peak()
            began, _ = tracemalloc.get_traced_memory()
            function()
            highest = max(highest, tracemalloc.get_traced_memory()[1] - began)
        return highest, tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()


def test_allocations_are_seen():
    highest, left = allocated_by(lambda: bytes(10_000), 3)
    assert highest >= 10_000 > left
    kept = []
    assert allocated_by(lambda: kept.append(bytes(10_000)), 3)[1] >= 30_000


@pytest.mark.parametrize(('interval', 'most'), [(None, 1024), (INTERVAL, 16384)])
def test_a_tick_allocates_little_and_keeps_nothing(interval, most):
    estimator, stamp_ns = estimator_at_work(interval)

    def tick():
        nonlocal stamp_ns
        stamp_ns += TICK_NS
        estimator.update(stamp_ns, 0.31)

    highest, left = allocated_by(tick, 2000)
    assert highest <= most, highest
    assert left <= most / 4, left


@pytest.mark.parametrize(
    ('name', 'nodes'),
    [('multi_gru', 62), ('single_gru', 21), ('multi_lstm', 56), ('single_lstm', 20)],
)
def test_nodes_of_the_graph(random_network, tmp_path, name, nodes):
    """As ONNX Runtime runs it; an exporter that unrolls or wraps in a Loop shows here."""
    operators = operators_of(random_network(name).content, tmp_path)
    assert 'Loop' not in operators and 'Scan' not in operators
    assert len(operators) <= nodes, len(operators)


def operators_of(content, folder):
    """Return the kinds of all nodes of a model's graph, as ONNX Runtime has optimized it."""
    onnx = pytest.importorskip('onnx')
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(folder / 'optimized.onnx')
    options.log_severity_level = 4
    onnxruntime.InferenceSession(content, options, providers=['CPUExecutionProvider'])
    return [node.op_type for node in onnx.load(folder / 'optimized.onnx').graph.node]


@pytest.mark.parametrize('members', [1, 3, 10])
def test_nodes_of_the_recipe(tmp_path, members):
    """One step as wide as all networks: as many operations for ten of them as for three."""
    pytest.importorskip('tensorflow')
    from training.recipe.settings import BEST

    operators = operators_of(untrained_model(replace(BEST, members=members)), tmp_path)
    assert not {'Loop', 'Scan', 'If'} & set(operators)
    assert len(operators) <= 31, len(operators)

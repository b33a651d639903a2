"""
Where the time of a tick goes, and what the options of ONNX Runtime give: hot, and after a pause.

::

    python -m benchmarks.tick_profile
    python -m benchmarks.tick_profile --model simulated

``hot`` is the median of calls right after each other; ``cold`` that of single calls after 10 ms
in which other work has taken the caches, as on a robot between two ticks. All take turns. The
update that is rehearsed is so shortly before the end of its pause, as by the node's executor.
docs/performance.md says what followed from it.
"""

import argparse
import sys
import time

import numpy as np
import onnxruntime

from pour_force_estimator import find_model, PourEstimator, PourForceEstimatorError, StepModel
from pour_force_estimator.features import FeatureBuilder
from pour_force_estimator.models import DEFAULT_MODEL
from pour_force_estimator.range_watch import RangeWatch
from pour_force_estimator.resampler import Resampler
from pour_force_estimator.ros.rehearsals import LEAD_NS

from .measure import paired_ratio, take_turns
from .networks import CONTEXT
from .step import ticking, tilt_at

BLOCKS, CALLS = 60, 200
COLD_CALLS = 100
PAUSE_S = 0.01

BARE = 'InferenceSession.run'
REHEARSED = 'whole update, rehearsed'


def parts_of_a_tick(model):
    """
    Return each part of `PourEstimator.update` as a call by name, a dict.

    The call `REHEARSED` has a rehearsal, its attribute of that name.
    """
    spec = model.spec
    builder = FeatureBuilder(
        spec.feature_names, spec.sample_rate_hz, spec.tilt_sign, spec.cups)
    builder.start(CONTEXT)
    row = builder.row(tilt_at(60)).copy()
    resampler, watch = Resampler(spec.sample_rate_hz), RangeWatch(spec.features)
    stream = model.stream()
    stamps = iter(range(0, 1 << 62, round(1e9 / spec.sample_rate_hz) + 1))
    rehearsed = PourEstimator(model, CONTEXT)
    update = ticking(rehearsed)
    update.rehearsal = rehearsed.rehearse
    return {
        'whole update': ticking(PourEstimator(model, CONTEXT)),
        REHEARSED: update,
        'resampler': lambda: resampler.push(next(stamps), 0.5),
        'features': lambda: builder.row(0.5),
        'watch on the range': lambda: watch.add(row),
        'step of the stream': lambda: stream.step(row),
    }


def options_of_onnx_runtime(content):
    """
    Return a step with each option as a call by name, a dict; the first is `BARE`.

    Parameters
    ----------
    content : bytes
        An exported model.

    """
    levels = onnxruntime.GraphOptimizationLevel
    plain = _session(content)
    return {
        BARE: _run(plain),
        'without the checks of its wrapper': _run(plain, unchecked=True),
        'no graph optimization': _run(_session(
            content, graph_optimization_level=levels.ORT_DISABLE_ALL)),
        'extended optimization': _run(_session(
            content, graph_optimization_level=levels.ORT_ENABLE_EXTENDED)),
        'no memory pattern': _run(_session(content, enable_mem_pattern=False)),
        'no arena': _run(_session(content, enable_cpu_mem_arena=False)),
        'IOBinding': _bound(plain),
        'IOBinding, no arena': _bound(_session(content, enable_cpu_mem_arena=False)),
    }


def measure(ways):
    """
    Measure calls hot and after a pause.

    Parameters
    ----------
    ways : dict of str to callable
        By name.

    Returns
    -------
    dict of str to (float, float, float, float)
        Hot [µs], its ratio to the first way, cold [µs], its ratio to the first way.

    """
    hot = take_turns({name: (call, CALLS) for name, call in ways.items()}, BLOCKS)
    cold = {name: [] for name in ways}
    for _ in range(COLD_CALLS):
        for name, call in ways.items():
            _pause(getattr(call, 'rehearsal', None))
            began_s = time.perf_counter()
            call()
            cold[name].append([time.perf_counter() - began_s])
    first = next(iter(ways))
    return {
        name: (1e6 * np.median(hot[name]), paired_ratio(hot[name], hot[first]),
               1e6 * np.median(cold[name]), paired_ratio(cold[name], cold[first]))
        for name in ways}


def _pause(rehearsal):
    """Let the caches get cold; call `rehearsal`, if there is one, shortly before the end."""
    if rehearsal is None:
        time.sleep(PAUSE_S)
        return
    lead_s = 1e-9 * LEAD_NS
    time.sleep(PAUSE_S - lead_s)
    rehearsal()
    time.sleep(lead_s)


def _session(content, **options):
    own = onnxruntime.SessionOptions()
    own.intra_op_num_threads = own.inter_op_num_threads = 1
    own.log_severity_level = 4
    for name, given in options.items():
        setattr(own, name, given)
    return onnxruntime.InferenceSession(content, own, providers=['CPUExecutionProvider'])


def _arrays(session):
    return {tensor.name: np.zeros((1, tensor.shape[1]), np.float32)
            for tensor in (*session.get_inputs(), *session.get_outputs())}


def _run(session, unchecked=False):
    arrays = _arrays(session)
    feed = {tensor.name: arrays[tensor.name] for tensor in session.get_inputs()}
    names = [tensor.name for tensor in session.get_outputs()]
    if unchecked:
        inner = session._sess
        return lambda: inner.run(names, feed, None)
    return lambda: session.run(names, feed)


def _bound(session):
    arrays, binding = _arrays(session), session.io_binding()
    for tensors, bind in ((session.get_inputs(), binding.bind_input),
                          (session.get_outputs(), binding.bind_output)):
        for tensor in tensors:
            array = arrays[tensor.name]
            bind(tensor.name, 'cpu', 0, np.float32, array.shape, array.ctypes.data)

    def call():
        session.run_with_iobinding(binding)
        return arrays
    return call


def main(argv=None):
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog='python -m benchmarks.tick_profile', description=__doc__.split('\n\n')[0])
    parser.add_argument(
        '--model', default=DEFAULT_MODEL,
        help='an ONNX file or a shipped model (default: %(default)s)')
    arguments = parser.parse_args(argv)
    try:
        path = find_model(arguments.model)
        model = StepModel.load(path)
    except PourForceEstimatorError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    for title, ways in (
            ('parts of a tick', parts_of_a_tick(model)),
            ('a step with', options_of_onnx_runtime(path.read_bytes()))):
        print(f'{title:36}{"hot [µs]":>10}{"ratio":>8}{"cold [µs]":>11}{"ratio":>8}')
        for name, (hot, hot_ratio, cold, cold_ratio) in measure(ways).items():
            print(f'{name:36}{hot:10.2f}{hot_ratio:8.2f}{cold:11.1f}{cold_ratio:8.2f}')
    return 0


if __name__ == '__main__':
    sys.exit(main())

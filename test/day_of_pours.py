# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What importing many pours costs: a day of an arm is some thousand.

::

    PYTHONPATH=.:test python test/day_of_pours.py 100 400 1300
"""

from dataclasses import replace
from pathlib import Path
import sys
import tempfile
import time

import numpy as np
from small_bags import joint_states, readings, record, Recording, write_bag, write_context

from training.rosbag.__main__ import main

_BASE = 25
"""Different pours, which are repeated."""


def many_pours(tilts: int) -> Recording:
    """Return a recording at 50 Hz of `tilts` pours, a multiple of 25."""
    base, times = record(_BASE, seed=4, rate_hz=50.0), tilts // _BASE
    duration_s, poured = float(base.time_s[-1]) + 0.02, sum(base.poured)
    return replace(
        base,
        time_s=np.concatenate([base.time_s + index * duration_s for index in range(times)]),
        tilt=np.tile(base.tilt, times),
        left=np.concatenate([base.left + index * poured for index in range(times)]),
        initial_weights=base.initial_weights * times,
        poured=base.poured * times,
        starts_s=[
            start_s + index * duration_s for index in range(times) for start_s in base.starts_s
        ],
    )


def import_many(folder: Path, tilts: int) -> tuple[float, float]:
    """Import `tilts` pours into a folder; return length of the recording and CPU time [s]."""
    recording = many_pours(tilts)
    bag = write_bag(
        folder / f'bag_{tilts}', [*joint_states(recording), *readings(recording, rate_hz=25.0)]
    )
    context = write_context(folder / 'context.yaml', recording)
    began_s = time.process_time()
    output = folder / f'pours_{tilts}.npy'
    sources = ['--joints', 'wrist_3_joint', '--scale', '/scale', '--context', str(context)]
    assert main([str(bag), *sources, '--output', str(output)]) == 0
    return float(recording.time_s[-1]), time.process_time() - began_s


if __name__ == '__main__':
    for count in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as temporary:
            recorded_s, cpu_s = import_many(Path(temporary), count)
        print(
            f'{count} tilts, {recorded_s / 3600.0:.2f} h: {cpu_s:.1f} s of CPU time, '
            f'{1000.0 * cpu_s / count:.0f} ms a tilt',
            file=sys.stderr,
        )

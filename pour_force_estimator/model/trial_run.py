# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Steps of a model before it is used: a file that loads need not run.

A graph may divide by zero, gather out of range or give another shape, and show so only at a step,
with the cup tilted and the robot pouring. So it takes its steps when it is loaded, over the whole
range of each feature: for the tilt, from an upright cup to one that is tilted as far as ever.
"""

import time
from typing import Any

import numpy as np

from ..errors import ModelContractError, ModelStepError
from ..text import one_line
from .step_stream import StepStream

STEPS = 24
"""Steps over the ranges of the features, and as many back."""


def try_steps(session: Any, spec: Any) -> None:
    """
    Raise `ModelContractError` unless steps run, in time, and give finite numbers.

    Parameters
    ----------
    session : onnxruntime.InferenceSession
        The model.
    spec : ModelSpec
        Its metadata.

    """
    stream = StepStream(session, spec)
    low, high = (
        np.array([[getattr(feature, name) for feature in spec.features]])
        for name in ('low', 'high')
    )
    tilts = [index for index, feature in enumerate(spec.features) if feature.name == 'theta']
    best_s = float('inf')
    parts = np.linspace(0.0, 1.0, STEPS)
    for part in (*parts, *parts[::-1]):
        row = low + part * (high - low)
        row[0, tilts] = part * spec.tilt_sign * np.abs([low[0, tilts], high[0, tilts]]).max(0)
        began_s = time.perf_counter()
        try:
            weight, gates = stream.step(row.astype(np.float32))
        except ModelStepError as error:
            raise ModelContractError(f'trial step: {error}') from error
        best_s = min(best_s, time.perf_counter() - began_s)
        values = np.concatenate([[weight], gates.ravel(), stream.state.ravel()])
        if not np.isfinite(values).all():
            raise ModelContractError(
                'trial step: expected finite numbers over the range of each feature, received '
                f'weight {weight!r}, gates {one_line(gates.ravel()[:6].tolist())} and a state of '
                f'{int(np.isfinite(stream.state).sum())} finite values of {stream.state.size}'
            )
    # The fastest of all, since the machine may be busy with other things.
    if best_s > 1.0 / spec.sample_rate_hz:
        raise ModelContractError(
            f'trial step: expected less than {1e3 / spec.sample_rate_hz:.3g} ms, the time from '
            f'tick to tick, received {1e3 * best_s:.3g} ms'
        )

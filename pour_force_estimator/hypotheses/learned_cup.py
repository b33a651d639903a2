# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What weighed pours have told of a cup itself, as a cup that a model can know."""

from dataclasses import replace
import math

import numpy as np

from ..cups.spec import CupSpec
from ..errors import MountingError
from ..units import degree_to_rad
from .mounting import Mounting

_MIN_VARIANCE = 1e-9
"""Of the logarithm of the flow: below, one flow is all but certain, and nothing goes with it."""


def learned_cup(mounting: Mounting) -> CupSpec:
    """
    Return the cup of a mounting, with what is still unknown of it.

    Of several shapes that it may have, it is the most probable. The rest are moments of what is
    believed: `hypotheses_of` makes hypotheses of them that go on from here.

    Parameters
    ----------
    mounting : Mounting
        What was learned.

    Returns
    -------
    CupSpec
        To be expected in a new mounting. It is called as the cup was.

    Raises
    ------
    MountingError
        If no pour was weighed.

    """
    pours = mounting.pours_weighed + mounting.pours_before
    if not pours:
        raise MountingError('mounting: expected weighed pours to learn from, received none')
    cups = mounting.hypotheses.cups
    offsets_deg, probabilities = mounting.cup_distribution()
    of_cup = probabilities.sum(axis=1)
    shapes = [cup.table.digest for cup in cups]
    likely = max(
        dict.fromkeys(shapes), key=lambda shape: of_cup @ [digest == shape for digest in shapes]
    )
    rows = [row for row, shape in enumerate(shapes) if shape == likely]
    weights = probabilities[rows] / probabilities[rows].sum()

    base = cups[rows[0]]
    flows = np.log([cups[row].discharge / base.discharge for row in rows])
    offsets = np.array([cups[row].angle_offset for row in rows])
    angles = offsets[:, np.newaxis] + degree_to_rad(offsets_deg)
    flow, angle = weights.sum(axis=1) @ flows, float((weights * angles).sum())
    variance = float(weights.sum(axis=1) @ np.square(flows - flow))
    together = float((weights * (flows - flow)[:, np.newaxis] * (angles - angle)).sum())
    slope = together / variance if variance > _MIN_VARIANCE else 0.0
    residual = float((weights * np.square(angles - angle)).sum()) - slope * together
    # Few flows stand for all: between two of them it is unknown still.
    between = float(np.ptp(flows)) / max(len(flows) - 1, 1) / math.sqrt(12.0)
    return replace(
        base,
        discharge=base.discharge * math.exp(flow),
        choke=None if base.choke is None else base.choke * math.exp(flow),
        angle_offset=angle,
        pours=(base.pours or 0) + pours,
        flow_spread=math.hypot(math.sqrt(variance), between),
        offset_per_flow=slope,
        offset_spread=math.sqrt(max(residual, 0.0)),
    )

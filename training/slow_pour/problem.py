# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The fit of a capacity to a slow pour.

A cup that is tilted slowly holds its capacity and a little more, whose head over the lip drives
the flow. The fit starts from what the scale says is left, pours that capacity by the package's own
outflow, and corrects it by what is then wrong, so that the head, pauses and tilts that go back
are accounted for by the physics that the cup is used with.
"""

from dataclasses import replace
import math

import numpy as np

from pour_force_estimator.cups.cup import MAX_TILT
from pour_force_estimator.cups.outflow import capacity_and_rate
from pour_force_estimator.cups.spec import CupSpec, is_slender
from pour_force_estimator.cups.table import TYPICAL_BOTTLE
from pour_force_estimator.cups.tilt_table import NEARLY_EMPTY, TiltTable
from pour_force_estimator.hypotheses.grid import FLOW_SPREAD, SESSION_SPREAD_DEG
from pour_force_estimator.units import degree_to_rad, m3_to_ml, rad_to_degree

from ..errors import ShapeError
from .capacity import BIN, CapacityCurve
from .lag import lag_of_flow, WINDOW_S
from .pour_again import pour_again
from .pour_signal import block_means, PourSignal
from .quick_pour import DELAY_STEP_S, DISCHARGE_SPREAD
from .result import SlowPourFit

GOOD_HEAD, MAX_HEAD = 0.08, 0.4
"""Volume above the lip, relative to that in the cup: up to which a pour is a good slow one, and
beyond which it is none [-]."""

MAX_LIP_DELAY_S = 0.3
"""From the lip to the reading of a scale that does not lag; of shipped fits 0.12 at most [s]."""

GOOD_SPEED, MAX_SPEED = math.radians(5.0), math.radians(12.0)
"""The same of the mean speed of the tilt while it pours [rad/s]."""

_ADVISED_SPEED = math.radians(2.0)

_STEP_S = 1.0 / 30.0
"""Step of a simulated pour [s]."""

_ROUNDS = 5
"""Corrections of the capacity; the first two do nearly all."""

_DELAY_ROUNDS = 4

_MAX_GAP = math.radians(6.0)
"""Widest part of the tilts that a pour may rush through [rad]."""


class SlowPourProblem:
    """What is fitted to a slow pour: samples at `_STEP_S`, and the bins of its tilts."""

    def __init__(self, slow: PourSignal) -> None:
        self._slow = slow
        self._stride = max(1, round(_STEP_S * slow.rate_hz))
        self._step_s = self._stride / slow.rate_hz
        self._tilt = slow.tilt[:: self._stride]
        self._middle = (self._tilt[:-1] + self._tilt[1:]) / 2.0
        deepest = np.maximum.accumulate(self._tilt)
        noise = max(slow.noise, 1e-7)
        smooth = block_means(slow.poured, self._stride)
        # The last step at which nothing had left: noise passes for a flow now and then.
        dry = np.flatnonzero(smooth <= max(4.0 * noise, 0.004 * slow.initial))
        first = int(dry[-1]) + 1 if len(dry) else 0
        # What is left in the end does not tell more, so that it takes part for a second only.
        nearly_empty = np.flatnonzero(
            smooth >= smooth[-1] - max(2.0 * noise, 0.002 * slow.initial)
        )
        last = min(int(nearly_empty[0]) + round(1.0 / self._step_s), len(smooth) - 1)
        self._first, self._last = first, last
        low, high = float(deepest[first]), float(deepest[last])
        if high - low < 4.0 * BIN:
            raise ShapeError(
                f'{slow.name}: expected the cup to tilt by more than '
                f'{rad_to_degree(4.0 * BIN):.0f} degree while it pours, received '
                f'{rad_to_degree(high - low):.1f}: is it one slow motion from full to empty?'
            )
        self._bins = np.linspace(low, high, max(5, round((high - low) / BIN) + 1))
        self._bin = np.rint((deepest - low) / (self._bins[1] - self._bins[0])).astype(int)
        at_lip = self._tilt >= deepest - BIN
        takes_part = at_lip & (self._bin >= 0)
        takes_part[: self._first], takes_part[last + 1 :] = False, False
        self._used = np.flatnonzero(takes_part)
        self._weights = np.bincount(self._bin[self._used], minlength=len(self._bins)).astype(float)
        if self._speed() > MAX_SPEED:
            raise ShapeError(f'{slow.name}: {self._too_quick(self._speed())}')
        self._check_gaps()

    def curve(self, delay_s: float, discharge: float) -> tuple[CapacityCurve, float]:
        """Return the capacity with this delay and discharge, and the diameter of the lip [m]."""
        measured = self._left(delay_s)
        curve = self._binned(measured[self._used])
        lip = self._lip(curve)
        for _ in range(_ROUNDS):
            error = measured - self._poured_again(curve, lip, discharge)
            sums = np.bincount(self._bin[self._used], error[self._used], len(self._bins))
            means = sums / np.maximum(self._weights, 1.0)
            curve = CapacityCurve.of_bins(
                self._bins, curve.capacities + means, self._weights, self._slow.initial
            )
            lip = self._lip(curve)
        return curve, lip

    def best_delay(self, typical_s: float, discharge: float) -> float | None:
        """
        Return the delay [s] that the changes of the motion tell, None if they do not.

        Where the arm pauses or turns back, the flow changes with the motion and not with the
        shape of the cup. There the flow that the scale saw is shifted to the one of the fit.
        """
        delay_s = typical_s
        for _ in range(_DELAY_ROUNDS):
            curve, lip = self.curve(delay_s, discharge)
            lag_s = lag_of_flow(
                self._poured_again(curve, lip, discharge),
                self._left,
                self._changes_of_motion(),
                self._step_s,
                typical_s,
            )
            if lag_s is None:
                return None
            change_s, delay_s = lag_s - delay_s, lag_s
            if abs(change_s) < 0.5 * DELAY_STEP_S:
                break
        return delay_s

    def rmse(self, discharge: float, delay_s: float) -> float:
        """Return how far the pour is from its fit with this discharge and delay [m^3]."""
        curve, lip = self.curve(delay_s, discharge)
        return self._rmse(self._left(delay_s), self._poured_again(curve, lip, discharge))

    def _rmse(self, measured: np.ndarray, poured: np.ndarray) -> float:
        inside = slice(self._first, self._last + 1)
        return float(np.sqrt(np.mean((measured - poured)[inside] ** 2)))

    def _changes_of_motion(self) -> np.ndarray:
        """Return the steps at which the tilt begins or ceases to rise while it pours."""
        rate = np.diff(self._tilt) / self._step_s
        moving = float(np.median(rate[self._first : self._last]))
        stands = np.append(rate < 0.2 * moving, True)
        changes = np.flatnonzero(np.diff(stands.astype(int))) + 1
        last = self._last + round(WINDOW_S / self._step_s)
        return changes[(changes > self._first) & (changes <= last)]

    def cup(self, name: str, curve: CapacityCurve, lip: float, discharge: float) -> CupSpec:
        """Return the cup of a curve; beyond what was seen it holds what it held there."""
        areas = curve.areas(math.sqrt(lip * self._slow.diameter))
        tilts, capacities = curve.tilts, curve.capacities
        if tilts[0] > 0.0:
            tilts = np.concatenate([[0.0, self._onset(curve)], tilts])
            capacities = np.concatenate([[self._slow.initial] * 2, capacities])
            areas = np.concatenate([[areas[0]] * 2, areas])
        else:
            capacities = np.concatenate([[self._slow.initial], capacities[1:]])
        if tilts[-1] < MAX_TILT:
            tilts = np.append(tilts, MAX_TILT)
            capacities, areas = np.append(capacities, capacities[-1]), np.append(areas, areas[-1])
        return CupSpec(
            name,
            self._slow.height,
            self._slow.diameter,
            TiltTable(tilts, capacities, areas, np.full(len(tilts), lip)),
            discharge,
            pours=1,
        )

    def _lip(self, curve: CapacityCurve) -> float:
        """
        Return the diameter of the lip [m].

        A bottle loses little at first, so that the slope tells its neck badly: what a typical neck
        has counts as much.
        """
        lip = curve.lip_diameter(self._slow.diameter)
        if not is_slender(self._slow.height, self._slow.diameter):
            return lip
        return math.sqrt(lip * TYPICAL_BOTTLE.lip_ratio * self._slow.diameter)

    def _onset(self, curve: CapacityCurve) -> float:
        """
        Return the tilt [rad] at which the first drop left, shortly before a scale sees a flow.

        There the capacity is what was in the cup; it falls from there by its slope at first.
        """
        low = float(curve.tilts[0])
        if low <= 0.0:
            return 0.0
        missing = self._slow.initial - float(curve.capacities[0])
        slope = float(np.median(curve.slopes()[:8]))
        onset = low - missing / slope if slope > 0.0 else low
        return min(max(onset, 0.5 * low), 0.999 * low)

    def result(
        self,
        name: str,
        curve: CapacityCurve,
        lip: float,
        delay_s: float,
        discharge: float,
        is_delay_told: bool,
        is_discharge_told: bool,
        pours: int,
    ) -> SlowPourFit:
        """Return all that was found; raise an error if the pour was too quick for it."""
        slow, measured = self._slow, self._left(delay_s)
        poured = self._poured_again(curve, lip, discharge)
        head = np.maximum(poured - curve.capacity(self._tilt), 0.0)[self._used]
        speed = self._speed()
        worst = float(np.quantile(head, 0.9)) / slow.initial
        notes = list(slow.notes)
        if is_delay_told and delay_s > MAX_LIP_DELAY_S:
            notes.append(
                f'{delay_s:.2f} s from the lip to the reading is more than water needs: if it is '
                'the scale that lags, the estimate lags too (--scale-delay takes it off a bag)'
            )
        if worst > MAX_HEAD:
            raise ShapeError(f'{slow.name}: {self._too_quick(speed, worst)}')
        if worst > GOOD_HEAD or speed > GOOD_SPEED:
            notes.append(self._too_quick(speed, worst))
        left = float(curve.capacities[-1])
        if left > NEARLY_EMPTY * slow.initial:
            notes.append(
                f'{m3_to_ml(left):.0f} ml were left at {rad_to_degree(float(self._bins[-1])):.0f} '
                'degree: nothing is known of larger tilts'
            )
        return SlowPourFit(
            replace(
                self.cup(name, curve, lip, discharge),
                delay_s=max(delay_s, 0.0),
                pours=pours,
                flow_spread=DISCHARGE_SPREAD if is_discharge_told else FLOW_SPREAD,
                # all pours were of one mounting, whose offset is a part of the table
                offset_spread=degree_to_rad(SESSION_SPREAD_DEG),
            ),
            (self._onset(curve), float(self._bins[-1])),
            delay_s,
            is_delay_told,
            is_discharge_told,
            self._rmse(measured, poured),
            float(np.mean(head)),
            speed,
            left,
            np.arange(len(measured)) * self._step_s,
            self._tilt,
            measured,
            poured,
            tuple(notes),
        )

    def _left(self, delay_s: float) -> np.ndarray:
        """Return what the scale says is in the cup at each step, its delay removed [m^3]."""
        slow = self._slow
        steps = np.arange(len(slow.poured))
        shifted = np.interp(steps + delay_s * slow.rate_hz, steps, slow.poured)
        return np.clip(slow.initial - block_means(shifted, self._stride), 0.0, slow.initial)

    def _binned(self, volumes: np.ndarray) -> CapacityCurve:
        sums = np.bincount(self._bin[self._used], volumes, len(self._bins))
        return CapacityCurve.of_bins(
            self._bins, sums / np.maximum(self._weights, 1.0), self._weights, self._slow.initial
        )

    def _poured_again(self, curve: CapacityCurve, lip: float, discharge: float) -> np.ndarray:
        """Return what would be left in the cup at each step [m^3]."""
        vessel = self.cup('cup', curve, lip, discharge)
        capacity, rate = capacity_and_rate(vessel, self._middle)
        return pour_again(np.asarray(capacity), np.asarray(rate), self._slow.initial, self._step_s)

    def _speed(self) -> float:
        """Return the mean speed of the tilt while it pours [rad/s]."""
        rise = float(self._tilt[self._first : self._last + 1].max() - self._tilt[self._first])
        return rise / (max(self._last - self._first, 1) * self._step_s)

    def _too_quick(self, speed: float, head: float | None = None) -> str:
        advice = _ADVISED_SPEED
        above = ''
        if head is not None:
            # The head grows with the flow to the power of 2/3.
            advice = min(advice, max(speed * (0.7 * GOOD_HEAD / head) ** 1.5, advice / 4.0))
            above = (
                f', and {100.0 * head:.0f} % of what was in the cup stood above its lip (expected '
                f'{100.0 * GOOD_HEAD:.0f} % at most)'
            )
        return (
            f'the pour was quick: {rad_to_degree(speed):.1f} degree/s in the mean (expected '
            f'{rad_to_degree(GOOD_SPEED):.0f} at most){above}; tilt at about '
            f'{rad_to_degree(advice):.1f} degree/s'
        )

    def _check_gaps(self) -> None:
        seen = self._bins[np.flatnonzero(self._weights)]
        gap = int(np.argmax(np.diff(seen))) if len(seen) > 1 else 0
        if len(seen) < 2 or seen[gap + 1] - seen[gap] > _MAX_GAP:
            between = [f'{rad_to_degree(tilt):.0f}' for tilt in seen[gap : gap + 2]]
            raise ShapeError(
                f'{self._slow.name}: expected a motion that pours at all tilts, received none '
                f'between {" and ".join(between)} degree: tilt slowly and evenly'
            )

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Cuts single pours out of a tilt and a weight that were sampled together.

A pour begins at rest: the cup stands upright and the weight stands still. The tilt leaves upright,
returns, and the pour ends when the weight stands still again. What leaves upright and is no pour
is cut as well, with the reason, so that nobody has to guess why a pour is missing.

One tick after the other goes through `PourCutter`, live in the nodes and from bags alike, so that
both cut at the same places.
"""

import math

import numpy as np

from .cut import Cut, CutterSettings
from .judging import NOTHING_POURED, why_no_pour
from .rest import rest_slope, rise

_LEAD_S = 0.25
"""Rest that a pour begins with before its tilt moves [s], as the robot trials do."""

_REST_KEPT_S = 5.0
"""Rest that the drift of the scale is judged by [s]."""

_STILL = 0.01
"""Change of the tilt within `_LEAD_S` that is no motion yet [rad]."""

_NEAR_MAX = 0.95
"""Part of the largest tilt up to which the speed is measured: the end of the way up is slow."""


class PourCutter:
    """
    Cut pours while tilt and weight come in.

    Parameters
    ----------
    rate_hz : float
        Rate of the ticks [Hz].
    settings : CutterSettings
        What counts as a pour.
    sign : {1, -1, 0}
        1 if the reading of the scale grows as liquid leaves the cup, -1 if it falls, 0 for either.

    """

    def __init__(
        self, rate_hz: float, settings: CutterSettings | None = None, sign: int = 0
    ) -> None:
        self._settings = settings or CutterSettings()
        self._sign = sign
        self._upright_ticks = 0
        self._rest_ticks = max(4, round(self._settings.rest_s * rate_hz))
        self._lead_ticks = max(1, round(_LEAD_S * rate_hz))
        self._kept_ticks = max(self._rest_ticks, round(_REST_KEPT_S * rate_hz)) + self._lead_ticks
        self._forget()

    @property
    def tare(self) -> float | None:
        """What the scale read before the pour that is under way [N]; None if none is."""
        return self._tare if self._left is not None else None

    def push(self, stamp_ns: int, tilt: float, weight: float) -> Cut | None:
        """
        Take a tick.

        Parameters
        ----------
        stamp_ns : int
            Its time [ns], later than that of the tick before.
        tilt : float
            Tilt of the cup [rad], positive while it pours.
        weight : float
            Reading of the scale [N].

        Returns
        -------
        Cut or None
            What has ended with this tick.

        """
        is_upright = abs(tilt) <= self._settings.upright_tilt
        if not self._stamps and not is_upright:
            return None  # how it got there is unknown
        self._stamps.append(stamp_ns)
        self._tilts.append(tilt)
        self._weights.append(weight)
        self._upright_ticks = self._upright_ticks + 1 if is_upright else 0
        if self._left is None:
            if not is_upright:
                self._leave()
            elif len(self._stamps) > 2 * self._kept_ticks:  # now and then, or each tick would pay
                self._keep(self._kept_ticks)
            return None
        return self._follow(self._left)

    def interrupt(self, why: str) -> Cut | None:
        """
        End what is under way, since no tick follows the last one; the next one starts anew.

        Parameters
        ----------
        why : str
            What has happened, for `Cut.reason`.

        Returns
        -------
        Cut or None
            What was under way.

        """
        cut = self._cut(self._left, why) if self._left is not None else None
        self._forget()
        return cut

    def _forget(self) -> None:
        self._stamps: list[int] = []
        self._tilts: list[float] = []
        self._weights: list[float] = []
        self._left: int | None = None
        self._start = 0
        self._tare: float | None = None
        self._why_no_tare = ''
        self._upright_ticks = 0

    def _keep(self, count: int) -> None:
        """Keep the last `count` ticks as the rest before the next pour."""
        for values in (self._stamps, self._tilts, self._weights):
            del values[:-count]
        self._left = self._tare = None
        self._start = 0

    def _leave(self) -> None:
        """Note that the cup has left upright: where the motion began, and the rest before it."""
        self._left = len(self._stamps) - 1
        begin = self._left  # of the motion, or up to `_LEAD_S` after it
        while begin >= self._lead_ticks and (
            self._tilts[begin] - self._tilts[begin - self._lead_ticks] > _STILL
        ):
            begin -= 1
        self._start = max(begin - 2 * self._lead_ticks, 0)
        self._drift = self._drift_error = math.nan
        stop = begin - self._lead_ticks
        self._why_no_tare = (
            'no rest before it: expected the cup upright and the weight still for '
            f'{self._settings.rest_s:g} s'
        )
        if stop < self._rest_ticks:
            return
        rest = self._weights[stop - self._rest_ticks : stop]
        if abs(rise(rest)) > self._settings.rest_change:
            self._why_no_tare += f', received a weight that changes by {rise(rest):+.2f} N'
        else:
            self._tare = float(np.mean(rest))
            first = self._still_since(stop)
            self._drift, self._drift_error = rest_slope(
                np.array(self._stamps[first:stop]), np.array(self._weights[first:stop])
            )

    def _still_since(self, stop: int) -> int:
        """Return since which tick the weight has stood still up to tick `stop`: no refilling."""
        first, block = stop - self._rest_ticks, self._lead_ticks
        limit = self._settings.rest_change + 6.0 * float(np.std(self._weights[first:stop]))
        while first >= block:
            around = self._weights[first - block : first + block]
            if max(around) - min(around) > limit:
                break
            first -= block
        return first

    def _follow(self, left: int) -> Cut | None:
        """Return what has ended with the last tick, after the cup has left upright."""
        settings = self._settings
        if self._upright_ticks >= self._rest_ticks:
            rest = self._weights[-self._rest_ticks :]
            waited_s = (self._stamps[-1] - self._stamps[-self._upright_ticks]) * 1e-9
            if self._tare is None:
                return self._end(self._cut(left, self._why_no_tare))
            if abs(rise(rest)) <= settings.rest_change:
                return self._end(self._judge(left, self._tare, float(np.mean(rest))))
            if waited_s > settings.settle_s:
                return self._end(
                    self._cut(
                        left,
                        f'the weight never settled: after {settings.settle_s:g} s it '
                        'still changes '
                        f'by {2.0 * rise(rest) / settings.rest_s:+.3f} N/s',
                    )
                )
        elif (
            not self._upright_ticks
            and (self._stamps[-1] - self._stamps[left]) * 1e-9 > settings.max_duration_s
        ):
            return self.interrupt(f'never upright again within {settings.max_duration_s:g} s')
        return None

    def _judge(self, left: int, tare: float, weight: float) -> Cut:
        """Return the pour that took the reading from `tare` to `weight` [N], or why it is none."""
        change = weight - tare
        reason = why_no_pour(
            self._settings,
            self._sign,
            change,
            tare,
            (self._drift, self._drift_error),
            *(
                np.array(values[self._start :])
                for values in (self._stamps, self._tilts, self._weights)
            ),
        )
        return self._cut(left, reason, change, reason.startswith(NOTHING_POURED))

    def _end(self, cut: Cut) -> Cut:
        """Return `cut`; its last rest is the first of the next."""
        self._keep(self._rest_ticks)
        return cut

    def _cut(
        self, left: int, reason: str, change: float = math.nan, poured_nothing: bool = False
    ) -> Cut:
        """Return what is under way since tick `left`."""
        way_up = self._tilts[left:]
        max_tilt = max(way_up)
        near = next(
            index
            for index, tilt in enumerate(way_up)
            if tilt >= min(_NEAR_MAX * max_tilt, max_tilt)
        )
        way_s = (self._stamps[left + near] - self._stamps[left - 1]) * 1e-9
        rise_rad = way_up[near] - self._tilts[left - 1]
        return Cut(
            self._stamps[self._start],
            self._stamps[-1],
            reason,
            tare=math.nan if self._tare is None else self._tare,
            change=change,
            drift=self._drift,
            max_tilt=max_tilt,
            tilt_speed=rise_rad / way_s,
            left_ns=self._stamps[left],
            poured_nothing=poured_nothing,
        )


def cut_pours(
    stamps_ns: np.ndarray,
    tilt: np.ndarray,
    weight: np.ndarray,
    rate_hz: float,
    settings: CutterSettings | None = None,
    sign: int = 0,
    why_ended: str = 'the recording ends before the weight has settled',
) -> list[Cut]:
    """
    Cut the pours of a signal without gaps.

    Parameters
    ----------
    stamps_ns : ndarray of shape (n,), int
        Times of the ticks [ns].
    tilt : ndarray of shape (n,)
        Tilt of the cup [rad].
    weight : ndarray of shape (n,)
        Reading of the scale [N].
    rate_hz : float
        Rate of the ticks [Hz].
    settings : CutterSettings, optional
        What counts as a pour.
    sign : {1, -1, 0}
        See `PourCutter`.
    why_ended : str
        Reason of what is under way at the end.

    Returns
    -------
    list of Cut
        In the order of time, pours and others.

    """
    cutter = PourCutter(rate_hz, settings, sign)
    cuts = [cutter.push(*tick) for tick in zip(stamps_ns.tolist(), tilt.tolist(), weight.tolist())]
    cuts.append(cutter.interrupt(why_ended))
    return [cut for cut in cuts if cut is not None]

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Joint angles and weights as they come in live, brought together and cut into pours.

The stamps of the joint states are the one clock: a weight counts from the newest joint state on
that has come before it. That is as exact as cutting needs, and holds for a scale whose messages
have no stamp, under simulated time and while a bag is replayed.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
import math

from ..resampler import Resampler
from .cut import Cut, CutterSettings
from .cutter import PourCutter
from .spikes import judge_spikes, REST_NS, SpikeFilter

RATE_HZ = 60.0
"""Rate of the ticks that pours are cut at [Hz]."""

MAX_SILENCE_S = 0.5
"""Longest time between two readings of a scale during a pour [s]."""

_S = 1_000_000_000

_MAX_READINGS = 100_000
"""Readings whose stamps are kept to count those of a pour: a pour of 75 s at 1300 Hz."""


class PourStream:
    """
    Cut pours out of live samples; spikes of the scale are left out, and counted.

    Parameters
    ----------
    settings : CutterSettings, optional
        What counts as a pour.
    sign : {1, -1, 0}
        See `PourCutter`.

    Attributes
    ----------
    stamp_ns : int or None
        Stamp of the newest joint state [ns].
    weight : float or None
        Newest reading of the scale [N].

    """

    def __init__(self, settings: CutterSettings | None = None, sign: int = 0) -> None:
        self._cutter = PourCutter(RATE_HZ, settings, sign)
        self._resampler = Resampler(RATE_HZ)
        self.stamp_ns: int | None = None
        self.weight: float | None = None
        self._weighed_ns: int | None = None
        self._filter = SpikeFilter()
        self._readings_ns: deque[int] = deque(maxlen=_MAX_READINGS)
        self._spikes_ns: deque[int] = deque(maxlen=_MAX_READINGS)

    @property
    def tare(self) -> float | None:
        """What the scale read before the pour that is under way [N]; None if none is."""
        return self._cutter.tare

    def add_weight(
        self, weight: float, stamp_ns: int | None = None
    ) -> Sequence[tuple[int | None, float]]:
        """
        Take a reading of the scale.

        Parameters
        ----------
        weight : float
            The reading [N]; one that is not finite counts as none.
        stamp_ns : int, optional
            Its own stamp [ns]; by default that of the newest joint state.

        Returns
        -------
        sequence of (int or None, float)
            Stamps [ns], None before the first joint state, and readings [N] that are known to be
            no spikes with this one: itself, most often.

        """
        if not math.isfinite(weight):
            return ()
        self._weighed_ns = self.stamp_ns
        if self.stamp_ns is not None:
            self._readings_ns.append(self.stamp_ns)
        readings = self._filter.push((self.stamp_ns, stamp_ns or self.stamp_ns), weight)
        if readings:
            self.weight = readings[-1][1]
        self._spikes_ns.extend(
            joints_ns for joints_ns, _ in self._filter.take_spikes() if joints_ns is not None
        )
        return [(reading_ns, value) for (_, reading_ns), value in readings]

    def add_tilt(self, stamp_ns: int, tilt: float) -> list[Cut]:
        """
        Take a tilt of the cup.

        Parameters
        ----------
        stamp_ns : int
            Stamp of the joint state [ns].
        tilt : float
            Tilt of the cup [rad].

        Returns
        -------
        list of Cut
            What has ended with it, most often nothing.

        """
        cuts: list[Cut | None] = []
        ticks = self._resampler.push(stamp_ns, tilt)
        if self._resampler.interruption is not None:
            cuts.append(
                self._judged(
                    self._cutter.interrupt(f'{self._resampler.interruption} of the joint states')
                )
            )
            ticks = self._resampler.restart()
            self.stamp_ns = self._weighed_ns = None
            self._filter = SpikeFilter()
            self._readings_ns.clear()
            self._spikes_ns.clear()
        if self.stamp_ns is None or stamp_ns > self.stamp_ns:  # a late one is no news
            self.stamp_ns = stamp_ns
        if self._weighed_ns is None:  # a weight of before the first joint state has no stamp
            self._weighed_ns = stamp_ns
        for tick in ticks:
            silence_s = (tick.stamp_ns - self._weighed_ns) / _S
            if self.weight is None or silence_s > MAX_SILENCE_S:
                cuts.append(
                    self._judged(
                        self._cutter.interrupt(f'no reading of the scale for {silence_s:.1f} s')
                    )
                )
            else:
                cuts.append(
                    self._judged(self._cutter.push(tick.stamp_ns, tick.value, self.weight))
                )
        return [cut for cut in cuts if cut is not None]

    def _judged(self, cut: Cut | None) -> Cut | None:
        """Note the spikes of a cut; refuse it if they are too many."""
        if cut is None:
            return None
        since_ns = cut.start_ns - REST_NS
        spikes, readings = (
            len(stamps) - bisect_left(stamps, since_ns)
            for stamps in (self._spikes_ns, self._readings_ns)
        )
        return judge_spikes(cut, spikes, readings)

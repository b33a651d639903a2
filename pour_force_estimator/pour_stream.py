"""
Joint angles and weights as they come in live, brought together and cut into pours.

The stamps of the joint states are the one clock: a weight counts from the newest joint state on
that has come before it. That is as exact as cutting needs, and holds for a scale whose messages
have no stamp, under simulated time and while a bag is replayed.
"""

import math

from .pour_cutter import PourCutter
from .resampler import Resampler

RATE_HZ = 60.0
"""Rate of the ticks that pours are cut at [Hz]."""

LONGEST_SILENCE_S = 0.5
"""Longest time between two readings of a scale during a pour [s]."""

_S = 1_000_000_000


class PourStream:
    """
    Cut pours out of live samples.

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

    def __init__(self, settings=None, sign=0):
        self._cutter = PourCutter(RATE_HZ, settings, sign)
        self._resampler = Resampler(RATE_HZ)
        self.stamp_ns = self.weight = None
        self._weighed_ns = None

    @property
    def tare(self):
        """What the scale read before the pour that is under way [N]; None if none is."""
        return self._cutter.tare

    def add_weight(self, weight):
        """Take a reading of the scale [N]; one that is not finite counts as none."""
        if math.isfinite(weight):
            self.weight = weight
            self._weighed_ns = self.stamp_ns

    def add_tilt(self, stamp_ns, tilt):
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
        cuts = []
        ticks = self._resampler.push(stamp_ns, tilt)
        if self._resampler.interruption is not None:
            cuts.append(self._cutter.interrupt(
                f'{self._resampler.interruption} of the joint states'))
            self._resampler.reset()
            self.stamp_ns = self._weighed_ns = None
            ticks = self._resampler.push(stamp_ns, tilt)
        if self.stamp_ns is None or stamp_ns > self.stamp_ns:  # a late one is no news
            self.stamp_ns = stamp_ns
        if self._weighed_ns is None:  # a weight of before the first joint state has no stamp
            self._weighed_ns = stamp_ns
        for tick in ticks:
            silence_s = (tick.stamp_ns - self._weighed_ns) / _S
            if self.weight is None or silence_s > LONGEST_SILENCE_S:
                cuts.append(self._cutter.interrupt(
                    f'no reading of the scale for {silence_s:.1f} s'))
            else:
                cuts.append(self._cutter.push(tick.stamp_ns, tick.value, self.weight))
        return [cut for cut in cuts if cut is not None]

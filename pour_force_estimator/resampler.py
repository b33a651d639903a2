"""
Stamped samples of any rate in, ticks of the model's rate out.

A recurrent network learned at a fixed rate and must be stepped at that rate. Tick k lies at
t0 + k / rate, where t0 is the stamp of the first sample; it is emitted when the first sample at or
after that time arrives, with the value interpolated between the two samples around it. Only stamps
count: the same samples give the same ticks whenever they are delivered.

=================  =================================================  ===========================
case               when                                               what happens
=================  =================================================  ===========================
``repeated``       the stamp equals the last one                      sample dropped, counted
``out_of_order``   the stamp is earlier than the last one             sample dropped, counted
``bridged``        three ticks or more lie between two samples        interpolated, counted
``gap``            samples lie more than the allowed gap apart        interruption
``time_jump``      the stamp is earlier by more than the threshold    interruption
=================  =================================================  ===========================

After an interruption nothing is emitted until `Resampler.reset`; samples that come in vain count
as ``after_interruption``.
"""

from collections import Counter
from typing import NamedTuple


class Tick(NamedTuple):
    """One tick: its time [ns] and the value there."""

    stamp_ns: int
    value: float


class Interruption(NamedTuple):
    """
    Why no tick can be emitted any more.

    Attributes
    ----------
    case : {'gap', 'time_jump'}
        What happened.
    last_ns, next_ns : int
        Stamps of the samples before and after [ns].

    """

    case: str
    last_ns: int
    next_ns: int

    def __str__(self):
        seconds = (self.next_ns - self.last_ns) * 1e-9
        if self.case == 'gap':
            return f'a gap of {seconds:.3f} s in the samples'
        return f'a jump of {seconds:.3f} s in the stamps'


_JITTER = 1.1
"""How much longer than the last one a step may be that is likely [-]."""


class Resampler:
    """
    Resample one signal at a fixed rate from stamps alone.

    Parameters
    ----------
    rate_hz : float
        Rate of the ticks [Hz].
    max_interpolated_gap_s : float
        Longest time between two samples that is interpolated [s].
    time_jump_threshold_s : float
        A stamp that is earlier than the last one by up to this [s] is a late sample, by more a
        jump of the clock.

    Attributes
    ----------
    counters : collections.Counter
        How often each case occurred since construction.
    interruption : Interruption or None
        Why nothing is emitted.
    last_value : float
        The last sample taken; 0 before the first.

    """

    def __init__(self, rate_hz, max_interpolated_gap_s=0.2, time_jump_threshold_s=1.0):
        self._period_ns = 1e9 / rate_hz
        self._max_gap_ns = round(max_interpolated_gap_s * 1e9)
        self._jump_ns = round(time_jump_threshold_s * 1e9)
        self.counters = Counter()
        self.reset()

    def reset(self):
        """Forget all samples; the next one is the first. Counters go on."""
        self.interruption = None
        self._start_ns = None
        self._last_ns = None
        self._last_step_ns = 0
        self.last_value = 0.0
        self._emitted = 0
        self._due_ns = 0

    @property
    def is_tick_next(self):
        """
        Whether the next sample is likely to complete a tick: if it comes about as long after the
        last one as that came after its own.
        """
        return (self._last_ns is not None and self.interruption is None
                and self._last_ns + self._last_step_ns * _JITTER >= self._due_ns)

    def push(self, stamp_ns, value):
        """
        Take a sample and return the ticks that it completes.

        Parameters
        ----------
        stamp_ns : int
            Time of the sample [ns].
        value : float
            The sample.

        Returns
        -------
        list of Tick
            In the order of time; most often one or none.

        """
        if self._last_ns is None:
            self._start_ns = stamp_ns
            ticks = [Tick(stamp_ns, value)]
            self._count_tick()
        else:
            step_ns = stamp_ns - self._last_ns
            if self.interruption or step_ns <= 0 or step_ns > self._max_gap_ns:
                return self._refuse(stamp_ns, step_ns)
            ticks = self._interpolate(stamp_ns, value, step_ns)
            self._last_step_ns = step_ns
        self._last_ns = stamp_ns
        self.last_value = value
        return ticks

    def _interpolate(self, stamp_ns, value, step_ns):
        ticks = []
        while (tick_ns := self._due_ns) <= stamp_ns:
            if tick_ns == stamp_ns:  # no arithmetic, so that a sample on a tick passes unchanged
                tick_value = value
            else:
                fraction = (tick_ns - self._last_ns) / step_ns
                tick_value = self.last_value + (value - self.last_value) * fraction
            ticks.append(Tick(tick_ns, tick_value))
            self._count_tick()
        if len(ticks) > 2:
            self.counters['bridged'] += 1
        return ticks

    def _count_tick(self):
        self._emitted += 1
        self._due_ns = self._start_ns + round(self._emitted * self._period_ns)

    def _refuse(self, stamp_ns, step_ns):
        jumped = self.interruption and self.interruption.case == 'time_jump'
        if step_ns < -self._jump_ns and not jumped:  # after a gap too: a bag begins anew
            self._interrupt('time_jump', stamp_ns)
        elif self.interruption:
            self.counters['after_interruption'] += 1
        elif step_ns > 0:
            self._interrupt('gap', stamp_ns)
        else:
            self.counters['repeated' if step_ns == 0 else 'out_of_order'] += 1
        return []

    def _interrupt(self, case, stamp_ns):
        self.counters[case] += 1
        self.interruption = Interruption(case, self._last_ns, stamp_ns)

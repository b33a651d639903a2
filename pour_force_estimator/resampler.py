# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
Stamped samples of any rate in, ticks of the model's rate out.

A recurrent network learned at a fixed rate and must be stepped at that rate. Tick k lies at
t0 + k / rate, where t0 is the stamp of the first sample; it is emitted when the first sample at or
after that time arrives, with the value interpolated between the two samples around it. Only stamps
count: the same samples give the same ticks whenever they are delivered.

================  ==================================================  ==========================
case              when                                                what happens
================  ==================================================  ==========================
``repeated``      the stamp equals the last one                       sample dropped, counted
``out_of_order``  the stamp is a little earlier than the last one     sample dropped, counted
``stray``         one stamp lies elsewhere, the next goes on as       sample dropped, counted
                  before
``bridged``       three ticks or more lie between two samples         interpolated, counted
``gap``           samples lie more than the allowed gap apart         interruption
``time_step``     the stamps go on from a little earlier              interruption
``time_jump``     the stamps go on from earlier by more than the      interruption
                  threshold
``two_clocks``    strays come again and again                         interruption
``model_step``    a step of the model failed (`Resampler.stop`)       interruption
================  ==================================================  ==========================

One sample says nothing of a clock: a gap or a jump is one once a second sample follows the first
one behind it, a step back after `MIN_STEP_SAMPLES`. The samples that have waited for that are the
first of the new pour, if `Resampler.restart` begins one with them; nothing else is emitted after
an interruption until `Resampler.reset`. Samples that come in vain count as ``after_interruption``.
"""

from collections import Counter
from typing import NamedTuple

MIN_STEP_SAMPLES = 4
"""
So many samples in a row, each later than the one before it but all earlier than the last one that
was used, are a step of the clock; fewer have been overtaken on their way.
"""

MAX_STRAYS = 5
"""More strays, not made up for by `SAMPLES_PER_STRAY` good samples each, are a second clock."""

SAMPLES_PER_STRAY = 20
"""So many samples in time make up for a stray."""


class Tick(NamedTuple):
    """One tick: its time [ns] and the value there."""

    stamp_ns: int
    value: float


class Interruption(NamedTuple):
    """
    Why no tick can be emitted any more.

    Attributes
    ----------
    case : {'gap', 'time_step', 'time_jump', 'two_clocks', 'model_step'}
        What happened.
    last_ns, next_ns : int
        Stamps of the samples before and after [ns].
    reason : str
        More of what happened, where stamps do not tell.

    """

    case: str
    last_ns: int
    next_ns: int
    reason: str = ''

    def __str__(self) -> str:
        seconds = (self.next_ns - self.last_ns) * 1e-9
        if self.case == 'gap':
            return f'a gap of {seconds:.3f} s in the samples'
        if self.case == 'two_clocks':
            return f'stamps of two clocks, {abs(seconds):.3f} s apart'
        if self.case == 'time_step':
            return f'a step of {seconds:.3f} s in the stamps'
        if self.case == 'model_step':
            return f'a step of the model that gave no number ({self.reason})'
        return f'a jump of {seconds:.3f} s in the stamps'


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

    def __init__(
        self,
        rate_hz: float,
        max_interpolated_gap_s: float = 0.2,
        time_jump_threshold_s: float = 1.0,
    ) -> None:
        self._period_ns = 1e9 / rate_hz
        self._max_gap_ns = round(max_interpolated_gap_s * 1e9)
        self._jump_ns = round(time_jump_threshold_s * 1e9)
        self.counters: Counter[str] = Counter()
        self.reset()

    def reset(self) -> None:
        """Forget all samples; the next one is the first. Counters go on."""
        self.interruption: Interruption | None = None
        self._start_ns = 0
        self._last_ns: int | None = None
        self.last_value = 0.0
        self._emitted = 0
        self._due_ns = 0
        self._waiting: list[tuple[int, float]] = []
        self._stray_level = 0

    @property
    def next_value(self) -> float:
        """The first sample behind an interruption; that is what a new pour would begin with."""
        return self._waiting[0][1] if self._waiting else self.last_value

    def restart(self) -> list[Tick]:
        """Begin anew behind an interruption with the samples that have waited; return ticks."""
        waiting = self._waiting
        self.counters['after_interruption'] -= len(waiting) - 1  # they were not in vain
        if not self.counters['after_interruption']:
            del self.counters['after_interruption']
        self.reset()
        return [tick for stamp_ns, value in waiting for tick in self.push(stamp_ns, value)]

    def push(self, stamp_ns: int, value: float) -> list[Tick]:
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
                self._refuse(self._last_ns, stamp_ns, value)
                return []
            if self._waiting or self._stray_level:
                self._go_on(self._last_ns)
                if self.interruption:
                    return []
            ticks = self._interpolate(self._last_ns, stamp_ns, value)
        self._last_ns = stamp_ns
        self.last_value = value
        return ticks

    def stop(self, case: str, reason: str) -> Interruption:
        """Interrupt at the last sample, for a reason that lies with who takes the ticks."""
        self.counters[case] += 1
        last_ns = self._last_ns or 0
        self.interruption = Interruption(case, last_ns, last_ns, reason)
        return self.interruption

    def _interpolate(self, last_ns: int, stamp_ns: int, value: float) -> list[Tick]:
        ticks = []
        step_ns = stamp_ns - last_ns
        while (tick_ns := self._due_ns) <= stamp_ns:
            if tick_ns == stamp_ns:  # no arithmetic, so that a sample on a tick passes unchanged
                tick_value = value
            else:
                fraction = (tick_ns - last_ns) / step_ns
                tick_value = self.last_value + (value - self.last_value) * fraction
            ticks.append(Tick(tick_ns, tick_value))
            self._count_tick()
        if len(ticks) > 2:
            self.counters['bridged'] += 1
        return ticks

    def _count_tick(self) -> None:
        self._emitted += 1
        self._due_ns = self._start_ns + round(self._emitted * self._period_ns)

    def _refuse(self, last_ns: int, stamp_ns: int, value: float) -> None:
        """Put a sample aside that does not follow the last one; tell what several of them mean."""
        jumped = stamp_ns < last_ns - self._jump_ns
        if self.interruption:
            self._refuse_after_interruption(last_ns, stamp_ns, value, jumped)
        elif stamp_ns == last_ns or (self._waiting and stamp_ns == self._waiting[-1][0]):
            self.counters['repeated'] += 1
        else:
            if not jumped and stamp_ns < last_ns:
                self.counters['out_of_order'] += 1
            self._wait(last_ns, stamp_ns, value)
            if self.interruption:
                return
            first_ns = self._waiting[0][0]
            if first_ns > last_ns:
                needed, case = 2, 'gap'
            elif first_ns < last_ns - self._jump_ns:
                needed, case = 2, 'time_jump'
            else:
                needed, case = MIN_STEP_SAMPLES, 'time_step'
            if len(self._waiting) >= needed:
                self.counters['after_interruption'] += len(self._waiting) - 1
                self._interrupt(case, last_ns, first_ns)

    def _refuse_after_interruption(
        self, last_ns: int, stamp_ns: int, value: float, jumped: bool
    ) -> None:
        if not jumped or (
            self.interruption and self.interruption.case in ('time_jump', 'two_clocks')
        ):
            self._waiting = []
        else:  # a bag begins anew after a gap, too
            if self._waiting and self._waiting[0][0] > last_ns:  # those of the gap
                self._waiting = []
            self._wait(last_ns, stamp_ns, value)
            if len(self._waiting) >= 2:
                self._interrupt('time_jump', last_ns, self._waiting[0][0])
                return
        self.counters['after_interruption'] += 1

    def _wait(self, last_ns: int, stamp_ns: int, value: float) -> None:
        """Let a sample wait behind those that it follows; without them it is the first."""
        if self._waiting:
            before_ns = self._waiting[-1][0]
            both_later = before_ns > last_ns and stamp_ns > before_ns
            if not (both_later or 0 < stamp_ns - before_ns <= self._max_gap_ns):
                self._count_strays(last_ns)
        self._waiting.append((stamp_ns, value))

    def _go_on(self, last_ns: int) -> None:
        """Note that a sample follows the last one, so that those that wait were strays."""
        if self._waiting:
            self._count_strays(last_ns)
        else:
            self._stray_level -= 1

    def _count_strays(self, last_ns: int) -> None:
        strays = [
            stamp_ns
            for stamp_ns, _ in self._waiting
            if stamp_ns > last_ns or stamp_ns < last_ns - self._jump_ns
        ]
        self._waiting = []
        if strays and not self.interruption:
            self.counters['stray'] += len(strays)
            self._stray_level += SAMPLES_PER_STRAY * len(strays)
            if self._stray_level > MAX_STRAYS * SAMPLES_PER_STRAY:
                self._interrupt('two_clocks', last_ns, strays[-1])

    def _interrupt(self, case: str, last_ns: int, stamp_ns: int) -> None:
        self.counters[case] += 1
        self.interruption = Interruption(case, last_ns, stamp_ns)

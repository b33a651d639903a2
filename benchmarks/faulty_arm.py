# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""An arm that pours again and again and misbehaves: what it says, and what that has to mean."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import math
import random

from pour_force_estimator import PourContext
from pour_force_estimator.ros.arm.arm_node import ARM_JOINTS

TILT_JOINT = ARM_JOINTS[-1]

FAULT_PERIOD_S = 0.5
MAX_FAULT_S = 0.15
"""Shorter than the gap that the node bridges by default, 0.2 s."""

GAP_S = 0.3
JUMP_S = 5.0
SPIKE_RAD = 3.0


@dataclass(frozen=True)
class Message:
    """
    A joint state to send.

    Attributes
    ----------
    due_s : float
        When to send it, since the start [s].
    stamp_ns : int
        Its stamp, since the start [ns].
    names, positions : tuple
        Its joints, and their positions [rad]; lists of unequal length are a fault too.
    tilt : float or None
        What a node must understand it to mean [rad]; None if it must refuse it.

    """

    due_s: float
    stamp_ns: int
    names: tuple[str, ...]
    positions: tuple[float, ...]
    tilt: float | None


@dataclass(frozen=True)
class NewPour:
    """A robot program that notices a gap or a jump, tells of a new pour and calls ~/reset."""

    context: PourContext


class FaultyArm:
    """
    What an arm that pours again and again publishes, with a fault every half second.

    Parameters
    ----------
    rate_hz : float
        Rate of the joint states [Hz].
    seed : int
        Same seed, same faults.

    Attributes
    ----------
    faults : collections.Counter
        Faults so far, by name.
    expected : collections.Counter
        What the node's diagnostics must have counted, by key, once the next action is asked for: a
        fault counts when it was sent.

    """

    def __init__(self, rate_hz: float, seed: int = 0) -> None:
        self._period_s = 1.0 / rate_hz
        self._random = random.Random(seed)
        self._skipped_s = 0.0  # by gaps, which take time
        self._jumped_s = 0.0  # by the clock, which do not
        self._count = 0
        self.faults: Counter[str] = Counter()
        self.expected: Counter[str] = Counter()

    def actions(self) -> Iterator[Message | NewPour]:
        """Yield without end each `Message` and each `NewPour`."""
        kinds = [
            self._lost,
            self._late,
            self._repeated,
            self._not_finite,
            self._partial,
            self._unequal,
            self._spike,
            self._gap,
            self._jump,
        ]
        while True:
            self._random.shuffle(kinds)
            for kind in kinds:
                for _ in range(max(2, round(FAULT_PERIOD_S / self._period_s))):
                    yield self._next()
                self.faults[kind.__name__.removeprefix('_')] += 1
                yield from kind()

    def new_pour(self) -> NewPour:
        """Return the beginning of a pour of another weight."""
        return NewPour(
            PourContext(
                initial_weight=self._random.uniform(2.0, 5.0),
                target_weight=1.5,
                empty_weight=0.1,
                cup_height=0.12,
                cup_diameter=0.121,
                receiver_height=0.12,
                receiver_diameter=0.09,
                relative_density=1.0,
            )
        )

    def _next(self) -> Message:
        """Return the next message of an arm without faults."""
        due_s = self._count * self._period_s + self._skipped_s
        self._count += 1
        # Between 0 and 1.8 rad every eight seconds, with stamps that are not quite regular.
        tilt = 0.9 * (1.0 - math.cos(math.tau * due_s / 8.0))
        stamp_s = due_s - self._jumped_s + self._random.uniform(0.0, 0.4) * self._period_s
        return Message(
            due_s, round(stamp_s * 1e9), ARM_JOINTS, (0.0, -1.2, 1.6, -0.4, 1.57, tilt), tilt
        )

    def _burst(self) -> list[Message]:
        """Return messages that lie less than `MAX_FAULT_S` apart, at least one."""
        most = max(1, round(MAX_FAULT_S / self._period_s))
        return [self._next() for _ in range(self._random.randint(1, most))]

    def _changed(
        self,
        message: Message,
        names: Sequence[str] = ARM_JOINTS,
        positions: tuple[float, ...] | None = None,
    ) -> Message:
        """Return a message that the node must refuse."""
        positions = message.positions if positions is None else positions
        return Message(message.due_s, message.stamp_ns, tuple(names), positions, None)

    def _lost(self) -> Iterator[Message]:
        self._burst()
        yield from ()

    def _late(self) -> Iterator[Message]:
        late, *overtaking = self._burst()
        overtaking.append(self._next())
        yield from (*overtaking, late)
        self.expected['samples out_of_order'] += 1

    def _repeated(self) -> Iterator[Message]:
        message = self._next()
        yield from (message, message)
        self.expected['samples repeated'] += 1

    def _not_finite(self) -> Iterator[Message]:
        for message in self._burst():
            yield self._changed(message, positions=(*message.positions[:-1], math.nan))
            self.expected['refused not_finite'] += 1

    def _partial(self) -> Iterator[Message]:
        for message in self._burst():
            yield self._changed(message, ARM_JOINTS[:-1], message.positions[:-1])
            self.expected['refused partial'] += 1

    def _unequal(self) -> Iterator[Message]:
        for message in self._burst():
            yield self._changed(message, positions=message.positions[:-1])
            self.expected['refused unequal_arrays'] += 1

    def _spike(self) -> Iterator[Message]:
        message = self._next()
        yield self._changed(
            message, positions=(*message.positions[:-1], message.positions[-1] + SPIKE_RAD)
        )
        self.expected['refused too_fast'] += 1

    def _gap(self) -> Iterator[Message | NewPour]:
        self._skipped_s += GAP_S
        yield from (self._next(), self._next())  # one alone may be a stray
        self.expected['samples gap'] += 1
        yield self.new_pour()

    def _jump(self) -> Iterator[Message | NewPour]:
        self._jumped_s += JUMP_S
        yield from (self._next(), self._next())
        self.expected['samples time_jump'] += 1
        yield self.new_pour()  # with a tilted cup none begins by itself

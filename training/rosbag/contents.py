# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a bag holds, apart from the messages that were asked for."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pour_force_estimator.text import shortened


class RawMessage(NamedTuple):
    """
    A message that is still serialized.

    Attributes
    ----------
    topic : str
        Its topic.
    kind : str
        Its type, as sensor_msgs/msg/JointState.
    received_ns : int
        When it came to the recorder [ns].
    data : bytes
        Itself, in CDR.

    """

    topic: str
    kind: str
    received_ns: int
    data: bytes


@dataclass
class Contents:
    """
    What is known of a bag once its messages have been read.

    Attributes
    ----------
    topics : collection of str
        Topics that are read.
    kinds : dict of str to set of (str, str)
        Types and encodings of each topic.
    counts : collections.Counter
        Messages found on each topic that is wanted.
    stated : dict of str to int
        Messages of each topic by the bag's own account; empty where it gives none.
    messages : int
        Messages found on any topic.
    start_ns, end_ns : int or None
        Arrival of the first and of the last message on any topic [ns].
    faults : list of str
        What was wrong with its files.

    """

    topics: Collection[str]
    kinds: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    stated: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    start_ns: int | None = None
    end_ns: int | None = None
    faults: list[str] = field(default_factory=list)

    def add_topic(self, topic: str, kind: str, encoding: str) -> str:
        """Note a topic; return its type by its full name."""
        package, slash, name = kind.partition('/')
        if slash and '/' not in name:  # as some recorders abbreviate it
            kind = f'{package}/msg/{name}'
        self.kinds.setdefault(topic, set()).add((kind, encoding))
        return kind

    def note_message(self, received_ns: int) -> None:
        """Note a message, and when it came [ns]."""
        self.messages += 1
        if self.start_ns is None or self.end_ns is None:
            self.start_ns = self.end_ns = received_ns
        elif received_ns > self.end_ns:
            self.end_ns = received_ns
        elif received_ns < self.start_ns:
            self.start_ns = received_ns

    def state(self, topic: str, count: int) -> None:
        """Note how many messages of a topic a file of the bag says that it holds."""
        self.stated[topic] = self.stated.get(topic, 0) + count

    def add_damage(self, file: str, error: Exception) -> None:
        """Note that a file cannot be read further."""
        end_s = 0.0
        if self.start_ns is not None and self.end_ns is not None:
            end_s = (self.end_ns - self.start_ns) * 1e-9
        self.faults.append(
            f'expected a rosbag2 that is whole, received {file}, cut off or damaged at '
            f'{end_s:.2f} s ({shortened(str(error), 120)}): {self.messages} messages before are '
            'whole and kept'
        )


Messages = Iterator[RawMessage]
"""Messages in the order of their arrival."""

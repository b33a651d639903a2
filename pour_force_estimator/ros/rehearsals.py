"""Has a node make ready for a message shortly before it is expected."""

import time

LEAD_NS = 2_000_000
"""
How long before a message is expected its rehearsal begins [ns].

Longer than a rehearsal takes and than arms that publish from a timer are early; shorter than it
takes other work to push what was fetched out of the caches.
"""

NEVER_NS = -1
"""What wait sets take for a wait without end [ns]."""


class Rehearsals:
    """
    Rehearsals of the nodes that want them.

    A node wants them if it has an attribute ``rehearsal``: a callable without arguments, or None
    where the next message will not need one. A message is expected to come as long after the last
    one as that came after its own.
    """

    def __init__(self):
        self._last_ns = 0
        self._due_ns = None

    def message_came(self):
        """Note that a message has come, and its callback has returned."""
        now_ns = time.perf_counter_ns()
        self._due_ns = now_ns + (now_ns - self._last_ns) - LEAD_NS
        self._last_ns = now_ns

    def patience_ns(self, nodes):
        """Return how long to wait before the rehearsal of any of `nodes` [ns]; or `NEVER_NS`."""
        if self._due_ns is None or not _wanted(nodes):
            return NEVER_NS
        return max(self._due_ns - time.perf_counter_ns(), 0)

    def rehearse(self, nodes):
        """Have `nodes` rehearse, once for each message that is expected."""
        self._due_ns = None
        for rehearsal in _wanted(nodes):
            rehearsal()


def _wanted(nodes):
    """Return the rehearsals that nodes want now, a list of callables."""
    rehearsals = [getattr(node, 'rehearsal', None) for node in nodes]
    return [rehearsal for rehearsal in rehearsals if rehearsal is not None]

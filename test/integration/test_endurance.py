# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a node that lives for long keeps: nothing."""

import psutil

CYCLES = 200
SETTLED = 50
"""Cycle after which allocators, caches and DDS have what they need."""

MAX_GROWTH_BYTES = 48 * 2**20
"""
What allocators and DDS take further, some 10 KiB for each topic and cycle, up to 25 MiB; models
that are kept at each cycle are 280.
"""


def test_lifecycle_cycles_leave_nothing_behind(start_estimator, peer):
    node = start_estimator('unconfigured')
    process = psutil.Process(node.pid)
    memory, threads, files = [], [], []
    for _ in range(CYCLES):
        peer.change_states('configure', 'activate', 'deactivate', 'cleanup')
        memory.append(process.memory_info().rss)
        threads.append(process.num_threads())
        files.append(process.num_fds())
    assert peer.state() == 'unconfigured'
    growth = max(memory[-10:]) - max(memory[SETTLED - 10 : SETTLED])
    assert growth < MAX_GROWTH_BYTES
    # What leaks stays; on a busy machine some threads are still about to end after a cycle.
    assert min(threads[-SETTLED:]) <= max(threads[:SETTLED])
    assert min(files[-SETTLED:]) <= max(files[:SETTLED])

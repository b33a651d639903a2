# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What diagnostics say of rate, jitter and latency."""

import numpy as np


class RateMeter:
    """Rate and jitter of a signal, from the stamps of its samples."""

    def __init__(self) -> None:
        self._stamps: list[int] = []

    def add(self, stamp_ns: int) -> None:
        """Take the stamp of a sample [ns]."""
        self._stamps.append(stamp_ns)

    def take(self) -> tuple[float, float]:
        """
        Return rate and jitter since the last call, and start anew.

        Returns
        -------
        rate_hz, jitter_s : float
            Inverse of the median step between two stamps [Hz], and the standard deviation of the
            steps [s]; 0 with fewer than two samples.

        """
        steps = np.diff(self._stamps) * 1e-9
        del self._stamps[:-1]  # the next step begins at the last sample
        if not len(steps) or not np.median(steps) > 0.0:
            return 0.0, 0.0
        return float(1.0 / np.median(steps)), float(np.std(steps))


class LatencyMeter:
    """Median and 99th percentile of durations."""

    def __init__(self) -> None:
        self._durations_ns: list[int] = []

    def add(self, duration_ns: int) -> None:
        """Take a duration [ns]."""
        self._durations_ns.append(duration_ns)

    def take(self) -> tuple[float, float]:
        """Return median and 99th percentile since the last call [s], 0 without any; start anew."""
        durations_ns, self._durations_ns = self._durations_ns, []
        if not durations_ns:
            return 0.0, 0.0
        p50, p99 = np.percentile(durations_ns, [50, 99]) * 1e-9
        return float(p50), float(p99)

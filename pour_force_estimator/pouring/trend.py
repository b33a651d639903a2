# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where a value will be in a moment, from how it rises."""

_SMOOTHING_S = 0.05
"""Time over which the slope is smoothed [s]: a few ticks of an estimator."""

_MIN_STEP_S = 1e-3
"""Times that are nearer are the same one [s]."""


class Trend:
    """
    A value that comes now and then, and its smoothed slope.

    Examples
    --------
    >>> trend = Trend()
    >>> for step in range(100):
    ...     trend.add(0.02 * step, 3.0 * step)
    >>> round(trend.ahead(0.1), 6), trend.ahead(0.0)
    (312.0, 297.0)

    """

    def __init__(self) -> None:
        self._time_s: float | None = None
        self._value = self._slope = 0.0

    def add(self, time_s: float, value: float) -> None:
        """Take the value that holds from `time_s` [s] on."""
        if self._time_s is not None:
            step_s = time_s - self._time_s
            if step_s < _MIN_STEP_S:
                return
            share = step_s / (step_s + _SMOOTHING_S)
            self._slope += share * ((value - self._value) / step_s - self._slope)
        self._time_s, self._value = time_s, value

    def ahead(self, duration_s: float) -> float:
        """Return the value `duration_s` [s] after the last one; the last one where it falls."""
        return self._value + max(self._slope, 0.0) * duration_s

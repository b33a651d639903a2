# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a joint state without a stamp belongs to a pour that has stamps."""


class StampCheck:
    """
    Refuses messages without a stamp among stamped ones.

    The time of arrival, which stands in for a stamp, may be that of another clock.

    Attributes
    ----------
    unstamped : int
        Messages that were refused since construction.

    """

    def __init__(self) -> None:
        self.unstamped = 0
        self.reset()

    def reset(self) -> None:
        """Begin a new pour."""
        self._has_stamps = False

    def take(self, has_stamp: bool) -> bool:
        """Return whether a message is to be used, by whether it has a stamp."""
        if has_stamp:
            self._has_stamps = True
        elif self._has_stamps:
            self.unstamped += 1
            return False
        return True

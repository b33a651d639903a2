# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C where it may be obeyed: between two batches, not inside a library's C code."""

import signal
import threading
from typing import Any


class DeferredInterrupt:
    """
    Holds SIGINT back within a ``with`` block until the code inside asks for it.

    A `KeyboardInterrupt` that is raised while TensorFlow traces or compiles can leave it broken,
    or come out as another error. A second Ctrl-C is obeyed at once, for the impatient. Outside
    the main thread, which alone hears signals, it does nothing.

    Examples
    --------
    >>> with DeferredInterrupt() as interrupt:
    ...     for batch in ():
    ...         interrupt.check()

    """

    def __init__(self) -> None:
        self._is_pending = False
        self._before: Any = None

    def __enter__(self) -> 'DeferredInterrupt':
        if threading.current_thread() is threading.main_thread():
            self._before = signal.getsignal(signal.SIGINT)
            # a process that ignores Ctrl-C, as a worker whose parent handles it, goes on doing so
            if callable(self._before):
                signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(self, *error: object) -> None:
        if callable(self._before):
            signal.signal(signal.SIGINT, self._before)
        if error[0] is None:
            self.check()

    def check(self) -> None:
        """
        Obey a Ctrl-C that came meanwhile.

        Raises
        ------
        KeyboardInterrupt
            If one came since the last call.

        """
        if self._is_pending:
            self._is_pending = False
            raise KeyboardInterrupt

    def _remember(self, number: int, frame: object) -> None:
        self._is_pending = True
        signal.signal(signal.SIGINT, self._before)

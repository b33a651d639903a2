# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Train, export and evaluate the networks of `pour_force_estimator`, on a workstation."""

import signal as _signal
import sys as _sys

if _sys.argv[:1] == ['-m']:  # `python -m training...` imports the command's libraries, for seconds
    from .cli.ending import end_at_once as _end_at_once

    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _end_at_once)

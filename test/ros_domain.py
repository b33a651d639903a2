# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A domain of DDS that no other process of this machine uses."""

import fcntl
from pathlib import Path
import tempfile

MAX_DOMAIN = 100
"""Above it, the ports of DDS are those that Linux hands out to anybody."""

_taken = []


def claim_domain():
    """
    Return the number of a domain that is this process's until it ends, a str.

    Tests run in several processes, and several runs beside each other: nodes of the same name in
    one domain would be taken for each other.
    """
    if not _taken:
        for number in range(1, MAX_DOMAIN + 1):
            file = (Path(tempfile.gettempdir()) / f'ros_domain_{number}.lock').open('w')
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                continue
            _taken.append((str(number), file))  # open, or it would be free again
            break
        else:
            raise RuntimeError(f'expected a free domain up to {MAX_DOMAIN}, all are in use')
    return _taken[0][0]


def isolated():
    """Return the environment of nodes that stay on this machine, to themselves, a dict."""
    return {'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST', 'ROS_DOMAIN_ID': claim_domain()}

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of ros_domain: processes beside each other have domains of their own."""

from pathlib import Path
import subprocess
import sys

from ros_domain import claim_domain, isolated, MAX_DOMAIN


def test_it_is_the_same_in_one_process_and_another_in_the_next():
    mine = claim_domain()
    assert claim_domain() == mine == isolated()['ROS_DOMAIN_ID']
    other = subprocess.run(
        [sys.executable, '-c', 'import ros_domain; print(ros_domain.claim_domain())'],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert other != mine and 1 <= int(other) <= MAX_DOMAIN

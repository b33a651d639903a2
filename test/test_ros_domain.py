# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of ros_domain: processes beside each other have domains of their own."""

from pathlib import Path

from command_line import run_python
from ros_domain import claim_domain, isolated, MAX_DOMAIN


def test_it_is_the_same_in_one_process_and_another_in_the_next():
    mine = claim_domain()
    assert claim_domain() == mine == isolated()['ROS_DOMAIN_ID']
    code = 'import ros_domain; print(ros_domain.claim_domain())'
    domain_of_next = run_python('-c', code, cwd=Path(__file__).parent, check=True).stdout.strip()
    assert domain_of_next != mine and 1 <= int(domain_of_next) <= MAX_DOMAIN

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A context for nodes of this process."""

import pytest
from ros_domain import isolated


@pytest.fixture(scope='module')
def context():
    """Return a context whose nodes stay on this machine, to themselves."""
    rclpy = pytest.importorskip('rclpy')
    with pytest.MonkeyPatch.context() as patch:
        for name, value in isolated().items():
            patch.setenv(name, value)
        context = rclpy.context.Context()
        rclpy.init(context=context)
        yield context
        rclpy.shutdown(context=context)

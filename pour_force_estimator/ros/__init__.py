# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The ROS 2 side: nodes, parameters and messages; only here is rclpy imported."""

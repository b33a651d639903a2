# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Recorded pours from bags of ROS 2: read, aligned, cut and written as a dataset."""

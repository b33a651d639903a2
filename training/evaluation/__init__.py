# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What estimates are worth: metrics, statistics, baselines and their figures."""

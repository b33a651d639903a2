# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A cup from one slow pour over a scale: its capacity over the tilt, and how well that serves."""

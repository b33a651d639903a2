# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Vessels: how much they hold over the tilt, and how the rest leaves them."""

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Recorded pours: their layouts, cut from a stream, weighed, scored and logged."""

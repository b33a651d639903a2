# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Pouring to a target: how an arm approaches, slows and turns back."""

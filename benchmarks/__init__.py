# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measurements that take minutes, to be run by hand; tests run short versions of them."""

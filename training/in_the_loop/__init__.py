# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sessions of pours by arms that have no scale, and how right an estimator is on them."""

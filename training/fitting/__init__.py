# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Fitting a network: data sets, standardization, batches, the loop over epochs."""

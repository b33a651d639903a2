# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The model file: its contract, its steps, its interval, and the models that ship."""

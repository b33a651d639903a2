# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Recurrent networks: architectures, layers, and networks merged into one."""

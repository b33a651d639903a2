# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the recipe owes to each of its parts, and how it does on cups it never saw."""

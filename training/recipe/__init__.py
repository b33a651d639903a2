# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The best recipe so far: from a few dozen recorded pours to a model that knows its own error."""

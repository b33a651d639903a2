# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The four networks over several seeds, beside baselines: ``python -m training.study``."""

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files of cups; the runtime reads them too."""

from pour_force_estimator.cups.cup_file import FORMAT, load_cup, save_cup

__all__ = ['FORMAT', 'load_cup', 'save_cup']

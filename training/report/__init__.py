# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reports: Markdown with figures beside it, and the same as one HTML page."""

from .document import Document
from .write import write_report

__all__ = ['Document', 'write_report']

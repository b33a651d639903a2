# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reports: one document, written as Markdown with figures beside it and as one HTML page."""

from .document import Document, Figure
from .html import render_html
from .markdown import render_markdown
from .write import write_report

__all__ = ['Document', 'Figure', 'render_html', 'render_markdown', 'write_report']

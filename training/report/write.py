# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Writes a document into a folder."""

from pathlib import Path

from pour_force_estimator.files import FilePath, write_bytes, write_text

from .document import Document, Figures
from .html import render_html
from .markdown import render_markdown

FIGURE_FOLDER = 'figures'
"""Where the figures lie, beside the Markdown."""


def write_report(document: Document, folder: FilePath) -> None:
    """
    Write a document as ``report.md`` with its figures beside it, and as ``report.html``.

    Parameters
    ----------
    document : Document
        What to say.
    folder : path-like
        Where to; made if it does not exist. What an earlier report left there is replaced, and
        figures that this one does not have are removed.

    """
    folder = Path(folder)
    markdown, html = render_markdown(document, FIGURE_FOLDER), render_html(document)
    figures = {
        folder / FIGURE_FOLDER / f'{figure.name}.png': figure.png
        for block in document.blocks
        if isinstance(block, Figures)
        for figure in block.figures
    }
    for path, png in figures.items():
        write_bytes(path, png)
    write_text(folder / 'report.md', markdown)
    write_text(folder / 'report.html', html)
    for path in (folder / FIGURE_FOLDER).glob('*.png'):  # last, since the old report shows them
        if path not in figures:
            path.unlink()

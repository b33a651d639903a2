# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Writes a document into a folder."""

from pathlib import Path

from pour_force_estimator.files import FilePath, write_bytes, write_text

from .document import Document, FIGURE_FOLDER
from .html import render_html


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
    html = render_html(document)
    figures = {folder / path: png for path, png in document.figures.items()}
    for path, png in figures.items():
        write_bytes(path, png)
    write_text(folder / 'report.md', document.markdown)
    write_text(folder / 'report.html', html)
    for path in (folder / FIGURE_FOLDER).glob('*.png'):  # last, since the old report shows them
        if path not in figures:
            path.unlink()

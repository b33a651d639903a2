# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A document as one HTML page that needs no other file."""

import base64

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from .document import Document

# The preset that lets no HTML pass. Without pictures: Markdown in a file's or a model's name would
# fetch them from outside.
_MARKDOWN = MarkdownIt('js-default').disable('image')


def render_html(document: Document) -> str:
    """
    Return a document as an HTML page.

    Parameters
    ----------
    document : Document
        What to say.

    Returns
    -------
    str
        The page with its style and its pictures inside, in light or dark colours as the reader's
        system has them; ends with a line break.

    """
    environment = Environment(
        loader=PackageLoader('training.report', 'templates'),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters['inline'] = _inline
    environment.filters['data_url'] = _data_url
    environment.tests['a'] = lambda block, kind: type(block).__name__ == kind
    return environment.get_template('page.html').render(document=document) + '\n'


def _inline(text: str) -> Markup:
    """Return Markdown of one line as HTML."""
    return Markup(_MARKDOWN.renderInline(text))


def _data_url(png: bytes) -> str:
    """Return the address of a picture that is its own content."""
    return f'data:image/png;base64,{base64.b64encode(png).decode()}'

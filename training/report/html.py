# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A document as one HTML page that needs no other file."""

from base64 import b64encode
from collections.abc import Container, Mapping, Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise, takewhile
import re
from string import Template

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .document import Document

_MARKDOWN = MarkdownIt('js-default')  # the preset that lets no HTML pass

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>$title</title>
<style>
$style</style>
</head>
<body>
<header>
$header</header>
<nav aria-label="Contents">
<details open>
<summary>Contents</summary>
<ol>
$contents
</ol>
</details>
</nav>
<main>
$main</main>
</body>
</html>
""")


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
    tokens = _MARKDOWN.parse(document.markdown)
    _, title, *others = tokens
    _embed_figures(tokens, document.figures)
    contents: dict[str, str] = {}
    for opening, text in pairwise(others):
        if opening.type == 'heading_open':
            opening.attrs['id'] = anchor = _new_anchor(text.content, contents)
            link = f'<a href="#{anchor}">{_render([text])}</a>'
            contents[anchor] = f'<li class="{opening.tag}">{link}</li>'
    header = list(takewhile(lambda token: token.tag != 'h2' or token.level > 0, tokens))
    return _PAGE.substitute(
        title=escape(title.content),
        style=files('training.report').joinpath('page.css').read_text(encoding='utf-8'),
        header=_render(header),
        contents='\n'.join(contents.values()),
        main=_render(tokens[len(header) :]),
    )


def _embed_figures(tokens: Sequence[Token], figures: Mapping[str, bytes]) -> None:
    """Put the figures into their images; of another, as in a file's name, only the text stays."""
    for token in tokens:
        for part in token.children or ():
            if part.type != 'image':
                continue
            if png := figures.get(str(part.attrs['src'])):
                part.attrs['src'] = f'data:image/png;base64,{b64encode(png).decode()}'
            else:
                part.type = 'text'  # its content is what describes it; nothing is fetched


def _new_anchor(text: str, used: Container[str]) -> str:
    """Return the name that a heading has in links, one that no other has."""
    anchor = re.sub(r'[^a-z0-9]+', '-', text.lower()).strip('-') or 'section'
    while anchor in used:
        anchor += '-2'
    return anchor


def _render(tokens: Sequence[Token]) -> str:
    return _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})

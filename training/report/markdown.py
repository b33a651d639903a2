# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""A document as Markdown, aligned so that it reads as text too."""

from collections.abc import Callable

from .document import Bullets, Code, Document, Figures, Heading, Paragraph, Table


def render_markdown(document: Document, figure_folder: str = 'figures') -> str:
    """
    Return a document as Markdown.

    Parameters
    ----------
    document : Document
        What to say.
    figure_folder : str
        Where the figures will lie, relative to the Markdown.

    Returns
    -------
    str
        Markdown with tables as GitHub knows them; ends with a line break.

    """
    parts = [f'# {document.title}', document.subtitle]
    parts += [_RENDERERS[type(block)](block, figure_folder) for block in document.blocks]
    return '\n\n'.join(filter(None, parts)) + '\n'


def _heading(block: Heading, folder: str) -> str:
    return f'{"#" * block.level} {block.text}'


def _paragraph(block: Paragraph, folder: str) -> str:
    return block.text


def _bullets(block: Bullets, folder: str) -> str:
    return '\n'.join(f'- {item}' for item in block.items)


def _code(block: Code, folder: str) -> str:
    return f'```\n{block.text}\n```'


def _table(block: Table, folder: str) -> str:
    rows = [[cell.replace('|', r'\|') for cell in row] for row in (block.header, *block.rows)]
    widths = [max(3, *map(len, column)) for column in zip(*rows)]
    rule = [
        '-' * (width - 1) + ':' if side == 'r' else '-' * width
        for width, side in zip(widths, block.align)
    ]
    lines = [
        '| '
        + ' | '.join(
            cell.rjust(width) if side == 'r' else cell.ljust(width)
            for cell, width, side in zip(row, widths, block.align)
        )
        + ' |'
        for row in (rows[0], rule, *rows[1:])
    ]
    return '\n'.join([f'*{block.caption}*', '', *lines])


def _figures(block: Figures, folder: str) -> str:
    return '\n\n'.join(
        f'![{figure.alt}]({folder}/{figure.name}.png)\n\n*{figure.caption}*'
        for figure in block.figures
    )


_RENDERERS: dict[type, Callable[..., str]] = {
    Bullets: _bullets,
    Code: _code,
    Figures: _figures,
    Heading: _heading,
    Paragraph: _paragraph,
    Table: _table,
}

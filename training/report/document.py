# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What a report says, as Markdown that reads as text too.

All texts are Markdown of one line: with emphasis, code and links. Captions have no emphasis of
their own, since they are emphasized.
"""

from collections.abc import Iterable, Sequence

FIGURE_FOLDER = 'figures'
"""Where the figures lie, beside the Markdown."""

_PADS = {'l': str.ljust, 'r': str.rjust}
_RULE_ENDS = {'l': '-', 'r': ':'}


class Document:
    """
    A report that is written from the top to the bottom.

    Parameters
    ----------
    title : str
        Its title.

    Attributes
    ----------
    figures : dict of str to bytes
        The pictures as PNG, by the paths that the Markdown has of them.

    Examples
    --------
    >>> document = Document('Pours')
    >>> document.heading('Errors')
    >>> document.table('of one pour', ['part', 'RMSE'], [['test', '0.03']])
    >>> print(document.markdown, end='')
    # Pours
    <BLANKLINE>
    ## Errors
    <BLANKLINE>
    *of one pour*
    <BLANKLINE>
    | part | RMSE |
    | ---- | ---: |
    | test | 0.03 |

    """

    def __init__(self, title: str) -> None:
        self._blocks = [f'# {title}']
        self.figures: dict[str, bytes] = {}

    @property
    def markdown(self) -> str:
        """All that was added, with tables as GitHub knows them; ends with a line break."""
        return '\n\n'.join(self._blocks) + '\n'

    def heading(self, text: str, level: int = 2) -> None:
        """Add the heading of a section, or of a part of one with `level` 3."""
        self._blocks.append(f'{"#" * level} {text}')

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        self._blocks.append(text)

    def bullets(self, items: Iterable[str]) -> None:
        """Add a list of texts; none if there are none."""
        if lines := [f'- {item}' for item in items]:
            self._blocks.append('\n'.join(lines))

    def code(self, text: str) -> None:
        """Add lines to be read or typed as they are."""
        self._blocks.append(f'```\n{text}\n```')

    def figure(self, name: str, png: bytes, caption: str, alt: str) -> None:
        """
        Add a figure.

        Parameters
        ----------
        name : str
            Name of its file, without suffix.
        png : bytes
            The picture.
        caption : str
            What it shows.
        alt : str
            What it shows, for those who cannot see it.

        """
        path = f'{FIGURE_FOLDER}/{name}.png'
        self.figures[path] = png
        self._blocks += [f'![{alt}]({path})', f'*{caption}*']

    def table(
        self,
        caption: str,
        header: Sequence[str],
        rows: Iterable[Sequence[str]],
        align: str | None = None,
    ) -> None:
        """
        Add a table.

        Parameters
        ----------
        caption : str
            What it shows.
        header : sequence of str
            Names of the columns.
        rows : iterable of sequence of str
            The cells, as many in each row as there are columns.
        align : str, optional
            'l' or 'r' for each column; by default all but the first are aligned to the right.

        """
        rows, align = list(rows), align or 'l' + 'r' * (len(header) - 1)
        for row in (align, *rows):
            if len(row) != len(header):
                raise ValueError(
                    f'table {caption!r}: expected {len(header)} columns, received {row!r}'
                )
        lines = [[cell.replace('|', r'\|') for cell in row] for row in (header, *rows)]
        widths = [max(3, *map(len, column)) for column in zip(*lines)]
        rule = ['-' * (width - 1) + _RULE_ENDS[side] for width, side in zip(widths, align)]
        padded = (
            [_PADS[side](cell, width) for cell, width, side in zip(line, widths, align)]
            for line in (lines[0], rule, *lines[1:])
        )
        text = '\n'.join(f'| {" | ".join(cells)} |' for cells in padded)
        self._blocks += [f'*{caption}*', text]

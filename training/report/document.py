# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What a report says, apart from how it looks.

All texts are Markdown as far as it fits into a line: emphasis, code and links. Captions have no
emphasis of their own, since Markdown shows them emphasized.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
import re
from typing import TypeAlias


@dataclass(frozen=True)
class Heading:
    """
    A heading.

    Attributes
    ----------
    text : str
        What it says.
    level : int
        2 for a section, 3 for a part of one.
    anchor : str
        Its name within the page, for links.

    """

    text: str
    level: int
    anchor: str


@dataclass(frozen=True)
class Paragraph:
    """
    A paragraph.

    Attributes
    ----------
    text : str
        What it says.

    """

    text: str


@dataclass(frozen=True)
class Bullets:
    """
    A list.

    Attributes
    ----------
    items : tuple of str
        What its items say.

    """

    items: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """
    Lines to be read or typed as they are.

    Attributes
    ----------
    text : str
        The lines.

    """

    text: str


@dataclass(frozen=True)
class Table:
    """
    A table.

    Attributes
    ----------
    caption : str
        What it shows.
    header : tuple of str
        Names of the columns.
    rows : tuple of tuple of str
        The cells.
    align : str
        'l' or 'r' for each column.
    quiet : frozenset of int
        Rows that step back behind the others, such as numbers of somebody else.

    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    align: str
    quiet: frozenset[int]


@dataclass(frozen=True)
class Figure:
    """
    A figure.

    Attributes
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

    name: str
    png: bytes
    caption: str
    alt: str


@dataclass(frozen=True)
class Figures:
    """
    Figures that stand side by side where there is room.

    Attributes
    ----------
    figures : tuple of Figure
        The figures.

    """

    figures: tuple[Figure, ...]


Block: TypeAlias = Heading | Paragraph | Bullets | Code | Table | Figures


class Document:
    """
    A report that is built from the top to the bottom.

    Parameters
    ----------
    title : str
        Title of the page.
    subtitle : str
        A line below the title.

    Attributes
    ----------
    blocks : list
        What was added, in that order.

    Examples
    --------
    >>> document = Document('Pours')
    >>> document.heading('Errors')
    >>> document.table('of one pour', ['part', 'RMSE'], [['test', '0.03']])
    >>> [type(block).__name__ for block in document.blocks]
    ['Heading', 'Table']

    """

    def __init__(self, title: str, subtitle: str = '') -> None:
        self.title = title
        self.subtitle = subtitle
        self.blocks: list[Block] = []

    @property
    def headings(self) -> list[Heading]:
        """The headings, a list of Heading."""
        return [block for block in self.blocks if isinstance(block, Heading)]

    def heading(self, text: str, level: int = 2) -> None:
        """Add a heading of `level` 2 or 3."""
        anchor = slug = re.sub(r'[^a-z0-9]+', '-', text.lower()).strip('-') or 'section'
        used_anchors = {heading.anchor for heading in self.headings}
        number = 1
        while anchor in used_anchors:
            number += 1
            anchor = f'{slug}-{number}'
        self.blocks.append(Heading(text, level, anchor))

    def paragraph(self, text: str) -> None:
        """Add a paragraph."""
        self.blocks.append(Paragraph(text))

    def bullets(self, items: Iterable[str]) -> None:
        """Add a list of texts; none if there are none."""
        if items := tuple(items):
            self.blocks.append(Bullets(items))

    def code(self, text: str) -> None:
        """Add lines to be read as they are."""
        self.blocks.append(Code(text))

    def table(
        self,
        caption: str,
        header: Sequence[str],
        rows: Iterable[Sequence[str]],
        align: str | None = None,
        quiet: Iterable[int] = (),
    ) -> None:
        """
        Add a table.

        Parameters
        ----------
        caption : str
            What it shows.
        header : sequence of str
            Names of the columns.
        rows : sequence of sequence of str
            The cells, as many in each row as there are columns.
        align : str, optional
            'l' or 'r' for each column; by default all but the first are aligned to the right.
        quiet : iterable of int
            Rows that step back behind the others.

        """
        header, cells = tuple(header), tuple(map(tuple, rows))
        align = align or 'l' + 'r' * (len(header) - 1)
        for row in (align, *cells):
            if len(row) != len(header):
                raise ValueError(
                    f'table {caption!r}: expected {len(header)} columns, received {row!r}'
                )
        self.blocks.append(Table(caption, header, cells, align, frozenset(quiet)))

    def figures(self, *figures: Figure) -> None:
        """Add one or more `Figure`, side by side where there is room."""
        self.blocks.append(Figures(figures))

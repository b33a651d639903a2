# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Text from outside, made fit for one line of a log, a terminal or a file."""

MAX_QUOTED = 100
"""Characters of a foreign value that a message quotes."""

MAX_LINE = 360
"""Characters of a foreign message that a message repeats."""

MAX_TEXT = 300
"""Characters of a foreign text of any script that a message repeats."""


def quoted(value: object) -> str:
    """
    Return the begin of a value, in one line of printable ASCII.

    Parameters
    ----------
    value : object
        Whatever a file held; a container is named, not spelled, since it may be deep or huge.

    """
    if isinstance(value, dict):
        return f'an object of {len(value)} keys'
    if isinstance(value, (list, tuple)):
        return f'a list of {len(value)} items'
    if isinstance(value, int) and not -(10**MAX_QUOTED) < value < 10**MAX_QUOTED:
        return 'a huge number'  # Python would refuse to spell it
    text = ascii(value[:MAX_QUOTED] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= MAX_QUOTED else f'{text[:MAX_QUOTED]}...'


def one_line(message: object, limit: int = MAX_LINE) -> str:
    """
    Return what a foreign error says, in one bounded line of printable ASCII.

    Parameters
    ----------
    message : object
        An exception, or its text.
    limit : int
        Characters at most.

    """
    text = str(message)[: 4 * limit] or type(message).__name__
    line = ' '.join(text.split())
    line = ''.join(
        character if ' ' <= character <= '~' else ascii(character)[1:-1] for character in line
    )
    return line if len(line) <= limit else f'{line[:limit]}...'


def shortened(text: object, length: int = MAX_TEXT) -> str:
    """
    Return what a file or a library says as one printable line of bounded length.

    Letters of all scripts stay, unlike those of `one_line`.

    Parameters
    ----------
    text : object
        A text, or an exception, whose type is named.
    length : int
        Characters at most.

    """
    if isinstance(text, BaseException):
        text = f'{type(text).__name__}: {text}' if str(text) else type(text).__name__
    text = str(text)[: 4 * length]
    line = ' '.join(text.split())
    line = ''.join(letter if letter.isprintable() else '?' for letter in line)
    return line if len(line) <= length else f'{line[: length - 3]}...'


MAX_NAME = 100
"""Characters of a name."""


def is_plain_name(value: object) -> bool:
    """
    Return whether `value` is a text that may stand in a log, a terminal, a table or a file.

    Plain is what is printable, has `MAX_NAME` characters at most, and does not begin as a formula
    of a spreadsheet does.
    """
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_NAME
        and value.isprintable()
        and value[0] not in '=+-@'
        and value.strip() == value
    )

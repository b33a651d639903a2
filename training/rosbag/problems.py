"""What is wrong with a bag: one line that names bag, topic and time."""

from typing import NamedTuple


class Problem(NamedTuple):
    """
    What is wrong with a bag.

    Attributes
    ----------
    bag : str
        Name of the bag.
    topic : str
        The topic, or '' where it concerns the whole bag.
    time_s : float or None
        Time since the begin of the bag [s]; None where it concerns all of it.
    text : str
        What is wrong.

    """

    bag: str
    topic: str
    time_s: float | None
    text: str

    def __str__(self):
        where = [self.bag, self.topic, '' if self.time_s is None else f'at {self.time_s:.2f} s']
        return f'{", ".join(part for part in where if part)}: {self.text}'

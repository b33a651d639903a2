# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""How a study's names and numbers are written."""

from collections.abc import Iterable
import math
import statistics

from .baselines import MEAN, MLP, PHYSICS

LABELS = {
    'multi_lstm': 'Multi LSTM',
    'multi_gru': 'Multi GRU',
    'single_lstm': 'Single LSTM',
    'single_gru': 'Single GRU',
    MLP.name: 'MLP, no memory',
    PHYSICS: 'Physics',
    MEAN: 'Mean',
}
"""Models as readers know them."""

NOTHING = '–'
"""Where there is no number."""


def spread(values: Iterable[float], decimals: int = 5, of: int | None = None) -> str:
    """
    Return numbers as their mean ± standard deviation.

    Parameters
    ----------
    values : iterable of float
        The numbers.
    decimals : int
        Digits after the point.
    of : int, optional
        How many numbers there should be; said where there are fewer.

    Returns
    -------
    str
        A single number stands alone, without a deviation.

    """
    values = list(values)
    if not values:
        return NOTHING
    text = f'{statistics.fmean(values):.{decimals}f}'
    if len(values) > 1:
        text += f' ± {statistics.stdev(values):.{decimals}f}'
    return text if of is None or len(values) == of else f'{text} ({len(values)} of {of})'


def mean(values: Iterable[float]) -> float:
    """Return the mean of numbers, NaN of none."""
    values = list(values)
    return statistics.fmean(values) if values else math.nan


def duration(seconds: Iterable[float]) -> str:
    """Return times [s] as their mean ± standard deviation in a fitting unit."""
    seconds = list(seconds)
    if seconds and statistics.fmean(seconds) >= 120.0:
        return f'{spread([value / 60.0 for value in seconds], 1)} min'
    return f'{spread(seconds, 1)} s' if seconds else NOTHING


def after(epochs: int | str) -> str:
    """Return a number of epochs with its noun."""
    return f'{epochs} epoch' if epochs in (1, '1') else f'{epochs} epochs'


def change(ratio: float) -> str:
    """Return a ratio as a change in percent."""
    return NOTHING if math.isnan(ratio) else f'{100.0 * (ratio - 1.0):+.0f} %'.replace('-', '−')


def factor(ratio: float) -> str:
    """Return a ratio as a factor."""
    return NOTHING if math.isnan(ratio) else f'{ratio:.2f}'


def probability(p: float) -> str:
    """Return a probability, or that there is none."""
    if math.isnan(p):
        return NOTHING
    return '< 0.001' if p < 0.001 else f'{p:.3f}'


def listing(words: Iterable[str]) -> str:
    """Return words as a list in a sentence."""
    words = list(words)
    return ' and '.join([', '.join(words[:-1]), words[-1]] if len(words) > 1 else words)

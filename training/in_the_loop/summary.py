# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The figures of many pours: by group of cups, motion, and number of pours weighed before."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
import math
from typing import Any

import numpy as np

from .baselines import BASELINES
from .motions import KINDS
from .open_loop import OPEN_LOOP
from .score import ESTIMATOR, Score

MOTION_SETS = {'all': KINDS, 'open_loop': tuple(OPEN_LOOP), **{kind: (kind,) for kind in KINDS}}
"""The motions that figures are made of, by name."""

CUP_SETS = ('all', 'open_loop', 'steered', 'steered_ahead')
"""Those of `MOTION_SETS` that figures of single cups are made of."""

Figures = dict[str, object]


class ScoreTable:
    """
    Scores by column.

    Parameters
    ----------
    scores : sequence of Score
        In any order.

    """

    def __init__(self, scores: Sequence[Score]) -> None:
        self._columns = {
            field.name: np.array([getattr(score, field.name) for score in scores])
            for field in fields(Score)
        }

    def __len__(self) -> int:
        return len(self._columns['method'])

    def where(self, **values: object) -> 'ScoreTable':
        """Return the scores whose columns hold these values, or one of a tuple of them."""
        chosen = np.ones(len(self), bool)
        for name, value in values.items():
            choices = np.array(value if isinstance(value, tuple) else [value])
            chosen &= np.isin(self._columns[name], choices)
        table = ScoreTable(())
        table._columns = {name: column[chosen] for name, column in self._columns.items()}
        return table

    def values(self, name: str) -> np.ndarray:
        """Return what a column holds; numbers that are NaN are left out."""
        column = self._columns[name]
        return column[~np.isnan(column)] if column.dtype.kind == 'f' else column

    def unique(self, name: str) -> list[Any]:
        """Return the different values of a column, in their order of appearance."""
        return list(dict.fromkeys(self._columns[name].tolist()))


def summarize(scores: Sequence[Score]) -> dict[str, dict[str, Any]]:
    """
    Return all figures.

    Parameters
    ----------
    scores : sequence of Score
        Of all pours.

    Returns
    -------
    dict
        For each group of cups: ``motions``, the figures of each of `MOTION_SETS` as means over
        the cups, and ``cups``, those of each cup alone. Each figure is a list, one number for
        each pour of a session; see `_figures`.

    """
    table = ScoreTable(scores)
    stages = sorted(table.unique('stage'))
    summary = {}
    for group in table.unique('group'):
        members = table.where(group=group)
        names = members.unique('cup')
        present = {
            name: kinds for name, kinds in MOTION_SETS.items() if len(members.where(motion=kinds))
        }
        cups = [members.where(cup=name) for name in names]
        summary[group] = {
            'motions': {
                name: _figures([cup.where(motion=kinds) for cup in cups], stages)
                for name, kinds in present.items()
            },
            'cups': {
                name: {
                    chosen: _figures([cup.where(motion=kinds)], stages)
                    for chosen, kinds in present.items()
                    if chosen in CUP_SETS
                }
                for name, cup in zip(names, cups)
            },
        }
    return summary


def _figures(cups: Sequence[ScoreTable], stages: Sequence[int]) -> Figures:
    """
    Return figures by name, each a list of one number for each stage, means over `cups`.

    ``final_ml`` and ``target_ml`` (by who said it, then ``median`` and ``p90``), ``rmse_ml`` (by
    who said it), and of the estimator: ``coverage`` of ``finals``, of ``steps`` and of the steps
    since the first gram (``pouring``), the ``width_ml`` of the final interval, and ``predicted``,
    the error of what was predicted when cups were turned back. What was not asked is left out.
    """
    figures: Figures = {
        'pours': [
            sum(len(cup.where(method=ESTIMATOR, stage=stage).values('final_ml')) for cup in cups)
            for stage in stages
        ]
    }

    def over_stages(method: str, figure: Callable[[ScoreTable], float]) -> list[float] | None:
        means = [
            _mean([figure(cup.where(method=method, stage=stage)) for cup in cups])
            for stage in stages
        ]
        return None if all(math.isnan(mean) for mean in means) else means

    for name in ('final_ml', 'target_ml'):
        by_method = {
            method: {
                'median': over_stages(method, _quantile(name, 50)),
                'p90': over_stages(method, _quantile(name, 90)),
            }
            for method in (ESTIMATOR, *BASELINES)
        }
        figures[name] = {method: value for method, value in by_method.items() if value['median']}
    figures['rmse_ml'] = {method: over_stages(method, _rmse) for method in (ESTIMATOR, *BASELINES)}
    figures['coverage'] = {
        'finals': over_stages(ESTIMATOR, lambda scores: _mean(scores.values('final_covered'))),
        'steps': over_stages(ESTIMATOR, _share('steps_covered', 'steps')),
        'pouring': over_stages(ESTIMATOR, _share('pouring_covered', 'pouring_steps')),
    }
    figures['width_ml'] = over_stages(ESTIMATOR, _quantile('width_ml', 50))
    figures['predicted_ml'] = over_stages(ESTIMATOR, _quantile('predicted_ml', 50))
    return _without_nothing(figures)


def _quantile(name: str, percent: float) -> Callable[[ScoreTable], float]:
    def figure(scores: ScoreTable) -> float:
        values = scores.values(name)
        return float(np.percentile(values, percent)) if len(values) else math.nan

    return figure


def _share(part: str, whole: str) -> Callable[[ScoreTable], float]:
    def figure(scores: ScoreTable) -> float:
        parts, total = scores.values(part), scores.values(whole).sum()
        return float(parts.sum() / total) if len(parts) and total else math.nan

    return figure


def _rmse(scores: ScoreTable) -> float:
    steps = scores.values('steps').sum()
    return math.sqrt(scores.values('squared_ml2').sum() / steps) if steps else math.nan


def _mean(values: Iterable[float]) -> float:
    numbers = [value for value in values if not math.isnan(value)]
    return float(np.mean(numbers)) if numbers else math.nan


def _without_nothing(figures: Figures) -> Figures:
    """Return figures without those that are None or empty, at any depth; no NaN is left."""
    present: Figures = {}
    for name, value in figures.items():
        if isinstance(value, dict):
            value = _without_nothing(value)
        if isinstance(value, list):
            value = [None if math.isnan(number) else _rounded(number) for number in value]
        if value:
            present[name] = value
    return present


def _rounded(number: float) -> float:
    """Return a number with as many digits as a figure can mean."""
    return number if isinstance(number, int) else round(number, 2 if number >= 1.0 else 3)

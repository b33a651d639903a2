# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
The two published layouts of recorded pours: which column holds what, in which unit.

``dim``
    The pouring part of "A dataset of daily interactive manipulation" (Huang & Sun, IJRR 2019) as
    Nosouhian et al. (2021) use it: ten columns.
``robot_trials``
    The "Robot_Trials_DL" set of the USF RPAL lab: seven columns.
"""

from dataclasses import dataclass

from ..errors import RecordingError
from ..units import degree_to_rad, lbf_to_newton, mm_to_m, Quantity

_TO_SI = {'lbf': lbf_to_newton, 'mm': mm_to_m, 'degree': degree_to_rad}
"""By unit of a column; the others are SI units, or numbers."""


@dataclass(frozen=True)
class Column:
    """
    One column of a recording.

    Attributes
    ----------
    name, unit, description : str
        What the column holds.
    low, high : float
        Plausible range [unit]; a value outside most often means a wrong unit or column order.
    constant : bool
        Whether the value is one number for the whole pour.

    """

    name: str
    unit: str
    low: float
    high: float
    description: str
    constant: bool = True

    def to_si(self, values: Quantity) -> Quantity:
        """Return recorded `values` [unit] in SI units; the only place where lbf become N."""
        return _TO_SI[self.unit](values) if self.unit in _TO_SI else values


@dataclass(frozen=True)
class Response:
    """
    What a model predicts, and how the poured weight follows from it.

    Attributes
    ----------
    name, unit : str
        Name and unit of the response.
    recorded : {'f', '-f'}
        How the response follows from the recorded column f.
    weight_rule : {'response', 'f_init - response'}
        How the poured weight [N] follows from the response.

    """

    name: str
    unit: str
    recorded: str
    weight_rule: str


@dataclass(frozen=True)
class Schema:
    """
    Layout of a file of recorded pours: float array of shape (pours, steps, columns).

    Attributes
    ----------
    name : str
        Name on the command line and in a model's metadata.
    columns : tuple of Column
        The columns in their order.
    sample_rate_hz : float
        Nominal rate of the steps [Hz].
    response : Response
        What a model of this schema predicts.
    online_features : tuple of str
        Features that a robot without a force sensor knows while it pours.
    paper_features : tuple of str
        The predictors of Nosouhian et al. (2021); empty where the paper does not use the schema.
    study_features : tuple of str
        Plain recorded inputs on which architectures are compared: the paper's where there are
        such.

    """

    name: str
    columns: tuple[Column, ...]
    sample_rate_hz: float
    response: Response
    online_features: tuple[str, ...]
    paper_features: tuple[str, ...] = ()
    study_features: tuple[str, ...] = ()

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in their order, a tuple of str."""
        return tuple(column.name for column in self.columns)

    def index(self, name: str) -> int:
        """Return the position of column `name`."""
        return self.column_names.index(name)

    def column_of(self, name: str) -> Column:
        """Return the `Column` called `name`."""
        return self.columns[self.index(name)]

    def response_of(self, f: Quantity) -> Quantity:
        """Return the response [N] for the recorded `f` [N]."""
        return -f if self.response.recorded == '-f' else f

    def poured_weight_of(self, response: Quantity, f_init: float) -> Quantity:
        """Return the poured weight [N] for a `response` [N] and `f_init` [N]."""
        return weight_from_response(self.response.weight_rule, response, f_init)


def weight_from_response(rule: str, response: Quantity, f_init: float) -> Quantity:
    """
    Return the poured weight that follows from a response, by `Response.weight_rule`.

    Parameters
    ----------
    rule : {'response', 'f_init - response'}
        How the poured weight follows from the response.
    response : float or ndarray
        What the model predicts [N].
    f_init : float
        Weight before pouring [N].

    Returns
    -------
    float or ndarray
        Poured weight [N], of the shape of `response`.

    """
    if rule == 'response':
        return response
    if rule == 'f_init - response':
        return f_init - response
    raise ValueError(f"expected the rule 'response' or 'f_init - response', received {rule!r}")


_MOTION = ('theta', 'theta_velocity', 'capacity', 'excess', 'largest_excess')

_PAPER = ('theta', 'f_init', 'f_empty', 'f_final', 'd_rc', 'h_rc', 'd_pc', 'h_pc', 'rho')

_THETA = Column('theta', 'degree', -200.0, 200.0, 'rotation of the pouring cup', constant=False)

DIM = Schema(
    name='dim',
    columns=(
        _THETA,
        Column('f', 'lbf', -2.0, 20.0, 'weight at this time', constant=False),
        Column('f_init', 'lbf', 0.01, 20.0, 'weight before pouring'),
        Column('f_empty', 'lbf', -2.0, 20.0, 'weight while the cup is empty'),
        Column('f_final', 'lbf', -2.0, 20.0, 'weight after pouring: the outcome'),
        Column('d_rc', 'mm', 10.0, 1000.0, 'diameter of the receiving cup'),
        Column('h_rc', 'mm', 10.0, 1000.0, 'height of the receiving cup'),
        Column('d_pc', 'mm', 10.0, 500.0, 'diameter of the pouring cup'),
        Column('h_pc', 'mm', 20.0, 1000.0, 'height of the pouring cup'),
        Column('rho', '-', 0.3, 5.0, 'density relative to water'),
    ),
    sample_rate_hz=60.0,
    response=Response('f', 'N', recorded='f', weight_rule='f_init - response'),
    online_features=(*_MOTION, 'f_init', 'f_empty', 'd_rc', 'h_rc', 'd_pc', 'h_pc', 'rho'),
    paper_features=_PAPER,
    study_features=_PAPER,
)
"""The paper's ten columns; f is the weight at this time, so that it falls as liquid leaves."""

ROBOT_TRIALS = Schema(
    name='robot_trials',
    columns=(
        _THETA,
        Column('f', 'lbf', -20.0, 2.0, 'change of the weight since the start', constant=False),
        Column('f_init', 'lbf', 0.01, 20.0, 'weight of the liquid before pouring'),
        Column('f_target', 'lbf', 0.01, 20.0, 'weight that is meant to be poured'),
        Column('h_pc', 'mm', 20.0, 1000.0, 'height of the pouring cup'),
        Column('d_pc', 'mm', 10.0, 500.0, 'diameter of the pouring cup'),
        Column(
            'theta_dot',
            'rad/s',
            -20.0,
            20.0,
            'velocity commanded by a controller that watched f; it leaks the force sensor, '
            'so no feature uses it',
            constant=False,
        ),
    ),
    sample_rate_hz=60.0,
    response=Response('poured_weight', 'N', recorded='-f', weight_rule='response'),
    online_features=(*_MOTION, 'f_init', 'f_target', 'h_pc', 'd_pc'),
    study_features=('theta', 'theta_velocity', 'f_init', 'f_target', 'h_pc', 'd_pc'),
)
"""Seven columns; f starts at 0 and becomes negative as liquid leaves."""

SCHEMAS = {schema.name: schema for schema in (DIM, ROBOT_TRIALS)}
"""All schemas by name."""


def get_schema(name: str) -> Schema:
    """Return the `Schema` called `name`; raise `RecordingError` for an unknown one."""
    try:
        return SCHEMAS[name]
    except KeyError:
        raise RecordingError(
            f'schema: expected one of {sorted(SCHEMAS)}, received {name!r}'
        ) from None

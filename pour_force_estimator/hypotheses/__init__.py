# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""
What is unknown of a cup in a gripper, as a few hypotheses that are weighed against each other.

`grid` says which hypotheses there are for a cup: how much further tilted than fitted it may sit
and, for a cup that nobody fitted, how its lip may let liquid pass. `outflow` lets the cup pour
under all of them at once, `return_flow` says what would still leave if the arm turned back now,
and `mounting` learns from weighed pours which of them hold.
"""

from .grid import Hypotheses, hypotheses_of
from .mounting import Mounting
from .outflow import HypotheticalOutflow

__all__ = ['HypotheticalOutflow', 'Hypotheses', 'Mounting', 'hypotheses_of']

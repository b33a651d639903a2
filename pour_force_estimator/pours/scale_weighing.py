# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether an estimator can learn from a pour that a scale saw, and which weight it is told."""

import numpy as np

from ..errors import WeighingError
from .cut import Cut


def weight_to_tell(
    cut: Cut, sign: int, stamps_ns: np.ndarray, estimates: np.ndarray, min_poured: float
) -> float:
    """
    Return what an estimator is told of a pour.

    It learns from the weight that has left since its own pour started, so that this must be the
    pour which the scale saw, whole and alone.

    Parameters
    ----------
    cut : Cut
        A pour, or one in which the scale saw nothing poured.
    sign : {1, -1}
        In which direction the reading of the scale changes while the cup pours.
    stamps_ns : ndarray of shape (n,)
        Stamps of estimates within the cut [ns], ascending.
    estimates : ndarray of shape (n,)
        Estimated poured weight [N].
    min_poured : float
        What counts as poured [N].

    Returns
    -------
    float
        The weight [N], not negative: a scale that read a little less than before saw nothing.

    Raises
    ------
    WeighingError
        If the estimator has nothing to learn, or would learn something wrong.

    """
    if not (cut.is_pour or cut.poured_nothing):
        raise WeighingError(f'it was no pour: {cut.reason}')
    upright = stamps_ns <= cut.left_ns
    if not upright.any() or upright.all():
        raise WeighingError('the estimator did not estimate all of it')
    began = float(estimates[upright][-1])
    if not abs(began) <= min_poured:
        raise WeighingError(
            f'the estimator did not start a pour with it: its estimate began at {began:.3f} N'
        )
    while_away = estimates[~upright]
    if cut.poured_nothing and not while_away[-1] > min_poured:
        raise WeighingError('neither the scale nor the estimator saw anything poured')
    # 2: what a step of the estimate may take back by itself is no new pour
    fallen = np.maximum.accumulate(while_away) > 2.0 * min_poured
    if (fallen & (while_away <= min_poured)).any():
        raise WeighingError('the estimator started another pour before it had ended')
    return max(sign * cut.change, 0.0)

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings and results of small studies, for tests."""

import hashlib
from pathlib import Path

from pour_force_estimator.units import NEWTON_PER_LBF
from training.study.plan import ARCHITECTURE_QUESTION, Run
from training.study.record import ALIVE, Outcome, Record
from training.study.results import Results
from training.study.settings import StudySettings


def make_settings(data, schema='dim', *, test_data='', **changes):
    """Return the settings of a study of the file `data` with two epochs."""

    def digest(path):
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ''

    files = {'data': str(data), 'data_digest': digest(data), 'schema': schema}
    files |= {'test_data': str(test_data), 'test_digest': digest(test_data)}
    fits = {'epochs': (1, 2), 'batch_size': 32, 'learning_rate': 0.01}
    return StudySettings(**{**files, **fits, 'split_seed': 0, 'max_pours': None, **changes})


def outcome(mse, seconds=1.0, status=ALIVE):
    """Return an outcome with the error `mse` [lbf^2] on all parts; none if it is not alive."""
    parts = ('train', 'validation', 'test 1', 'test 2') if status == ALIVE else ()
    return Outcome(
        status, seconds, {part: {'mse_newton2': mse * NEWTON_PER_LBF**2} for part in parts}
    )


def make_results(errors, epochs=(1, 2), question=ARCHITECTURE_QUESTION):
    """Return results from errors, or an `Outcome`, by model, seed and place in `epochs`."""
    records = {}
    for model, seeds in errors.items():
        for seed, values in enumerate(seeds):
            run = Run(question, model, seed)
            outcomes = [mse if isinstance(mse, Outcome) else outcome(mse) for mse in values]
            records[run] = Record(run, dict(zip(epochs, outcomes)))
    return Results(records, epochs)

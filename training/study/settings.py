# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What all runs of one study share; a folder holds the runs of one such study."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class StudySettings:
    """
    Data and protocol of a study.

    Attributes
    ----------
    data : str
        Path of the recorded pours that are split into training, validation and test 1.
    data_digest : str
        SHA-256 of that file, hexadecimal.
    schema : str
        Layout of the recordings.
    test_data, test_digest : str
        The same of test 2; empty without one.
    epochs : tuple of int
        Lengths of the training runs, ascending.
    batch_size : int
        Pours per batch.
    learning_rate : float
        Learning rate of Adam.
    split_seed : int
        Seed of the split, which is the same for all runs, so that they can be compared in pairs.
    max_pours : int or None
        Most pours to take of each file, drawn with `split_seed`; None for all.

    """

    data: str
    data_digest: str
    schema: str
    test_data: str
    test_digest: str
    epochs: tuple[int, ...]
    batch_size: int
    learning_rate: float
    split_seed: int
    max_pours: int | None

    def fingerprint(self) -> dict[str, Any]:
        """Return what makes it this study, a dict of JSON values; where the files lie does not."""
        values = asdict(self)
        del values['data'], values['test_data']
        return {**values, 'epochs': list(self.epochs)}

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What tests of the import share: three pours, and the command with what came of it."""

from dataclasses import dataclass

import pytest

pytest.importorskip('rosbags', reason='needs rosbags')  # no hook skips where a conftest imports it

from small_bags import record, write_context  # noqa: E402
import yaml  # noqa: E402

from pour_force_estimator.pours.recordings import load_recordings  # noqa: E402
from training.rosbag.__main__ import main  # noqa: E402


@dataclass(frozen=True)
class Outcome:
    """What an import said and wrote; weights are the last ones of each pour [N]."""

    code: int
    output: str
    errors: str
    weights: list
    report: dict


@pytest.fixture(scope='session')
def three_pours():
    """Return three pours of one cup."""
    return record(3, seed=4)


@pytest.fixture
def import_bag(tmp_path, three_pours, capsys):
    """Return a function that imports a bag by the command; nothing is half written."""

    def import_one(bag, *options, **context):
        write_context(
            tmp_path / 'context.yaml',
            three_pours,
            **{'initial_weight': 4.5, 'target_weight': 1.0, **context},
        )
        path = tmp_path / 'out' / 'pours.npy'
        capsys.readouterr()
        code = main(
            [
                str(bag),
                '--joints',
                'wrist_3_joint',
                '--scale',
                '/scale',
                '--context',
                str(tmp_path / 'context.yaml'),
                '--output',
                str(path),
                *options,
            ]
        )
        said = capsys.readouterr()
        if code:
            assert code == 2 and not path.parent.exists()
            assert all(len(line) < 420 for line in said.err.splitlines())
            return Outcome(code, said.out, said.err, [], {})
        pours = load_recordings(path, 'robot_trials').pours
        return Outcome(
            code,
            said.out,
            said.err,
            [float(pour.poured_weight[-10:].mean()) for pour in pours],
            yaml.safe_load(path.with_suffix('.yaml').read_text()),
        )

    return import_one

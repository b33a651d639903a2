# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What tests of the import share: three pours, and the command with what came of it."""

from dataclasses import dataclass
import shutil

import pytest

pytest.importorskip('rosbags', reason='needs rosbags')  # no hook skips where a conftest imports it

from small_bags import joint_states, readings, record, write_bag, write_context  # noqa: E402
import yaml  # noqa: E402

from pour_force_estimator.pours.recordings import load_recordings  # noqa: E402
from training.rosbag.__main__ import main  # noqa: E402


@dataclass(frozen=True)
class Outcome:
    """What an import said and wrote; weights are the last ones of each pour [N]."""

    code: int
    output: str
    errors: str
    pours: list
    report: dict

    @property
    def weights(self):
        return [float(pour.poured_weight[-10:].mean()) for pour in self.pours]

    @property
    def refusal(self):
        """Errors of an import that is refused."""
        assert self.code == 2
        return self.errors

    def check(self, poured, tolerance=0.02):
        """Assert that the pours are there, with the weight that was poured in each [N]."""
        assert self.code == 0, self.errors
        assert self.weights == pytest.approx(poured, abs=tolerance)


@pytest.fixture(scope='session')
def three_pours():
    """Return three pours of one cup."""
    return record(3, seed=4)


@pytest.fixture
def messages(three_pours):
    """Return what arm and scale sent in the three pours."""
    return [*joint_states(three_pours), *readings(three_pours)]


@pytest.fixture
def make_bag(tmp_path):
    """Return a function that writes lists of messages to a bag."""
    return lambda *rows, name='bag', **options: write_bag(
        tmp_path / name, sum(rows, []), **options
    )


@pytest.fixture
def import_bag(tmp_path, three_pours, capsys):
    """Return a function that imports bags by the command; nothing is half written."""

    def import_bags(*words, tilt=('--joints', 'wrist_3_joint'), **context):
        path = tmp_path / 'out' / 'pours.npy'
        weights = {'initial_weight': 4.5, 'target_weight': 1.0, **context}
        file = write_context(tmp_path / 'context.yaml', three_pours, **weights)
        if path.parent.is_dir():
            shutil.rmtree(path.parent)
        capsys.readouterr()
        options = [*tilt, '--scale', '/scale', '--context', file, '--output', path]
        code = main([*map(str, (*options, *words))])
        printed = capsys.readouterr()
        if code:
            assert code == 2 and not path.parent.is_dir()
            assert all(len(line) < 420 for line in printed.err.splitlines())
            return Outcome(code, printed.out, printed.err, [], {})
        pours = load_recordings(path, 'robot_trials').pours
        report = yaml.safe_load(path.with_suffix('.yaml').read_text())
        return Outcome(code, printed.out, printed.err, pours, report)

    return import_bags


@pytest.fixture
def import_messages(make_bag, import_bag):
    """Return a function that imports a bag of lists of messages."""
    return lambda *messages, options=(): import_bag(make_bag(*messages), *options)

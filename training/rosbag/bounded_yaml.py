# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""YAML that says what a bag holds, read in bounded time and memory."""

from pathlib import Path
from typing import Any

from pour_force_estimator import bounded_yaml

from ..errors import BagError


def load_yaml(path: Path, expected: str = 'a YAML file') -> Any:
    """Load a YAML file as `pour_force_estimator.bounded_yaml` does, or raise `BagError`."""
    try:
        return bounded_yaml.load_yaml(path, expected)
    except bounded_yaml.YamlError as error:
        raise BagError(str(error)) from error

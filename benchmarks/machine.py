# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a measurement was made on."""

import os
from pathlib import Path
import platform
from typing import Any

import numpy as np
import onnxruntime


def describe_machine() -> dict[str, Any]:
    """Return processor, load and versions, a dict that goes into a file of results."""
    return {
        'processor': _processor(),
        'cores': os.cpu_count(),
        'load': round(os.getloadavg()[0], 2),
        'system': f'{platform.system()} {platform.machine()}',
        'python': platform.python_version(),
        'numpy': np.__version__,
        'onnxruntime': onnxruntime.__version__,
        **_version('tensorflow'),
        **_version('rclpy'),
        **_version('keras'),
    }


def _version(name: str) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return {name: version(name)}
    except PackageNotFoundError:
        return {}


def _processor() -> str:
    """Return the model of the processor; Python's own answer is empty on Linux."""
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
    except OSError:
        lines = []
    names = [line.partition(':')[2].strip() for line in lines if line.startswith('model name')]
    return names[0] if names else platform.processor() or 'unknown'

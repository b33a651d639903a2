# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""TensorFlow, Keras and tf2onnx, imported without what TensorFlow logs while it is loaded."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from typing import Any, TypeAlias

__all__ = ['keras', 'tf', 'tf2onnx', 'Tensor']

Tensor: TypeAlias = Any
"""A tensor of TensorFlow, or one of Keras that stands for it; neither is annotated."""


@contextmanager
def _stderr_discarded() -> Iterator[None]:
    """Discard what libraries in C++ write to standard error; Python's exceptions still pass."""
    stderr_copy = os.dup(2)
    with open(os.devnull, 'wb') as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(stderr_copy, 2)
        os.close(stderr_copy)


# Pages about drivers and instruction sets; a user who wants them can set the variable to 0.
if os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3') == '0':
    import keras
    import tensorflow as tf
    import tf2onnx
else:
    with _stderr_discarded():
        import keras
        import tensorflow as tf
        import tf2onnx

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The models that ship with the package."""

from pathlib import Path

from ...errors import ModelFileError
from ...text import quoted

DEFAULT_MODEL = 'robot_trials'
"""The model that is used when none is named."""

_FOLDER = Path(__file__).parent


def shipped_models() -> list[str]:
    """Return the names of the models that ship with the package, a sorted list of str."""
    return sorted(path.stem for path in _FOLDER.glob('*.onnx'))


def find_model(name_or_path: str | Path = DEFAULT_MODEL) -> Path:
    """
    Return the path of a model.

    Parameters
    ----------
    name_or_path : str or path-like
        The name of a shipped model, or the path of an ONNX file.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ModelFileError
        If it is neither.

    """
    shipped = _FOLDER / f'{name_or_path}.onnx'
    if name_or_path in shipped_models():
        return shipped
    try:
        path = Path(name_or_path).expanduser()
        if path.is_file():
            return path
    except (OSError, RuntimeError, ValueError):  # a name that no path can have, or no such home
        pass
    raise ModelFileError(
        f'model: expected the path of an ONNX file or one of {shipped_models()}, '
        f'received {quoted(str(name_or_path))}'
    )

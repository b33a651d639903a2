# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The size of a cup: when two are the same, and how people read it."""

from ..units import m_to_mm

SAME_SIZE_M = 0.0005
"""Heights and diameters that are nearer than this are the same; they are recorded in mm."""


def is_same_size(
    height: float, diameter: float, other_height: float, other_diameter: float
) -> bool:
    """Return whether two cups are as tall and as wide [m], within `SAME_SIZE_M`."""
    return (
        abs(height - other_height) < SAME_SIZE_M and abs(diameter - other_diameter) < SAME_SIZE_M
    )


def size_text(height: float, diameter: float) -> str:
    """Return how people read the size of a cup `height` tall and `diameter` wide [m], in mm."""
    return f'{m_to_mm(height):.0f} x {m_to_mm(diameter):.0f} mm'

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The size of a cup: how people read it."""

from ..units import m_to_mm


def size_text(height: float, diameter: float) -> str:
    """Return how people read the size of a cup `height` tall and `diameter` wide [m], in mm."""
    return f'{m_to_mm(height):.0f} x {m_to_mm(diameter):.0f} mm'

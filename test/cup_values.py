# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The numbers of a cup, for comparisons."""

NAMES = 'height diameter lip_ratio discharge choke angle_offset delay_s pours'.split()


def values_of(cup):
    """Return what `CupSpec.of_size` takes for a cylinder or a bottle, by name."""
    return {name: getattr(cup, name) for name in NAMES}

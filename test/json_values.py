# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whatever JSON can say, for tests of what reads it."""

from hypothesis import strategies as st


def json_values(*keys):
    """Return a strategy of values; the keys of objects are some of `keys`, or any text."""
    key = st.sampled_from(keys) if keys else st.text(max_size=9)
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
        lambda inner: st.lists(inner, max_size=5) | st.dictionaries(key, inner, max_size=5),
        max_leaves=10,
    )

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""From joint states to the tilt of the cup: what is read, what is believed, how it turns."""

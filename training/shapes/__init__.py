# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Cups from their shape: files of profiles, meshes and cups, the nearest CupSpec, a picture."""

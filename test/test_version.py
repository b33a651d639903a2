# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""package.xml has the version; all other places follow it."""

import re
from xml.etree import ElementTree

import yaml

import pour_force_estimator


def test_the_package_its_citation_and_its_changelog_have_the_version_of_its_manifest(repository):
    version = ElementTree.parse(repository / 'package.xml').findtext('version')
    assert pour_force_estimator.__version__ == version
    assert yaml.safe_load((repository / 'CITATION.cff').read_text())['version'] == version
    releases = re.findall(r'^(\d+\.\d+\.\d+) \(', (repository / 'CHANGELOG.rst').read_text(), re.M)
    assert releases[0] == version

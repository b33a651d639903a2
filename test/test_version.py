# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""package.xml has the version; all other places follow it."""

import re
from xml.etree import ElementTree

import pytest
import yaml

import pour_force_estimator


@pytest.fixture(scope='module')
def version(repository):
    return ElementTree.parse(repository / 'package.xml').findtext('version')


def test_the_citation_has_the_version_of_the_package(repository, version):
    citation = yaml.safe_load((repository / 'CITATION.cff').read_text())
    assert citation['version'] == version


def test_the_changelog_begins_with_the_version_of_the_package(repository, version):
    releases = re.findall(r'^(\d+\.\d+\.\d+) \(', (repository / 'CHANGELOG.rst').read_text(), re.M)
    assert releases[0] == version


def test_the_package_says_its_version(version):
    assert pour_force_estimator.__version__ == version

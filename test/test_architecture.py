# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The pictures of docs/architecture.md, beside what the modules import."""

from itertools import pairwise
import re

import grimp
import pytest

NODE = re.compile(r'^(\w+)\[([\w, ]+)(?:: [^\]]*)?\]$')


@pytest.fixture(scope='module')
def graph():
    return grimp.build_graph('pour_force_estimator', 'training')


def rooms_and_arrows(page, package):
    """Return the rooms in each box of a picture, a dict, and its arrows, a set of pairs."""
    picture = re.search(rf'subgraph {package} \[.*?\n(.*?)\n    end\n', page, re.DOTALL)[1]
    lines = [line.strip() for line in picture.splitlines()]
    arrows = {pair for line in lines if '-->' in line for pair in pairwise(line.split(' --> '))}
    boxes = {box: [box] for arrow in arrows for box in arrow}
    labelled = [node.groups() for node in map(NODE.match, lines) if node]
    return boxes | {box: rooms.split(', ') for box, rooms in labelled}, arrows


def reached(start, arrows):
    """Return the boxes along the arrows from a box, a set with itself."""
    boxes, ends = {start}, [start]
    while ends:
        ends = [end for begin, end in arrows if begin in ends and end not in boxes]
        boxes.update(ends)
    return boxes


@pytest.mark.parametrize('package', ['pour_force_estimator', 'training'])
def test_a_picture_shows_the_rooms_and_who_imports_whom(repository, graph, package):
    page = (repository / 'docs' / 'architecture.md').read_text(encoding='utf-8')
    boxes, arrows = rooms_and_arrows(page, package)
    box_of = {f'{package}.{room}': box for box, rooms in boxes.items() for room in rooms}
    assert sorted(box_of) == sorted(graph.find_children(package))
    assert sum(map(len, boxes.values())) == len(box_of)
    imports = {
        (box_of[importer], box_of[imported])
        for importer in box_of
        for imported in box_of
        if box_of[importer] != box_of[imported]
        and graph.direct_import_exists(importer=importer, imported=imported, as_packages=True)
    }
    assert not arrows - imports, 'arrows that no import stands behind'
    shown = {(begin, end) for begin in boxes for end in reached(begin, arrows)}
    assert not imports - shown, 'imports that no way along the arrows shows'

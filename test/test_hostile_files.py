# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Arrays, URDFs and places to write to that were made to break their readers."""

import io
import os

from hypothesis import given, settings, strategies
import numpy as np
import pytest

from pour_force_estimator.errors import RecordingError, TiltError
from pour_force_estimator.files import write_text
from pour_force_estimator.pours.array_file import read_array
from pour_force_estimator.tilt.urdf_tilt import UrdfTilt


def saved(array, **options):
    stream = io.BytesIO()
    (np.savez_compressed if options else np.save)(stream, array)
    return stream.getvalue()


def test_a_header_that_claims_more_than_the_file_holds():
    large = saved(np.zeros((10, 10, 7))).replace(b'(10, 10, 7), }    ', b'(10**6, 99, 7), }')
    content, shape = saved(np.zeros((1, 1, 7))), b'(1, 1, 7), }' + 12 * b' '
    for broken in (large, content.replace(shape, b'(999999999999, 1, 7), } ')):
        with pytest.raises(RecordingError) as caught:
            read_array(broken)
        assert len(str(caught.value)) <= 400


@settings(max_examples=150, deadline=None)
@given(strategies.booleans(), strategies.integers(0, 300), strategies.binary(max_size=8))
def test_arrays_are_read_or_refused(compressed, place, junk):
    content = saved(np.arange(42.0).reshape(2, 3, 7), **({'packed': True} if compressed else {}))
    broken = content[:place] + junk + content[place + len(junk) :]
    try:
        read_array(broken)
    except RecordingError as error:
        assert len(str(error)) <= 400 and str(error).isprintable()


def chain(count):
    links = ''.join(f'<link name="l{index}"/>' for index in range(count + 1))
    joints = ''.join(
        f'<joint name="j{index}" type="revolute"><parent link="l{index}"/>'
        f'<child link="l{index + 1}"/></joint>'
        for index in range(count)
    )
    return f'<robot name="arm">{links}{joints}</robot>'


@pytest.mark.parametrize(
    'urdf, frame',
    [
        (chain(1000), 'l1000'),
        ('<robot>' + '\ud800', 'cup'),
        (chain(500), 'cup'),
        ('<?xml version="1.0" encoding="none"?><robot/>', 'cup'),
        ('<a>' * 10_000, 'cup'),
    ],
)
def test_urdfs_are_refused_in_one_line(urdf, frame):
    with pytest.raises(TiltError) as caught:
        UrdfTilt(urdf, frame)
    assert len(str(caught.value)) <= 400 and str(caught.value).isprintable()


@settings(max_examples=100, deadline=None)
@given(strategies.integers(0, 300), strategies.text(max_size=8))
def test_urdfs_are_read_or_refused(place, junk):
    urdf = chain(2)
    try:
        UrdfTilt(urdf[:place] + junk + urdf[place:], 'l2')
    except TiltError as error:
        assert len(str(error)) <= 400


def test_a_file_keeps_its_mode_and_a_link_stays(tmp_path):
    file, link, pipe = tmp_path / 'file', tmp_path / 'link', tmp_path / 'pipe'
    file.write_text('old')
    file.chmod(0o600)
    link.symlink_to(file)
    write_text(link, 'new')
    assert link.is_symlink() and file.read_text() == 'new' and file.stat().st_mode & 0o777 == 0o600
    os.mkfifo(pipe)
    with pytest.raises(OSError, match='expected a plain file'):
        write_text(pipe, 'new')
    assert pipe.is_fifo()

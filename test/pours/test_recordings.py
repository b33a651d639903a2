# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of pour_force_estimator.pours.recordings: each kind of bad file, small and real ones."""

import hashlib
import io
import math
import re
import zipfile

import numpy as np
import pytest
from small_pours import pours_array

from pour_force_estimator.errors import RecordingError
from pour_force_estimator.pours.recordings import load_recordings, Recordings
from pour_force_estimator.units import NEWTON_PER_LBF as LBF

SCHEMAS = ('dim', 'robot_trials')


def refusal(path, schema='robot_trials'):
    """Return why a file is refused, behind its name."""
    with pytest.raises(RecordingError) as caught:
        load_recordings(path, schema)
    return str(caught.value).removeprefix(f'{path.name}: ')


@pytest.fixture
def saved(tmp_path):
    """Return a function that saves an array as pours.npy and returns the path."""

    def save(array):
        path = tmp_path / 'pours.npy'
        np.save(path, array)
        return path

    return save


@pytest.fixture
def robot_array():
    return pours_array('robot_trials', 3)


def bytes_of(write, array):
    stream = io.BytesIO()
    write(stream, array)
    return stream.getvalue()


def write_zip(stream, _):
    with zipfile.ZipFile(stream, 'w') as file:
        file.writestr('readme.txt', 'no pours in here')


def length_of(array, pour):
    return int(np.flatnonzero(array[pour, :, 2])[-1]) + 1


def test_two_pours_by_hand(saved):
    row = [-30.0, -0.5, 1.25, 0.75, 120.0, 121.0, 0.5]
    upright = [-1.0, 0.0, *row[2:]]
    array = np.zeros((2, 4, 7))
    array[0, :2] = upright, row
    array[1, :3] = upright, row, row
    path = saved(array)
    recordings = load_recordings(path, 'robot_trials')
    assert (recordings.name, len(recordings), recordings.tilt_sign) == ('pours.npy', 2, -1)
    assert recordings.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [len(pour) for pour in recordings.pours] == [2, 3]
    assert [pour.index for pour in recordings.pours] == [0, 1]
    first = recordings.pours[0]
    assert first.column('theta').tolist() == [-1.0, -30.0]
    assert first.tilt.tolist() == pytest.approx([math.pi / 180.0, math.pi / 6.0])
    assert first.response.tolist() == [0.0, 0.5 * LBF]
    assert first.poured_weight.tolist() == [0.0, 0.5 * LBF]
    context = first.context
    assert context.initial_weight == pytest.approx(1.25 * LBF)
    assert context.target_weight == pytest.approx(0.75 * LBF)
    assert (context.cup_height, context.cup_diameter) == (0.12, 0.121)
    assert first.weight_after is None and context.relative_density is None


def test_a_pour_of_the_paper_by_hand(saved):
    constants = [1.5, 0.1, 0.5, 90.0, 110.0, 80.0, 140.0, 1.2]
    path = saved(np.array([[[2.0, 1.5, *constants], [60.0, 0.75, *constants]]]))
    recordings = load_recordings(path, 'dim')
    (pour,) = recordings.pours
    assert recordings.tilt_sign == 1
    assert pour.tilt.tolist() == pytest.approx([math.pi / 90.0, math.pi / 3.0])
    assert pour.response.tolist() == [1.5 * LBF, 0.75 * LBF]
    assert pour.poured_weight.tolist() == [0.0, pytest.approx(0.75 * LBF)]
    context = pour.context
    assert context.receiver_diameter == 0.09 and context.receiver_height == 0.11
    assert context.cup_diameter == 0.08 and context.cup_height == 0.14
    assert context.relative_density == 1.2
    assert context.empty_weight == pytest.approx(0.44482216152605)
    assert pour.weight_after == pytest.approx(2.22411080763025)
    assert context.target_weight is None


@pytest.mark.parametrize('schema', SCHEMAS)
def test_pours_are_the_rows_before_the_padding_of_a_file_or_an_array(saved, schema):
    array = pours_array(schema, 5)
    loaded, direct = load_recordings(saved(array)), Recordings.from_array(array, name='simulated')
    assert direct.name == 'simulated' and direct.schema.name == loaded.schema.name == schema
    assert direct.tilt_sign == loaded.tilt_sign and len(direct.digest) == 64
    for pour, same in zip(direct.pours, loaded.pours, strict=True):
        assert pour.data.tobytes() == same.data.tobytes()
        assert np.array_equal(pour.data, array[pour.index, : length_of(array, pour.index)])


def test_the_same_pours_turned_the_other_way_have_the_same_tilt(saved, robot_array):
    tilts = [pour.tilt for pour in load_recordings(saved(robot_array), 'robot_trials').pours]
    robot_array[:, :, 0] *= -1.0
    turned = load_recordings(saved(robot_array), 'robot_trials')
    assert turned.tilt_sign == 1
    for tilt, pour in zip(tilts, turned.pours):
        assert np.array_equal(tilt, pour.tilt)


def test_single_precision_is_read_as_double(saved, robot_array):
    recordings = load_recordings(saved(robot_array.astype(np.float32)), 'robot_trials')
    assert recordings.pours[0].data.dtype == np.float64
    assert recordings.pours[0].data[0, 0] == np.float32(robot_array[0, 0, 0])


def test_npz_holds_one_array(tmp_path, saved, robot_array):
    path = tmp_path / 'pours.npz'
    np.savez(path, robot_array)
    zipped, plain = (load_recordings(file, 'robot_trials') for file in (path, saved(robot_array)))
    assert zipped.name == 'pours.npz'
    for from_npz, from_npy in zip(zipped.pours, plain.pours, strict=True):
        assert np.array_equal(from_npz.data, from_npy.data)
    np.savez(path, train=robot_array, test=robot_array)
    assert refusal(path) == "expected one array in the .npz, received ['train', 'test']"
    np.savez(path, np.array([{}], dtype=object))
    assert refusal(path).startswith('expected an array saved by numpy without pickle')


def test_no_file(tmp_path):
    expected, absent = 'expected a .npy or .npz of recorded pours', tmp_path / 'absent.npy'
    assert refusal(absent) == f'{absent}: no such file; {expected}'
    assert refusal(tmp_path) == f'{tmp_path}: {expected}, received a folder'


NPY, NPZ, OTHER_ZIP = (
    bytes_of(save, pours_array('robot_trials', 3)) for save in (np.save, np.savez, write_zip)
)


@pytest.mark.parametrize(
    'content, expected',
    [
        (b'', 'expected an array saved by numpy without pickle, received'),
        (b'theta,f\n1.0,2.0\n', 'expected an array saved by numpy without pickle, received'),
        (b'\x93NUMPY\x01\x00', 'expected an array saved by numpy without pickle, received'),
        (NPY[:5000], 'expected an array saved by numpy'),
        (NPZ[:5000], 'expected an array saved by numpy'),
        (NPZ[:3000] + bytes(100) + NPZ[3100:], ''),
        (OTHER_ZIP, "expected an array in the .npz, received the file 'readme.txt'"),
    ],
    ids=['empty', 'text', 'header', 'cut', 'cut zip', 'damaged zip', 'other zip'],
)
def test_no_numpy_file(tmp_path, content, expected):
    path = tmp_path / 'pours.npy'
    path.write_bytes(content)
    assert refusal(path).startswith(expected)


def test_pickles_are_not_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / 'sprung').touch, ()

    np.save(tmp_path / 'pours.npy', np.array([Trap()], dtype=object), allow_pickle=True)
    message = refusal(tmp_path / 'pours.npy')
    assert message.startswith('expected an array saved by numpy without pickle')
    assert not (tmp_path / 'sprung').exists()


@pytest.mark.parametrize(
    'shape', [(3, 120), (3, 120, 10), (3, 120, 6), (0, 120, 7), (3, 0, 7), (1, 3, 120, 7), ()]
)
def test_wrong_shape(saved, shape):
    assert refusal(saved(np.ones(shape))) == (
        'expected an array of shape (pours, steps, 7) with the columns theta, f, f_init, '
        f'f_target, h_pc, d_pc, theta_dot (schema robot_trials), received shape {shape}'
    )


@pytest.mark.parametrize('dtype', ['int64', 'complex128', 'bool', 'U4'])
def test_wrong_dtype(saved, dtype):
    array = np.ones((3, 120, 7)).astype(dtype)
    assert refusal(saved(array)) == f'expected floating-point values, received {array.dtype}'


def test_not_finite_in_the_padding(saved, robot_array):
    """Then the row is no padding, and the rows of zeros before it are in the middle."""
    length = length_of(robot_array, 1)
    robot_array[1, 119, 3] = math.nan
    assert refusal(saved(robot_array)).startswith(f'pour 1, step {length}: ')


@pytest.mark.parametrize('first', [0, 20])
def test_rows_of_zeros_before_the_end(saved, robot_array, first):
    length = length_of(robot_array, 1)
    robot_array[1, first : first + 3] = 0.0
    message = refusal(saved(robot_array))
    assert message.startswith(f'pour 1, step {first}: expected padding (rows of zeros) only at')
    assert message.endswith(f'received a row of zeros before step {length - 1}')


def test_an_empty_pour(saved, robot_array):
    robot_array[2] = 0.0
    assert refusal(saved(robot_array)).startswith('pour 2 is empty: expected at least one row')


@pytest.mark.parametrize('schema', SCHEMAS)
def test_rad_instead_of_degree(saved, schema):
    array = pours_array(schema, 3)
    array[:, :, 0] = np.radians(array[:, :, 0])
    assert refusal(saved(array), schema) == (
        'column theta: expected degree, received values of at most '
        f'{np.abs(array[:, :, 0]).max():.3g}, which looks like rad'
    )


@pytest.mark.parametrize(
    'schema, column, name, value, expected',
    [
        ('dim', 1, 'f', math.nan, 'a finite number'),
        ('robot_trials', 1, 'f', -math.inf, 'a finite number'),
        ('robot_trials', 4, 'h_pc', math.inf, 'a finite number'),
        ('robot_trials', 0, 'theta', 201.0, '-200 to 200 degree'),
        ('robot_trials', 0, 'theta', -300.0, '-200 to 200 degree'),
        ('robot_trials', 1, 'f', 2.5, '-20 to 2 lbf'),
        ('robot_trials', 2, 'f_init', 0.001, '0.01 to 20 lbf'),
        ('robot_trials', 2, 'f_init', 1.25, 'one value for the whole pour'),
        ('robot_trials', 3, 'f_target', 300.0, '0.01 to 20 lbf'),
        ('robot_trials', 4, 'h_pc', 0.12, '20 to 1000 mm'),
        ('robot_trials', 5, 'd_pc', 12.1e3, '10 to 500 mm'),
        ('robot_trials', 6, 'theta_dot', 57.0, '-20 to 20 rad/s'),
        ('dim', 1, 'f', 21.0, '-2 to 20 lbf'),
        ('dim', 2, 'f_init', 1.25, 'one value for the whole pour'),
        ('dim', 5, 'd_rc', 0.1, '10 to 1000 mm'),
        ('dim', 9, 'rho', 1000.0, '0.3 to 5 -'),
    ],
)
def test_each_value_that_is_wrong_is_named(saved, schema, column, name, value, expected):
    array = pours_array(schema, 3)
    array[1, 17, column] = value
    assert refusal(saved(array), schema).startswith(
        f'pour 1, step 17, column {name}: expected {expected}, received {value}'
    )


def test_the_first_problem_is_reported(saved, robot_array):
    robot_array[2, 3, 0] = 300.0
    robot_array[1, 50, 0] = 300.0
    assert 'pour 1, step 50, column theta' in refusal(saved(robot_array))


def test_a_wrong_array_is_called_by_its_name():
    message = 'simulated: expected 10 columns (dim) or 7 (robot_trials), received an array of '
    with pytest.raises(RecordingError, match=re.escape(f'{message}shape (3, 120, 8)')):
        Recordings.from_array(np.ones((3, 120, 8)), name='simulated')


@pytest.mark.parametrize('column', ['f_empty', 'f_final'])
def test_what_loads_has_a_context(saved, column):
    array = pours_array('dim', 1)
    array[0, : length_of(array, 0), {'f_empty': 3, 'f_final': 4}[column]] = -0.01
    for pour in load_recordings(saved(array), 'dim').pours:
        pour.context  # noqa: B018 (it is computed)


def test_real_pours(robot_trials):
    lengths = [len(pour) for pour in robot_trials.pours]
    assert (len(robot_trials), min(lengths), max(lengths)) == (78, 243, 673)
    assert robot_trials.tilt_sign == -1
    contexts = [pour.context for pour in robot_trials.pours]
    cups = {(round(cup.cup_height * 1e3), round(cup.cup_diameter * 1e3)) for cup in contexts}
    assert cups == {(81, 88), (120, 121), (225, 67), (285, 89), (292, 75)}
    for pour in robot_trials.pours:  # which tilt to pour
        flow = np.diff(pour.poured_weight[::10])
        assert pour.tilt[::10][np.argmax(flow)] > np.radians(20.0)
        assert pour.tilt.max() > np.radians(30.0)
        assert pour.poured_weight[0] == pytest.approx(0.0, abs=0.05 * LBF)
        assert pour.poured_weight[-1] > 0.03 * LBF

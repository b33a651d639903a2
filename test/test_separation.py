"""
What may import what, and what must be documented: read from the source of all Python files.

`training` may import the pure part of `pour_force_estimator`, never the reverse; only files for
ROS import ROS; only files for training import TensorFlow.
"""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ('benchmarks', 'docs', 'launch', 'pour_force_estimator', 'test', 'training')
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ('.', *FOLDERS)
    for path in (ROOT / folder).glob('*.py' if folder == '.' else '**/*.py'))

ROS = {'rclpy', 'rosbag2_py', 'launch', 'launch_ros', 'ament_index_python', 'rosidl_runtime_py'}
ROS_ENDINGS = ('_msgs', '_srvs', '_interfaces')
TRAINING = {'tensorflow', 'keras', 'tf2onnx', 'onnx', 'sklearn'}
RUNTIME = {
    'numpy', 'onnxruntime', 'matplotlib', 'pytransform3d', 'rosbags', 'pour_force_estimator'}
"""What the package may import besides the standard library; all but two only where needed."""


def parse(file):
    return ast.parse((ROOT / file).read_text(encoding='utf-8'), file)


def imported(file):
    """Return the absolute names of all modules that a file imports, wherever in it."""
    package = Path(file).parent.parts
    names = set()
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1] if node.level else ()
            module = '.'.join((*base, *([node.module] if node.module else [])))
            names.add(module)
            names.update(f'{module}.{alias.name}' for alias in node.names)
    return names


def roots(file):
    return {name.partition('.')[0] for name in imported(file)}


def is_ros(name):
    return name in ROS or name.endswith(ROS_ENDINGS)


def under(file, *folders):
    return file.startswith(tuple(f'{folder}/' for folder in folders))


def test_the_files_are_found():
    assert {'setup.py', 'pour_force_estimator/estimator.py', 'training/train.py',
            'pour_force_estimator/ros/estimator_node.py'} <= set(FILES)


def test_imports_are_read():
    """The rules below would hold for anything if no import were seen."""
    assert {'rclpy'} <= roots('pour_force_estimator/ros/estimator_node.py')
    assert {'tensorflow', 'keras', 'tf2onnx'} <= roots('training/backend.py')
    assert 'pour_force_estimator.resampler' in imported('pour_force_estimator/estimator.py')
    assert 'pour_force_estimator.context' in imported(
        'pour_force_estimator/simulation/liquid.py')


@pytest.mark.parametrize('file', FILES)
def test_only_files_for_ros_import_ros(file):
    if not under(file, 'pour_force_estimator/ros', 'launch', 'test', 'benchmarks'):
        assert not {name for name in roots(file) if is_ros(name)}


@pytest.mark.parametrize('file', FILES)
def test_only_files_for_training_import_tensorflow(file):
    if not under(file, 'training', 'test', 'benchmarks'):
        assert not roots(file) & TRAINING


@pytest.mark.parametrize('file', [f for f in FILES if under(f, 'pour_force_estimator')])
def test_the_package_does_not_import_training(file):
    assert not roots(file) & {'training', 'test', 'benchmarks'}


@pytest.mark.parametrize('file', [f for f in FILES if under(f, 'pour_force_estimator')])
def test_the_package_needs_little(file):
    others = {name for name in roots(file) if name not in sys.stdlib_module_names}
    assert {name for name in others if not is_ros(name)} <= RUNTIME


@pytest.mark.parametrize('file', [f for f in FILES if under(f, 'pour_force_estimator')
                                  and not under(f, 'pour_force_estimator/ros')])
def test_the_pure_part_does_not_import_the_nodes(file):
    assert not {name for name in imported(file)
                if name.startswith('pour_force_estimator.ros')}


@pytest.mark.parametrize('file', [f for f in FILES if under(f, 'training')])
def test_training_imports_the_pure_part_alone(file):
    assert not {name for name in imported(file)
                if name.startswith('pour_force_estimator.ros')}


def test_the_package_loads_numpy_and_onnxruntime_alone():
    """Not what the files say, but what is loaded in the end."""
    loaded = subprocess.run(
        [sys.executable, '-c', 'import sys; import pour_force_estimator; print(*sys.modules)'],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert 'onnxruntime' in loaded and 'numpy' in loaded
    for name in loaded:
        root = name.partition('.')[0]
        others = {'matplotlib', 'rich', 'rosbags', 'training'}
        assert root not in TRAINING | others and not is_ros(root)


DOCUMENTED = [f for f in FILES if under(f, 'pour_force_estimator', 'training')]


def undocumented(node, prefix=''):
    """Yield the names of public functions, classes and methods without a docstring."""
    for child in node.body:
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if child.name.startswith('_'):
            continue
        if not ast.get_docstring(child):
            yield prefix + child.name
        if isinstance(child, ast.ClassDef):
            yield from undocumented(child, f'{prefix}{child.name}.')


@pytest.mark.parametrize('file', DOCUMENTED)
def test_what_is_public_is_documented(file):
    assert ast.get_docstring(parse(file)), f'{file} has no docstring'
    assert list(undocumented(parse(file))) == []


def test_missing_docstrings_are_found():
    source = 'class A:\n    def b(self):\n        pass\n\n    def _c(self):\n        pass\n'
    assert list(undocumented(ast.parse(source))) == ['A', 'A.b']

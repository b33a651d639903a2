# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The node with a tilt that follows from a URDF."""

import numpy as np
import pytest

from pour_force_estimator import find_model, PourContext, PourEstimator, StepModel
from pour_force_estimator.tilt.urdf_tilt import UrdfTilt

pytest.importorskip('pytransform3d', reason='needs pytransform3d: pip install .[urdf]')

URDF = (
    '<robot name="arm"><link name="base"/><link name="forearm"/><link name="cup"/>'
    '<joint name="elbow" type="revolute"><parent link="base"/><child link="forearm"/>'
    '<axis xyz="0 1 0"/></joint>'
    '<joint name="wrist" type="continuous"><parent link="forearm"/><child link="cup"/>'
    '<origin rpy="0 -0.4 0"/><axis xyz="0 1 0"/></joint></robot>'
)
PARAMETERS = f"""
/**:
  ros__parameters:
    robot_description: '{URDF}'
    cup_frame: cup
    pour: {{initial_weight: 3.5, target_weight: 1.5, cup_height: 0.12, cup_diameter: 0.121}}
"""
CONTEXT = PourContext(initial_weight=3.5, target_weight=1.5, cup_height=0.12, cup_diameter=0.121)
START_NS = 1_700_000_000_000_000_000


def test_estimates_follow_the_urdf(start_installed, peer, tmp_path):
    path = tmp_path / 'urdf.yaml'
    path.write_text(PARAMETERS)
    start_installed('estimator', '--params-file', str(path))
    peer.wait_for_state('active')
    peer.wait_for_subscriber()
    elbow = 0.3 * np.sin(np.linspace(0.0, 3.0, 40))
    wrist = 0.4 + np.linspace(0.0, 1.2, 40)
    estimator = PourEstimator(StepModel.load(find_model()), CONTEXT)
    tilt = UrdfTilt(URDF, 'cup')
    assert tilt.joints == ('elbow', 'wrist')
    assert np.isclose(tilt([elbow[20], wrist[20]]), elbow[20] + wrist[20] - 0.4)
    expected = []
    for step, positions in enumerate(zip(elbow.tolist(), wrist.tolist())):
        stamp_ns = START_NS + round(step * 1e9 / 60)
        peer.send_joint_state(stamp_ns, ('wrist', 'elbow'), positions[::-1])
        expected += [e.poured_weight for e in estimator.update(stamp_ns, tilt(positions))]
        due = len(expected)
        peer.wait_until(lambda due=due: len(peer.weights) >= due, f'estimate {due}')
    assert peer.weights == expected


def test_a_urdf_without_the_frame_fails_configuration(start_installed, peer, tmp_path):
    path = tmp_path / 'urdf.yaml'
    path.write_text(PARAMETERS.replace('cup_frame: cup', 'cup_frame: mug'))
    start_installed('estimator', '--params-file', str(path))
    assert peer.state() == 'unconfigured'
    assert peer.set_parameters(cup_frame='cup').successful
    assert peer.change_state('configure')


def test_the_urdf_may_come_from_the_topic(start_installed, peer, tmp_path):
    path = tmp_path / 'urdf.yaml'
    path.write_text(PARAMETERS.replace(f"robot_description: '{URDF}'", "robot_description: ''"))
    peer.publish_robot_description(URDF)
    start_installed('estimator', '--params-file', str(path))
    peer.wait_for_state('active')


def test_no_urdf_anywhere_fails_configuration(start_installed, tmp_path):
    path = tmp_path / 'urdf.yaml'
    path.write_text(PARAMETERS.replace(f"robot_description: '{URDF}'", "robot_description: ''"))
    node = start_installed('estimator', '--params-file', str(path))
    node.wait_for('configure failed: cup_frame is set, but there is no URDF')


def test_a_urdf_that_comes_late_is_still_taken(start_installed, peer, tmp_path):
    path = tmp_path / 'urdf.yaml'
    path.write_text(PARAMETERS.replace(f"robot_description: '{URDF}'", "robot_description: ''"))
    node = start_installed('estimator', '--params-file', str(path))
    node.wait_for('however late it comes')
    assert peer.state() == 'unconfigured'
    peer.publish_robot_description(URDF)
    peer.wait_for_state('active')

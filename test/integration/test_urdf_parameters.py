# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""The node with a tilt that follows from a URDF."""

from dataclasses import replace

from estimated_pour import CONTEXT, LOSSLESS, options, Pour, START_NS
import numpy as np
import pytest

from pour_force_estimator.tilt.urdf_tilt import UrdfTilt

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
    pour: {{initial_weight: 4.0, target_weight: 1.5, cup_height: 0.12, cup_diameter: 0.121}}
"""


@pytest.fixture
def start(start_installed, tmp_path):
    """Start the node with a URDF, or other parameters; return its process."""
    path = tmp_path / 'urdf.yaml'
    path.write_text(PARAMETERS)

    def start(**parameters):
        return start_installed('estimator', '--params-file', str(path), *options(parameters))

    return start


def test_estimates_follow_the_urdf(start, peer):
    start(**LOSSLESS)
    peer.wait_for_state('active')
    peer.wait_for_estimator()
    elbow = 0.3 * np.sin(np.linspace(0.0, 3.0, 41))
    wrist = 0.4 + np.linspace(0.0, 1.2, 41)
    tilt = UrdfTilt(URDF, 'cup')
    assert tilt.joints == ('elbow', 'wrist')
    assert np.isclose(tilt([elbow[20], wrist[20]]), elbow[20] + wrist[20] - 0.4)
    pour, samples = Pour(peer, replace(CONTEXT, relative_density=None)), []
    for step, positions in enumerate(zip(elbow.tolist(), wrist.tolist())):
        samples.append((START_NS + round(step * 1e9 / 60), tilt(positions)))
        pour.send_aside(samples[-1][0], ('wrist', 'elbow'), positions[::-1])
    pour.follow(samples)
    pour.wait()
    pour.check()


def test_a_urdf_that_comes_late_is_still_taken(start, peer):
    node = start(robot_description="''")
    node.wait_for('configure failed: cup_frame is set, but there is no URDF')
    node.wait_for('however late it comes')
    assert peer.state() == 'unconfigured'
    peer.publish_robot_description(URDF)
    peer.wait_for_state('active')

# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Cups that the installed node is told of by their names, and by a file."""

from dataclasses import replace

from estimated_pour import options, Pour
import pytest
from weighed_pour import CONTEXT, CUP, MODEL, OTHER_CUP, PARAMETERS, SAMPLES, write_model

from pour_force_estimator.cups.cup_file import save_cup
from pour_force_estimator.cups.shape import cup_of_profile


@pytest.fixture
def start(start_estimator, peer, tmp_path):
    """Start the node with a model that knows two cups; return its process."""
    model = write_model(tmp_path)

    def start(**parameters):
        return start_estimator('active', **{'model': model, **PARAMETERS, **parameters})

    return start


def test_a_name_stands_before_the_size(start, peer):
    """The size of one cup, the name of the other."""
    start(pour__cup=OTHER_CUP.name)
    pour = Pour(peer, replace(CONTEXT, cup=OTHER_CUP.name), MODEL)
    pour.send(SAMPLES)
    assert pour.expected[-1].poured_weight > 0.1
    assert pour.check()['cup'] == f'known: {OTHER_CUP.name}'


def test_a_name_that_nobody_knows_is_refused_with_those_that_are(start, peer):
    start()
    assert peer.set_parameters(pour__cup='my jug').successful
    response = peer.reset()
    assert not response.success
    assert all(name in response.message for name in (CUP.name, OTHER_CUP.name, "'my jug'"))
    assert peer.set_parameters(pour__cup='').successful
    assert peer.reset().success
    assert peer.set_parameters(pour__cup=CUP.name).successful
    response = peer.reset()
    assert response.success and f'cup {CUP.name}' in response.message


def test_the_simulated_arm_pours_from_an_everyday_vessel_and_from_a_file(
    start_estimator, start_installed, peer, tmp_path
):
    """The models that ship know the vessel; the estimator is told of both by their names."""
    path = tmp_path / 'glass.yaml'
    save_cup(path, cup_of_profile('my glass', [0.0, 0.06, 0.14], [0.02, 0.05, 0.04]))
    node = start_estimator(model='robot_trials', cup_file=path, pour__cup='mug')
    node.wait_for(f"{path}: known as pour.cup 'my glass'; pour.cup is 'mug'")
    for name in ('mug', 'my glass'):
        values = {'cups': f"['{name}']", 'cup_file': path, 'fill': 0.5}
        arm = start_installed('simulated_arm', *options({**values, 'estimator': '/estimator'}))
        peer.wait_for_status(
            lambda _, values, name=name: (
                values.get('cup') == f'known by its shape alone: {name}'
                and values['poured weight [N]'] not in ('-', '0.0000')
            ),
            f'a status of a pour from {name}',
        )
        output, _ = arm.communicate(timeout=120.0)
        assert arm.returncode == 0, output

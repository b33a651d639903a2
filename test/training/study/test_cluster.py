# SPDX-FileCopyrightText: The pour_force_estimator maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tests of training.study on a Dask cluster of two workers on this machine."""

import json

from command_line import command_line
import pytest

from training.study import __main__ as command


@pytest.fixture(scope='module')
def cluster():
    """Return a cluster of two processes with two threads each."""
    distributed = pytest.importorskip('distributed')
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


def test_a_study_on_a_cluster(tmp_path, cluster, recording_paths):
    """Both workers take part, and all training runs give what they give in one process."""
    options = {'architectures': 'single_gru', 'epochs': [1, 2], 'seeds': 2}
    options |= {'data': recording_paths['dim'], 'no_cups': True, 'no_f_final': True}

    def study(folder, **where):
        assert command.main(command_line(output=folder, **options, **where)) == 0
        return {path.name: json.loads(path.read_text()) for path in folder.glob('runs/*.json')}

    on_cluster = study(tmp_path / 'cluster', dask=cluster.scheduler_address)

    def loaded_studies():  # here, since the workers cannot import what tests define
        from training.study.data import load_study

        return load_study.cache_info().currsize

    with cluster.get_client() as client:
        assert list(client.run(loaded_studies).values()) == [1, 1]
    here = study(tmp_path / 'here', jobs=1)
    assert on_cluster.keys() == here.keys() and len(here) == 2 + 2 * 2
    for name, record in here.items():
        remote = on_cluster[name]
        for loss, values in record['history'].items():
            assert remote['history'][loss] == pytest.approx(values, rel=1e-4)
        for epochs, outcome in record['outcomes'].items():
            for part, errors in outcome['errors'].items():
                reached = remote['outcomes'][epochs]['errors'][part]
                assert reached == pytest.approx(errors, rel=1e-3)
    assert (tmp_path / 'cluster' / 'model.onnx').is_file()

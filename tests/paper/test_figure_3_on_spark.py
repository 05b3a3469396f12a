"""Fig. 3B computes on a cluster where its script names another engine, and nothing else changes."""

import h5py
import numpy as np
import pytest

from daisy_kernel.datastore import process_store
from daisy_kernel.simulate import TomographyScan, off_centre_disk

pytestmark = [pytest.mark.spark, pytest.mark.slow]
RESULTS = ("normdata", "thetas", "mlogdata", "recodata")


@pytest.fixture(scope="module")
def sample():
    return TomographyScan(
        off_centre_disk(radius=0.3), n_angle=60, n_row=2, n_col=2048, centre=1030.0
    )


@pytest.fixture
def compute(figure, environment_of_3b, tmp_path):
    """Run the figure with an engine; the saved volume and what is in the data store."""

    def perform(engine):
        output = tmp_path / f"{engine}.h5"
        init_dict = environment_of_3b(output)
        assert "pyworkflowEngine" in figure("3b")
        text = figure("3b").replace("pyworkflowEngine", engine)
        exec("import daisy_kernel as Daisy\n" + text, {"init_dict": init_dict, "cfg_dict": {}})
        store = process_store()
        made = {name: np.array(store[name]) for name in RESULTS}
        store.clear()
        with h5py.File(output) as file:
            return made | {"saved": file["/entry/reco"][()]}

    return perform


def test_figure_3b_gives_the_same_bits_on_a_cluster(on_cluster, compute):
    here, there = compute("pyworkflowEngine"), compute("sparkworkflowEngine")
    for name, array in here.items():
        np.testing.assert_array_equal(there[name], array, err_msg=name)

"""Fig. 3 runs as printed, but for the import line."""

import importlib.util
import sys
from types import ModuleType

import h5py
import numpy as np
import pytest

import daisy_kernel as Daisy
from daisy_kernel.algorithms.moved_sinogram import moved_sinogram
from daisy_kernel.datastore import process_store
from daisy_kernel.formats import read_provenance
from daisy_kernel.numba_kernels import fbp_reconstruct, flat_field, minus_log
from daisy_kernel.simulate import TomographyScan, off_centre_disk

N_ANGLE, N_ROW, N_COL, CENTRE = 60, 2, 2048, 1030.0
"""Wide enough for the centre that the figure prints, narrow otherwise."""
THETAS = np.deg2rad(180 * np.arange(N_ANGLE) / N_ANGLE)


@pytest.fixture(scope="module")
def sample():
    return TomographyScan(
        off_centre_disk(radius=0.3), n_angle=N_ANGLE, n_row=N_ROW, n_col=N_COL, centre=CENTRE
    )


@pytest.fixture
def init_dict(environment_of_3b, tmp_path):
    """The part that the figure leaves out."""
    return environment_of_3b(tmp_path / "reco.h5")


def test_figure_3b_runs_as_printed(figure, init_dict, scan, sample, tmp_path):
    printed = {"init_dict": init_dict, "cfg_dict": {}}
    exec("import daisy_kernel as Daisy\n" + figure("3b"), printed)
    with h5py.File(scan) as file:
        tomo, dark, flat = (file[f"entry/{name}"][()] for name in ("tomo", "dark", "flat"))
    projections = minus_log(flat_field(tomo, flat, dark))
    expected = fbp_reconstruct(projections, THETAS, CENTRE, filter_name="shepp", padding="edge")
    with h5py.File(tmp_path / "reco.h5") as file:
        np.testing.assert_array_equal(file["/entry/reco"][()], expected)
    # 60 angles are few for 2048 columns: streaks, but the disk is where it should be.
    assert np.corrcoef(_binned(expected), _binned(sample.truth()))[0, 1] > 0.98
    assert set(printed["data"]) == {
        "tomodata", "darkdata", "flatdata", "normdata", "thetas", "mlogdata", "recodata",
    }  # fmt: skip
    assert printed["algs"] == list(init_dict)
    assert printed["WorkflowReconstruct"]("again") is printed["wf"]
    np.testing.assert_array_equal(process_store()["recodata"], expected)
    np.testing.assert_array_equal(process_store()["normdata"], flat_field(tomo, flat, dark))
    assert read_provenance(tmp_path / "reco.h5")["workflow"] == "WorkflowReconstruct"


def _binned(volume):
    """Means over squares of 32 pixels."""
    n_slice, n, _ = volume.shape
    return volume.reshape(n_slice, n // 32, 32, n // 32, 32).mean(axis=(2, 4)).ravel()


@pytest.fixture
def tomopy(monkeypatch):
    """TomoPy, or something that takes and gives the same shapes."""
    if importlib.util.find_spec("tomopy") is not None:
        return importlib.import_module("tomopy")
    module = ModuleType("tomopy")

    def recon(
        tomo, theta, center=None, sinogram_order=False, algorithm=None, ncore=None, filter_name=None
    ):
        assert tomo.shape[0] == theta.size
        n = tomo.shape[2]
        smeared = np.einsum("arc,a->rc", tomo, np.cos(theta)) + center
        return np.repeat(smeared[:, None, :], n, axis=1).astype(np.float32)

    module.recon = recon
    monkeypatch.setitem(sys.modules, "tomopy", module)
    return module


def test_figure_3a_runs_as_printed_in_the_workflow_of_figure_3b(
    figure, init_dict, scan, tmp_path, tomopy, as_installed
):
    printed = {"__name__": "notebook"}
    exec(figure("3a").replace("from Daisy import", "from daisy_kernel import"), printed)
    Daisy.registry.add(printed["AlgTomopyRecon"])
    init_dict["reconstruct"] = {"class_name": "AlgTomopyRecon"}
    script = figure("3b").replace("'fbp'", "'gridrec'")
    namespace = {"init_dict": init_dict, "cfg_dict": {}}
    exec("import daisy_kernel as Daisy\n" + script, namespace)
    normalised = process_store()["normdata"]
    expected = tomopy.recon(minus_log(normalised), THETAS, center=1030, algorithm="gridrec")
    with h5py.File(tmp_path / "reco.h5") as file:
        np.testing.assert_array_equal(file["/entry/reco"][()], expected)
    steps = read_provenance(tmp_path / "reco.h5")["document"]["steps"]
    assert steps[6]["params"] == {
        "input_dataobj": "mlogdata", "theta": "thetas", "center": 1030, "alg_type": "gridrec",
        "output_dataobj": "recodata",
    }  # fmt: skip


def test_our_own_class_for_tomopy_gives_the_same_with_the_axis_where_daisy_has_it(
    figure, init_dict, tmp_path, tomopy
):
    init_dict["reconstruct"] = {"class_name": "AlgTomopyRecon"}
    namespace = {"init_dict": init_dict, "cfg_dict": {}}
    exec("import daisy_kernel as Daisy\n" + figure("3b").replace("'fbp'", "'gridrec'"), namespace)
    projections = minus_log(process_store()["normdata"])
    half = N_COL // 2
    with h5py.File(tmp_path / "reco.h5") as file:
        for row, image in enumerate(file["/entry/reco"][()]):
            wide = np.pad(projections[:, row], ((0, 0), (half, half)), mode="edge")
            wide = moved_sinogram(wide, -0.5 * (np.cos(THETAS) + np.sin(THETAS)))
            expected = tomopy.recon(
                wide[:, np.newaxis], THETAS, center=1030 + half, algorithm="gridrec", ncore=1,
                filter_name="shepp",
            )  # fmt: skip
            np.testing.assert_array_equal(image, expected[0, half:-half, half:-half])


def test_without_tomopy_our_class_says_where_it_comes_from(
    figure, init_dict, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "tomopy", None)
    init_dict["reconstruct"] = {"class_name": "AlgTomopyRecon"}
    namespace = {"init_dict": init_dict, "cfg_dict": {}}
    with pytest.raises(Daisy.DaisyError, match="conda-forge"):
        exec("import daisy_kernel as Daisy\n" + figure("3b"), namespace)
    assert not (tmp_path / "reco.h5").exists()

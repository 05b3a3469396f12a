"""Frames of a detector come into a workflow without being read."""

import math

import h5py
import numpy as np
import pytest
import tifffile

from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.contracts.units import Units
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import StepFailed
from daisy_kernel.formats import write_eiger
from daisy_kernel.simulate import PowderStack

STACK = PowderStack(5, 40, 50, module_shape=(20, 50), gap=(2, 0), dead_share=0.01)
SCALARS = ("wavelength", "distance", "center_x", "center_y", "pixel_size", "saturation")


def loaded(path, store=None, **init):
    engine = InProcessEngine(DataStore() if store is None else store, RunOptions(1 << 30, 2))
    load = {"class_name": "LoadFrames", "init_paras": {"inputfile_name": str(path), **init}}
    engine.initialize({"load": load}, {})
    engine["load"].execute()
    return engine.data


def test_everything_that_a_master_states_becomes_a_data_object(tmp_path):
    stated = {
        "wavelength_m": 0.4e-10, "distance_m": 0.2, "beam_center_x_px": 24.5,
        "beam_center_y_px": 19.5, "pixel_size_x_m": 75e-6, "saturation_value": 1e6,
    }  # fmt: skip
    master = write_eiger(
        tmp_path / "a_master.h5", [STACK.frames()], frames_per_file=2, mask=STACK.mask,
        metadata=stated,
    )  # fmt: skip
    data = loaded(master)
    np.testing.assert_array_equal(data["frames"], STACK.frames())
    np.testing.assert_array_equal(data["mask"], STACK.mask)
    assert [float(data[name]) for name in SCALARS] == pytest.approx(
        [0.4e-10, 0.2, 24.5, 19.5, 75e-6, 1e6]
    )


def test_frames_are_counts_on_the_pixels_that_the_file_states(tmp_path):
    master = write_eiger(
        tmp_path / "a_master.h5",
        [STACK.frames()],
        frames_per_file=5,
        metadata={"pixel_size_x_m": 75e-6, "pixel_size_y_m": 50e-6},
    )
    store = DataStore()
    loaded(master, store=store)
    assert store.object("frames").units == Units("counts", (None, 50e-6, 75e-6))


def test_what_a_file_does_not_state_is_not_made_up(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"] = STACK.frames()
    data = loaded(tmp_path / "a.h5")
    np.testing.assert_array_equal(data["frames"], STACK.frames())
    assert data["mask"].shape == (40, 50)
    assert not data["mask"].any()
    assert all(math.isnan(data[name]) for name in SCALARS[:-1])
    # The largest values of an unsigned type are no counts, whatever the file says.
    assert float(data["saturation"]) == 0xFFFFFFFE
    np.testing.assert_array_equal(data["monitors"], 1)


def test_a_mask_and_a_monitor_from_files_of_their_own_join_in(tmp_path):
    master = write_eiger(tmp_path / "a_master.h5", [STACK.frames()], frames_per_file=5,
                         mask=STACK.mask)  # fmt: skip
    extra = np.zeros((40, 50), np.int16)
    extra[3, 4] = -1
    tifffile.imwrite(tmp_path / "mask.tif", extra)
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["ion_chamber"] = np.arange(1, 6)
    data = loaded(
        master, mask_file=str(tmp_path / "mask.tif"), monitor=str(tmp_path / "m.h5:/ion_chamber")
    )
    np.testing.assert_array_equal(data["mask"], STACK.mask | (extra != 0))
    np.testing.assert_array_equal(data["monitors"], [1, 2, 3, 4, 5])


def test_a_mask_or_monitor_that_does_not_fit_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"] = STACK.frames()
    tifffile.imwrite(tmp_path / "mask.tif", np.zeros((41, 50), np.uint8))
    np.savetxt(tmp_path / "m.txt", [1, 2, 0, 4, 5])
    with pytest.raises(OSError, match=r"shows \(41, 50\) pixels"):
        loaded(tmp_path / "a.h5", mask_file=str(tmp_path / "mask.tif"))
    with pytest.raises(OSError, match="is 0 for frame 2"):
        loaded(tmp_path / "a.h5", monitor=str(tmp_path / "m.txt"))


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path):
    with pytest.raises((StepFailed, OSError), match=r"no file .*gone\.cbf"):
        loaded(tmp_path / "gone.cbf")

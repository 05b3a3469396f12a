"""Detector frames are found in whatever files they lie; only measured ones are read."""

import os
import pickle
import shutil
from pathlib import Path

import fabio
import h5py
import hdf5plugin
import numpy as np
import pytest
import tifffile

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem, OutputExists
from daisy_kernel.formats import describe_file, open_frames, read_into, write_eiger
from daisy_kernel.simulate import PowderStack

STACK = PowderStack(10, 130, 140, module_shape=(60, 60), gap=(6, 5), dead_share=0.01)
FRAMES = STACK.frames()
CLAIMED = {
    "wavelength_m": 0.4e-10, "distance_m": 0.2, "pixel_size_x_m": 75e-6, "pixel_size_y_m": 75e-6,
    "beam_center_x_px": 67.3, "beam_center_y_px": 68.3, "count_time_s": 0.1,
    "saturation_value": 4e6, "detector": "EIGER2 of paper",
}  # fmt: skip
PILATUS = (
    "# Detector: PILATUS 100K, S/N 60-0000\r\n# Pixel_size 172e-6 m x 170e-6 m\r\n"
    "# Exposure_time 0.5000000 s\r\n# Count_cutoff 1097223 counts\r\n# Wavelength 0.4066 A\r\n"
    "# Detector_distance 0.21143 m\r\n# Beam_xy (498.18, -15.77) pixels\r\n"
)
FROM_PILATUS = {
    "detector": "PILATUS 100K, S/N 60-0000", "pixel_size_x_m": 170e-6, "pixel_size_y_m": 172e-6,
    "count_time_s": 0.5, "saturation_value": 1097223, "wavelength_m": 0.4066e-10,
    "distance_m": 0.21143, "beam_center_x_px": 498.18, "beam_center_y_px": -15.77,
    "underload_value": 0,
}  # fmt: skip


@pytest.fixture
def master(tmp_path):
    """Ten frames in files of four, four and two."""
    blocks = (FRAMES[:3], FRAMES[3:9], FRAMES[9:])
    return write_eiger(
        tmp_path / "ceria_master.h5", blocks, frames_per_file=4, mask=STACK.mask, metadata=CLAIMED
    )


def whole(reference):
    return reference.read((slice(None),) * len(reference.shape))


def said(found, *words):
    assert any(all(word in text for word in words) for text in found.warnings), found.warnings


def test_an_eiger_scan_is_one_stack_with_all_that_its_master_says(master):
    found = open_frames(master)
    assert found.format == "EIGER"
    assert isinstance(found.frames, Reference)
    np.testing.assert_array_equal(whole(found.frames), FRAMES)
    np.testing.assert_array_equal(found.mask, STACK.mask)
    assert found.metadata == pytest.approx({**CLAIMED, "bad_value": 2**32 - 1})
    said(found, "distance 200 mm", "wavelength 0.4 angstrom", "not used unless asked")
    assert len(found.warnings) == 1
    for block in (
        np.s_[3:5, 7:80, 130:],
        np.s_[2:9, :, :],
        np.s_[9:10, 0:1, 0:1],
        np.s_[4:4, :, :],
    ):
        np.testing.assert_array_equal(found.frames.read(block), FRAMES[block])
    again = pickle.loads(pickle.dumps(found.frames))
    np.testing.assert_array_equal(whole(again), FRAMES)
    identity = found.frames.identity()
    assert again.identity() == identity
    assert identity["file"] == str(master)
    files = sorted(master.parent.iterdir())
    assert sorted(part["file"] for part in identity["parts"]) == [str(path) for path in files]
    os.utime(files[1], ns=(1, 1))
    assert found.frames.identity() != identity


def test_frames_of_several_files_are_read_into_memory_that_is_kept(master):
    frames = open_frames(master).frames
    kept = np.empty((5, 130, 140), np.uint32)
    for first in (0, 2, 5):
        read_into(frames, np.s_[first : first + 5, :, :], kept)
        np.testing.assert_array_equal(kept, FRAMES[first : first + 5])
    with pytest.raises(ValueError, match="The buffer is"):
        read_into(frames, np.s_[0:2, :, :], kept)


def test_a_scan_whose_last_files_are_missing_ends_early(master):
    master.with_name("ceria_data_000003.h5").unlink()
    found = open_frames(master)
    np.testing.assert_array_equal(whole(found.frames), FRAMES[:8])
    said(found, "ends early", "data_000003", "8 frames")
    master.with_name("ceria_data_000002.h5").unlink()
    found = open_frames(master)
    np.testing.assert_array_equal(whole(found.frames), FRAMES[:4])
    master.with_name("ceria_data_000001.h5").unlink()
    with pytest.raises(FileProblem, match=r"ceria_data_000001.h5, which does not exist"):
        open_frames(master)


def test_a_file_missing_in_the_middle_is_an_error_that_names_it(master):
    master.with_name("ceria_data_000002.h5").unlink()
    with pytest.raises(FileProblem, match=r"ceria_data_000002.h5, .*does not exist.*middle"):
        open_frames(master)
    with h5py.File(master, "r+") as file:
        del file["entry/data/data_000002"]
    with pytest.raises(FileProblem, match=r"no /entry/data/data_000002 before"):
        open_frames(master)


def test_a_truncated_or_empty_file_of_frames_is_named(master):
    second = master.with_name("ceria_data_000002.h5")
    os.truncate(second, 5000)
    with pytest.raises(FileProblem, match=r"ceria_data_000002.h5 is truncated at 5000"):
        open_frames(master)
    os.truncate(second, 0)
    with pytest.raises(FileProblem, match=r"ceria_data_000002.h5 is empty"):
        open_frames(master)


def test_only_frames_that_were_written_completely_are_taken(master):
    with h5py.File(master.with_name("ceria_data_000003.h5"), "w") as file:
        data = file.create_dataset(
            "entry/data/data", (4, 130, 140), "u4", chunks=(1, 130, 140), **hdf5plugin.Bitshuffle()
        )
        data[0] = FRAMES[8]
    found = open_frames(master)
    assert found.frames.shape == (9, 130, 140)
    np.testing.assert_array_equal(whole(found.frames), FRAMES[:9])
    said(found, "not finished", "1 of 4")


def test_frames_can_be_opened_while_a_writer_has_the_file(tmp_path):
    live, copy = tmp_path / "live.h5", tmp_path / "copy.h5"
    first = FRAMES[:2, :30, :40] & 0xFFF
    with h5py.File(live, "w", libver="latest", locking=False) as file:
        data = file.create_dataset("data", (6, 30, 40), "u4", chunks=(1, 30, 40))
        data[:2] = first
        file.swmr_mode = True
        data.flush()
        shutil.copy(live, copy)  # as another process sees it
        for path in (live, copy):
            found = open_frames(path)
            said(found, "2 of 6")
            np.testing.assert_array_equal(whole(found.frames), first)
        said(found, "still open for writing")
        before = open_frames(live)
        data[2] = 1
        data.flush()
        np.testing.assert_array_equal(whole(before.frames), first)
        assert open_frames(live).frames.shape[0] == 3


def test_a_scan_that_holds_fewer_frames_than_announced_says_so(master):
    with h5py.File(master, "r+") as file:
        file["entry/instrument/detector/detectorSpecific/nimages"][()] = 25
    said(open_frames(master), "announces 25", "10")


def test_links_out_of_the_folder_are_followed_only_where_that_is_allowed(master, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(master, elsewhere)
    with h5py.File(elsewhere / master.name, "r+") as file:
        for number in (1, 2, 3):
            name = f"entry/data/data_{number:06}"
            del file[name]
            path = str(master.with_name(f"ceria_data_{number:06}.h5"))
            file[name] = h5py.ExternalLink(path, "/entry/data/data")
    with pytest.raises(FileProblem, match="outside the folder"):
        open_frames(elsewhere / master.name)
    found = open_frames(elsewhere / master.name, data_roots=(tmp_path,))
    np.testing.assert_array_equal(whole(found.frames), FRAMES)


def test_raw_files_outside_hdf5_are_refused(tmp_path):
    FRAMES.tofile(tmp_path / "raw.bin")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset(
            "data", FRAMES.shape, "u4", external=[(str(tmp_path / "raw.bin"), 0, FRAMES.nbytes)]
        )
    with pytest.raises(FileProblem, match="outside HDF5"):
        open_frames(tmp_path / "a.h5")


def test_a_nexus_detector_is_found_with_its_flat_and_dark(tmp_path):
    with h5py.File(tmp_path / "a.nxs", "w") as file:
        file["scan1/processed"] = np.zeros((10, 130, 140))
        detector = file.create_group("scan1/instrument/saxs")
        detector.attrs["NX_class"] = "NXdetector"
        detector["data"] = FRAMES
        detector["flatfield"] = np.full((130, 140), 1.5, np.float32)
        detector["dark"] = np.zeros((3, 130, 140), np.float32)
        detector["pixel_mask"] = STACK.mask.astype(np.uint32)[None] << 8
        detector["distance"], detector["x_pixel_size"] = 150.0, 0.075
        detector["distance"].attrs["units"] = detector["x_pixel_size"].attrs["units"] = "mm"
        detector["beam_center_x"] = 7.5
        detector["beam_center_x"].attrs["units"] = "mm"
        file["scan1/instrument/monochromator/energy"] = 12.398419843320026
        file["scan1/instrument/monochromator/energy"].attrs["units"] = "keV"
    found = open_frames(tmp_path / "a.nxs")
    assert found.format == "NeXus"
    np.testing.assert_array_equal(whole(found.frames), FRAMES)
    np.testing.assert_array_equal(found.mask, STACK.mask)
    assert (found.flat.shape, found.dark.shape) == ((1, 130, 140), (3, 130, 140))
    np.testing.assert_array_equal(whole(found.flat), 1.5)
    assert found.metadata == pytest.approx(
        {
            "distance_m": 0.15,
            "pixel_size_x_m": 75e-6,
            "beam_center_x_px": 100,
            "wavelength_m": 1e-10,
        }
    )
    with h5py.File(tmp_path / "a.nxs", "r+") as file:
        file["scan1/instrument/saxs/flatfield_applied"] = True
        file["scan1/instrument/saxs/distance"][()] = -3
    found = open_frames(tmp_path / "a.nxs")
    assert found.flat is None
    said(found, "distance_m is left out", "-3")
    assert "distance_m" not in found.metadata


def test_a_mask_that_does_not_fit_is_left_out(master):
    with h5py.File(master, "r+") as file:
        del file["entry/instrument/detector/pixel_mask"]
        file["entry/instrument/detector/pixel_mask"] = np.zeros((140, 130), np.uint32)
    found = open_frames(master)
    assert found.mask is None
    said(found, "mask", "(140, 130)", "(130, 140)")


def test_the_frames_of_any_hdf5_file_are_the_only_large_stack_or_named(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["raw/frames"] = FRAMES
        file["same/frames"] = h5py.SoftLink("/raw/frames")
        file["raw/average"] = FRAMES.mean(axis=0)
        file["raw/times"] = np.arange(10.0)
    np.testing.assert_array_equal(whole(open_frames(path).frames), FRAMES)
    image = open_frames(f"{path}:/raw/average").frames
    np.testing.assert_array_equal(image.read(np.s_[0:1, 3:9, :]), FRAMES.mean(axis=0)[None, 3:9])
    with h5py.File(path, "r+") as file:
        file["other"] = FRAMES[:6]
    with pytest.raises(FileProblem, match=r"may be the frames: /raw/frames, /other.*a.h5:/raw"):
        open_frames(path)
    with pytest.raises(FileProblem, match=r"raw/frames"):
        open_frames(f"{path}:/raw/frame")
    with pytest.raises(FileProblem, match=r"\(10,\): expected frames"):
        open_frames(f"{path}:/raw/times")


@pytest.mark.parametrize("chunks", [None, (1, 1, 130, 140), (1, 2, 64, 140)])
def test_a_grid_of_frames_is_taken_frame_by_frame(tmp_path, chunks):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("map", data=FRAMES.reshape(2, 5, 130, 140), chunks=chunks)
    found = open_frames(tmp_path / "a.h5")
    said(found, "grid of 2 × 5")
    for block in (np.s_[:, :, :], np.s_[3:8, 2:50, 1:9], np.s_[6:7, :, :], np.s_[5:10, :, :]):
        np.testing.assert_array_equal(found.frames.read(block), FRAMES[block])
    assert all(axis in (1, 2) for axis in found.frames.dear_axes())


def test_a_file_without_frames_says_what_it_has(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["numbers"] = np.arange(4)
    with pytest.raises(FileProblem, match=r"holds no images: it has /numbers"):
        open_frames(tmp_path / "a.h5")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["data"] = np.empty((0, 30, 40))
    with pytest.raises(FileProblem, match="at least one frame"):
        open_frames(tmp_path / "b.h5")
    with pytest.raises(FileProblem, match="There is no file"):
        open_frames(tmp_path / "c.h5")


@pytest.mark.parametrize("kind", ["cbf", "edf", "tif"])
def test_single_images_form_a_series_in_the_order_of_their_numbers(tmp_path, kind):
    frames = (FRAMES & 0xFFFF).astype(np.int32)
    for k, frame in enumerate(frames):
        path = tmp_path / f"run_{k}.{kind}"
        if kind == "tif":
            tifffile.imwrite(path, frame, description=PILATUS)
        elif kind == "cbf":
            header = {"_array_data.header_convention": "PILATUS_1.2",
                      "_array_data.header_contents": PILATUS}  # fmt: skip
            fabio.cbfimage.CbfImage(data=frame, header=header).write(str(path))
        else:
            header = {"SampleDistance": "0.3", "WaveLength": "1e-10", "PSize_1": "5e-5",
                      "Center_2": "12.5", "ExposureTime": "0"}  # fmt: skip
            fabio.edfimage.EdfImage(data=frame, header=header).write(str(path))
    for source in (tmp_path, tmp_path / f"run_*.{kind}"):
        found = open_frames(source)
        assert found.frames.shape == (10, 130, 140)
        np.testing.assert_array_equal(whole(found.frames), frames)
        block = np.s_[1:4, 20:90, 7:8]
        np.testing.assert_array_equal(found.frames.read(block), frames[block])
    single = open_frames(tmp_path / f"run_3.{kind}")
    np.testing.assert_array_equal(whole(single.frames), frames[3:4])
    if kind == "edf":
        expected = {"distance_m": 0.3, "wavelength_m": 1e-10, "pixel_size_x_m": 5e-5,
                    "beam_center_y_px": 12.5}  # fmt: skip
        assert found.metadata == pytest.approx(expected)
    else:
        assert found.metadata == pytest.approx(FROM_PILATUS)
    said(found, "not used unless asked")
    described = describe_file(tmp_path)
    assert described["frames"] == {"shape": [10, 130, 140], "dtype": "int32"}


def test_images_of_another_shape_are_an_error_that_names_both(tmp_path):
    for k, n_row in enumerate((30, 30, 29, 30)):
        fabio.edfimage.EdfImage(data=np.ones((n_row, 40), np.int32)).write(
            str(tmp_path / f"a_{k}.edf")
        )
    frames = open_frames(tmp_path).frames
    frames.read(np.s_[0:2, :, :])
    with pytest.raises(FileProblem, match=r"a_2.edf .*\(29, 40\).*a_0.edf is \(30, 40\)"):
        whole(frames)
    (tmp_path / "a_3.edf").unlink()
    with pytest.raises(FileProblem, match=r"a_2.edf .*\(29, 40\).*a_0.edf is \(30, 40\)"):
        open_frames(tmp_path)


def test_hdf5_files_form_a_series_too(tmp_path):
    for k in range(3):
        with h5py.File(tmp_path / f"run_{k + 8}.h5", "w") as file:
            file["data"] = FRAMES[3 * k : 3 * k + 3]
    found = open_frames(tmp_path / "run_*.h5")
    np.testing.assert_array_equal(whole(found.frames), FRAMES[:9])
    with h5py.File(tmp_path / "run_11.h5", "w") as file:
        file["data"] = FRAMES[:, :100]
    with pytest.raises(FileProblem, match=r"run_11.h5.*\(10, 100, 140\).*run_8.h5"):
        open_frames(tmp_path)


def test_an_edf_of_many_images_is_one_stack(tmp_path):
    image = fabio.edfimage.EdfImage(data=FRAMES[0].astype(np.int32))
    for frame in FRAMES[1:4]:
        image.append_frame(data=frame.astype(np.int32))
    image.write(str(tmp_path / "many.edf"))
    frames = open_frames(tmp_path / "many.edf").frames
    np.testing.assert_array_equal(whole(frames), FRAMES[:4].astype(np.int32))
    np.testing.assert_array_equal(frames.read(np.s_[2:3, :, :]), FRAMES[2:3].astype(np.int32))


def test_a_folder_of_a_master_is_that_scan(master):
    np.testing.assert_array_equal(whole(open_frames(master.parent).frames), FRAMES)


def test_what_may_hold_programs_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}], object), allow_pickle=True)
    np.savez(tmp_path / "a.npz", FRAMES)
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(FRAMES))
    for name in ("a.npy", "a.npz", "a.pkl"):
        with pytest.raises(FileProblem, match=r"may hold programs.*HDF5 or TIFF"):
            open_frames(tmp_path / name)


@pytest.mark.parametrize("content", [b"", b"just some text\n", b"\0" * 5000, b"###CBF: damaged"])
def test_a_file_that_is_no_image_is_named(tmp_path, content):
    (tmp_path / "a.cbf").write_bytes(content)
    with pytest.raises(FileProblem, match=r"a\.cbf"):
        open_frames(tmp_path / "a.cbf")


def test_a_damaged_image_of_a_series_is_named(tmp_path):
    for k in range(3):
        fabio.cbfimage.CbfImage(data=np.ones((30, 40), np.int32)).write(
            str(tmp_path / f"a_{k}.cbf")
        )
    os.truncate(tmp_path / "a_1.cbf", 700)
    frames = open_frames(tmp_path).frames
    with pytest.raises(FileProblem, match=r"a_1\.cbf"):
        whole(frames)
    (tmp_path / "a_1.cbf").unlink()
    with pytest.raises(FileProblem, match=r"a_1\.cbf.*put it back"):
        frames.read(np.s_[1:2, :, :])


def test_the_real_pilatus_image_opens():
    default = Path(__file__).parents[2].parent / "shared" / "data"
    path = Path(os.environ.get("DAISY_TEST_DATA", default)) / "diffraction/CeO2_Pilatus1M.tif"
    if not path.exists():
        pytest.skip(f"there is no {path} (set DAISY_TEST_DATA)")
    found = open_frames(path)
    assert found.frames.shape == (1, 1043, 981)
    assert found.frames.dtype == np.int32
    np.testing.assert_array_equal(whole(found.frames)[0], fabio.open(str(path)).data)
    assert found.metadata["distance_m"] == 0.21143  # calibrated: 0.20865
    said(found, "distance 211.43 mm", "not used unless asked")


def test_a_master_describes_itself_to_info(master):
    described = describe_file(master)
    assert described["format"] == "EIGER"
    assert described["frames"] == {"shape": [10, 130, 140], "dtype": "uint32"}
    assert described["mask"] == int(STACK.mask.sum())
    assert described["metadata"]["wavelength_m"] == pytest.approx(0.4e-10)
    master.with_name("ceria_data_000002.h5").unlink()
    assert "ceria_data_000002.h5" in describe_file(master)["problem"]


def test_an_eiger_scan_is_written_as_a_whole_or_not_at_all(tmp_path, master):
    with pytest.raises(OutputExists):
        write_eiger(master, [FRAMES])
    with pytest.raises(FileProblem, match=r"call it frames_master\.h5"):
        write_eiger(tmp_path / "frames.h5", [FRAMES])
    with pytest.raises(FileProblem, match="no frames"):
        write_eiger(tmp_path / "b_master.h5", [])
    with pytest.raises(FileProblem, match=r"Frame 10 is \(5, 140\)"):
        write_eiger(tmp_path / "b_master.h5", [FRAMES, FRAMES[:, :5]])
    assert not (tmp_path / "b_master.h5").exists()

import h5py
import numpy as np
import pytest
import tifffile

from daisy_kernel.contracts.scan import Scan
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import open_scan


def whole(frames):
    return frames.read((slice(None),) * 3)


def change(path, name, value, **attributes):
    """Replace a dataset of a file."""
    with h5py.File(path, "r+") as file:
        if name in file:
            del file[name]
        if value is not None:
            file[name] = value
            file[name].attrs.update(attributes)


def assert_same_scan(scan, counts):
    for name, expected in counts.items():
        np.testing.assert_array_equal(whole(getattr(scan, name)), expected)
    np.testing.assert_array_equal(scan.angles_rad, np.deg2rad(np.arange(12) * 15.0))


def test_a_data_exchange_file_is_a_scan(data_exchange, counts):
    scan = open_scan(data_exchange)
    assert isinstance(scan, Scan)
    assert (scan.format, scan.warnings, scan.metadata) == ("Data Exchange", (), {})
    assert_same_scan(scan, counts)


def test_an_nxtomo_file_is_a_scan_without_invalid_and_alignment_frames(nxtomo, counts):
    scan = open_scan(nxtomo)
    assert (scan.format, scan.warnings) == ("NXtomo", ())
    assert scan.metadata == {"sample": "tooth"}
    assert_same_scan(scan, counts)


def test_real_scans_in_both_formats_are_equal_bit_for_bit(tomography_data):
    exchange = open_scan(tomography_data / "tooth.h5")
    nexus = open_scan(tomography_data / "tooth_nxtomo.nxs")
    assert (exchange.format, nexus.format) == ("Data Exchange", "NXtomo")
    assert exchange.projections.shape == (181, 2, 640)
    for name in ("projections", "flats", "darks"):
        one, other = whole(getattr(exchange, name)), whole(getattr(nexus, name))
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()
    assert exchange.angles_rad.tobytes() == nexus.angles_rad.tobytes()
    assert exchange.angles_rad[-1] == pytest.approx(np.deg2rad(179.00552486))
    assert exchange.metadata["sample"] == "Tooth"
    assert exchange.warnings == nexus.warnings == ()


def test_a_real_folder_of_tiff_images_is_a_scan(tomography_data):
    scan = open_scan(tomography_data / "tiff_stack_tomo77")
    assert scan.format == "TIFF stack"
    assert scan.projections.shape == (451, 79, 83)
    assert (scan.flats, scan.darks) == (None, None)
    assert scan.angles_rad[-1] == pytest.approx(np.pi * 450 / 451)
    assert len(scan.warnings) == 3
    last = tifffile.imread(tomography_data / "tiff_stack_tomo77" / "tomo77_450.tiff")
    block = scan.projections.read((slice(450, 451), slice(10, 20), slice(None)))
    np.testing.assert_array_equal(block[0], last[10:20])


def test_tiff_images_take_flats_darks_and_angles_from_elsewhere(tmp_path, counts, data_exchange):
    tifffile.imwrite(tmp_path / "projections.tif", counts["projections"])
    (tmp_path / "flats").mkdir()
    for n, frame in enumerate(counts["flats"]):
        tifffile.imwrite(tmp_path / "flats" / f"flat{n}.tif", frame)
    (tmp_path / "angles.txt").write_text(
        "# degrees\n" + "\n".join(str(15.0 * n) for n in range(12))
    )
    scan = open_scan(
        tmp_path / "projections.tif",
        flats=tmp_path / "flats",
        darks=f"{data_exchange}:/exchange/data_dark",
        angles=tmp_path / "angles.txt",
    )
    assert scan.warnings == ()
    assert_same_scan(scan, counts)


def test_any_dataset_can_be_the_projections(data_exchange, counts):
    scan = open_scan(
        f"{data_exchange}:/exchange/data",
        flats=data_exchange,
        darks=data_exchange,
        angles=f"{data_exchange}:/exchange/theta",
    )
    assert_same_scan(scan, counts)


def test_flats_of_another_file_are_found_by_its_format(tmp_path, nxtomo, data_exchange, counts):
    np.testing.assert_array_equal(
        whole(open_scan(data_exchange, flats=nxtomo).flats), counts["flats"]
    )
    plain = tmp_path / "flats.h5"
    change_new(plain, "entry/beam", counts["flats"])
    np.testing.assert_array_equal(
        whole(open_scan(data_exchange, flats=plain).flats), counts["flats"]
    )
    change(plain, "entry/more", counts["darks"])
    with pytest.raises(FileProblem, match=r"2 datasets of images .*name one as 'flats.h5:/path'"):
        open_scan(data_exchange, flats=plain)
    only = tmp_path / "only_flats.h5"
    change_new(only, "exchange/data", counts["flats"])
    np.testing.assert_array_equal(
        whole(open_scan(data_exchange, flats=only).flats), counts["flats"]
    )


def change_new(path, name, value):
    with h5py.File(path, "w") as file:
        file[name] = value


def test_angles_in_radians_are_recognised_by_their_unit(data_exchange, counts):
    change(data_exchange, "exchange/theta", np.deg2rad(np.arange(12) * 15.0), units="radians")
    assert_same_scan(open_scan(data_exchange), counts)


def test_a_unit_that_is_no_angle_is_refused(data_exchange):
    change(data_exchange, "exchange/theta", np.arange(12.0), units="mm")
    with pytest.raises(FileProblem, match=r"theta.*'mm' is no unit of angle"):
        open_scan(data_exchange)


def test_without_theta_the_planned_rotation_is_used(data_exchange, counts):
    change(data_exchange, "exchange/theta", None)
    for name, value in (("rotation_start", 0.0), ("rotation_step", 15.0), ("num_angles", 12)):
        change(data_exchange, f"process/acquisition/rotation/{name}", value)
    scan = open_scan(data_exchange)
    assert_same_scan(scan, counts)
    assert "There is no /exchange/theta" in scan.warnings[0]


def test_without_any_angles_half_a_turn_is_assumed_aloud(data_exchange, counts):
    change(data_exchange, "exchange/theta", None)
    scan = open_scan(data_exchange)
    assert_same_scan(scan, counts)
    assert "evenly spaced from 0 to 180 degrees" in scan.warnings[0]


def test_scans_without_flats_or_darks_say_so(data_exchange):
    change(data_exchange, "exchange/data_white", None)
    change(data_exchange, "exchange/data_dark", np.empty((0, 6, 9), np.uint16))
    scan = open_scan(data_exchange)
    assert (scan.flats, scan.darks) == (None, None)
    assert scan.warnings == ("There are no flats.", "There are no darks.")


def test_flats_of_another_size_are_refused_with_both_shapes(data_exchange):
    change(data_exchange, "exchange/data_white", np.zeros((3, 9, 6), np.uint16) + 1)
    with pytest.raises(FileProblem, match=r"flats show \(9, 6\).*projections \(6, 9\)"):
        open_scan(data_exchange)


def test_a_number_of_angles_that_does_not_fit_is_refused_with_both_numbers(data_exchange):
    change(data_exchange, "exchange/theta", np.arange(13.0))
    with pytest.raises(FileProblem, match=r"13 angles.*12 projections"):
        open_scan(data_exchange)


def test_transposed_projections_are_recognised(data_exchange, counts):
    change(data_exchange, "exchange/data", counts["projections"].transpose(1, 0, 2))
    for name in ("exchange/data_white", "exchange/data_dark"):
        change(data_exchange, name, None)
    with pytest.raises(FileProblem, match=r"\(6, 12, 9\).*look transposed"):
        open_scan(data_exchange)
    change(data_exchange, "exchange/data", counts["projections"], axes="y:theta:x")
    with pytest.raises(FileProblem, match="stored as y:theta:x"):
        open_scan(data_exchange)


def test_projections_that_are_no_stack_are_refused(data_exchange):
    for value in (np.ones((12, 6)), np.empty((0, 6, 9))):
        change(data_exchange, "exchange/data", value)
        with pytest.raises(FileProblem, match="at least one image"):
            open_scan(data_exchange)
    change(data_exchange, "exchange/data", np.ones((12, 6, 9), np.complex64))
    with pytest.raises(FileProblem, match="complex64"):
        open_scan(data_exchange)


def test_a_single_projection_is_a_scan(data_exchange, counts):
    change(data_exchange, "exchange/data", counts["projections"][:1])
    change(data_exchange, "exchange/theta", [30.0])
    scan = open_scan(data_exchange)
    assert scan.projections.shape == (1, 6, 9)
    assert scan.angles_rad == pytest.approx([np.pi / 6])


def test_metadata_is_converted_to_metres_and_kev(data_exchange):
    instrument = "measurement/instrument"
    change(data_exchange, f"{instrument}/monochromator/energy", 25000.0, units="eV")
    change(data_exchange, f"{instrument}/detector/actual_pixel_size_x", "1.3", units="microns")
    change(data_exchange, f"{instrument}/detector_motor_stack/setup/z", [60.0], units="mm")
    metadata = open_scan(data_exchange).metadata
    assert metadata == pytest.approx(
        {"energy_kev": 25.0, "pixel_size_m": 1.3e-6, "distance_m": 0.06}
    )


def test_metadata_that_makes_no_sense_is_left_out_aloud(data_exchange):
    instrument = "measurement/instrument"
    change(data_exchange, f"{instrument}/monochromator/energy", 25000.0)
    change(data_exchange, f"{instrument}/detector/actual_pixel_size_x", 0.0, units="um")
    change(data_exchange, f"{instrument}/detector_motor_stack/setup/z", 60.0, units="parsec")
    scan = open_scan(data_exchange)
    assert scan.metadata == {}
    text = " ".join(scan.warnings)
    assert "25000 keV looks like eV" in text
    assert "pixel_size_m is left out" in text
    assert "'parsec' is no unit of length" in text


def test_a_scan_of_nxtomo_carries_its_metadata(nxtomo):
    change(nxtomo, "entry0000/instrument/detector/x_pixel_size", 6.5, units="um")
    change(nxtomo, "entry0000/instrument/detector/distance", 40.0, units="mm")
    change(nxtomo, "entry0000/beam/incident_energy", 0.0191, units="MeV")
    scan = open_scan(nxtomo)
    assert scan.metadata == pytest.approx(
        {"pixel_size_m": 6.5e-6, "distance_m": 0.04, "sample": "tooth"}
    )
    assert "'MeV' is no unit of energy" in scan.warnings[0]
    change(nxtomo, "entry0000/beam/incident_energy", 19.1, units="keV")
    assert open_scan(nxtomo).metadata["energy_kev"] == 19.1


@pytest.mark.parametrize(("position", "column"), [(3.5, 3.5), (-1.25, 2.75), (8.0, None)])
def test_the_rotation_axis_is_taken_from_either_origin_if_it_is_clear(nxtomo, position, column):
    change(nxtomo, "entry0000/instrument/detector/x_rotation_axis_pixel_position", position)
    scan = open_scan(nxtomo)
    assert scan.metadata.get("rotation_axis_column") == column
    assert "x_rotation_axis_pixel_position" in scan.warnings[0]


def test_a_diamond_file_keeps_its_scan_one_level_down(nxtomo, counts):
    with h5py.File(nxtomo, "r+") as file:
        outer = file.create_group("entry1")
        file.move("entry0000", "entry1/tomo_entry")
        entry = outer["tomo_entry"]
        del entry["data"], entry["definition"]
        entry.move("instrument/detector/data", "data/data")
        entry.move("sample/rotation_angle", "data/rotation_angle")
    scan = open_scan(nxtomo)
    assert scan.projections.identity()["dataset"] == "/entry1/tomo_entry/data/data"
    assert_same_scan(scan, counts)


def test_of_several_scans_in_a_file_one_is_taken_aloud(nxtomo):
    with h5py.File(nxtomo, "r+") as file:
        file.copy("entry0000", "entry0001")
        file["entry0001/sample/name"][()] = "second"
    scan = open_scan(nxtomo)
    assert "holds 2 scans: /entry0000 is taken" in scan.warnings[0]
    assert open_scan(f"{nxtomo}:/entry0001").metadata["sample"] == "second"


def test_an_nxtomo_without_keys_is_all_projections(nxtomo):
    detector = "entry0000/instrument/detector"
    change(nxtomo, f"{detector}/image_key", None)
    scan = open_scan(nxtomo)
    assert scan.projections.shape == (19, 6, 9)
    assert "no image_key: all 19 frames" in scan.warnings[0]
    change(nxtomo, f"{detector}/image_key", np.zeros(5, int))
    with pytest.raises(FileProblem, match="5 keys for 19 frames"):
        open_scan(nxtomo)
    change(nxtomo, f"{detector}/image_key", np.full(19, 1))
    change(nxtomo, f"{detector}/image_key_control", None)
    with pytest.raises(FileProblem, match=r"projections have the shape \(0, 6, 9\)"):
        open_scan(nxtomo)


def test_angles_of_an_nxtomo_count_frames_or_projections(nxtomo, counts):
    change(nxtomo, "entry0000/sample/rotation_angle", np.arange(12) * 15.0, units="degree")
    assert_same_scan(open_scan(nxtomo), counts)
    change(nxtomo, "entry0000/sample/rotation_angle", np.arange(14.0), units="degree")
    with pytest.raises(FileProblem, match=r"14 angles for 19 frames \(12 projections\)"):
        open_scan(nxtomo)


def test_an_nxtomo_without_data_says_what_it_has(nxtomo):
    change(nxtomo, "entry0000/instrument/detector/data", None)
    with pytest.raises(FileProblem, match=r"no instrument/detector/data: it has .*image_key"):
        open_scan(nxtomo)


def test_an_unknown_file_lists_what_it_has_and_what_was_expected(tmp_path):
    path = tmp_path / "a.h5"
    change_new(path, "raw/frames", np.ones((2, 3, 4)))
    with pytest.raises(FileProblem, match=r"it has /raw/frames.*Data Exchange.*NXtomo"):
        open_scan(path)
    with pytest.raises(FileProblem, match="Did you mean '/raw/frames'"):
        open_scan(f"{path}:/raw/frame")


def test_a_folder_without_images_and_a_missing_file_are_errors(tmp_path):
    with pytest.raises(FileProblem, match="holds no TIFF images"):
        open_scan(tmp_path)
    with pytest.raises(FileProblem, match="no file"):
        open_scan(tmp_path / "none.h5")


def test_frames_that_were_never_written_are_pointed_out(data_exchange):
    with h5py.File(data_exchange, "r+") as file:
        del file["exchange/data"]
        data = file.create_dataset("exchange/data", (12, 6, 9), np.uint16, chunks=(1, 6, 9))
        data[:9] = 5
    scan = open_scan(data_exchange)
    assert "3 of 12 chunks" in scan.warnings[0]


def test_a_scan_that_is_still_written_is_pointed_out(tmp_path, counts):
    import shutil

    live, copy = tmp_path / "live.h5", tmp_path / "copy.h5"
    with h5py.File(live, "w", libver="latest") as file:
        file["exchange/theta"] = np.arange(12) * 15.0
        data = file.create_dataset(
            "exchange/data", data=counts["projections"], chunks=(1, 6, 9), maxshape=(None, 6, 9)
        )
        file.swmr_mode = True
        data.flush()
        shutil.copy(live, copy)
    scan = open_scan(copy)
    assert any("still open for writing" in warning for warning in scan.warnings)
    np.testing.assert_array_equal(whole(scan.projections), counts["projections"])


def test_scans_of_linked_files_are_read_within_allowed_folders_only(
    tmp_path, data_exchange, counts
):
    (tmp_path / "sub").mkdir()
    master = tmp_path / "sub" / "master.h5"
    with h5py.File(master, "w") as file:
        file["exchange"] = h5py.ExternalLink("../scan.h5", "/exchange")
    with pytest.raises(FileProblem, match="outside the folder"):
        open_scan(master)
    assert_same_scan(open_scan(master, data_roots=(tmp_path,)), counts)

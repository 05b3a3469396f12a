"""The geometry in the header of a data file, used where the user names the file for it."""

import h5py
import numpy as np
import pytest

from daisy_kernel.algorithms.fai_files import integration_file
from daisy_kernel.algorithms.fai_tables import pyfai_integrator
from daisy_kernel.errors import DaisyError
from daisy_kernel.formats import write_eiger

HEADER = {
    "wavelength_m": 0.7293e-10,
    "distance_m": 0.169,
    "pixel_size_x_m": 75e-6,
    "pixel_size_y_m": 150e-6,
    "beam_center_x_px": 20.5,
    "beam_center_y_px": 11.25,
}
NAMES = {
    "wavelength_m": "wavelength",
    "distance_m": "distance",
    "pixel_size_x_m": "pixel size x",
    "pixel_size_y_m": "pixel size y",
    "beam_center_x_px": "beam centre x",
    "beam_center_y_px": "beam centre y",
}


@pytest.fixture
def frames():
    return np.ones((2, 30, 40), np.uint16)


def assert_is_header(file):
    made = pyfai_integrator(integration_file(file).poni, (30, 40))
    place = made.getFit2D()
    assert made.wavelength == pytest.approx(0.7293e-10, rel=1e-9)
    assert place["directDist"] == pytest.approx(169)
    assert (place["pixelX"], place["pixelY"]) == pytest.approx((75, 150))
    assert (place["centerX"], place["centerY"]) == pytest.approx((20.5, 11.25))
    assert place["tilt"] == pytest.approx(0, abs=1e-9)


def test_an_eiger_master_states_a_geometry(frames, tmp_path):
    assert_is_header(write_eiger(tmp_path / "a_master.h5", [frames], metadata=HEADER))


def test_a_nexus_file_in_other_units_states_the_same(frames, tmp_path):
    """NXsas writes lengths in mm, the centre as a length, and an energy instead of a wavelength."""
    path = tmp_path / "scan.nxs"
    with h5py.File(path, "w") as file:
        for name, kind in (
            ("entry", "NXentry"),
            ("entry/instrument", "NXinstrument"),
            ("entry/instrument/pilatus", "NXdetector"),
            ("entry/instrument/monochromator", "NXmonochromator"),
        ):
            file.require_group(name).attrs["NX_class"] = kind
        file["entry/instrument/pilatus/data"] = frames
        for name, value, unit in (
            ("pilatus/distance", 169, "mm"),
            ("pilatus/x_pixel_size", 75, "um"),
            ("pilatus/y_pixel_size", 0.15, "mm"),
            ("pilatus/beam_center_x", 20.5 * 0.075, "mm"),
            ("pilatus/beam_center_y", 11.25 * 0.15, "mm"),
            ("monochromator/energy", 12398.419843320026 / 0.7293, "eV"),
        ):
            file[f"entry/instrument/{name}"] = value
            file[f"entry/instrument/{name}"].attrs["units"] = unit
    assert_is_header(path)


@pytest.mark.parametrize("place", ["instrument/undulator_beam", "sample/at_sample"])
@pytest.mark.parametrize("quantity", ["incident_wavelength", "incident_energy"])
def test_a_beam_is_found_by_its_class_whatever_it_is_called(frames, tmp_path, place, quantity):
    path = write_eiger(tmp_path / "a_master.h5", [frames], metadata=HEADER)
    with h5py.File(path, "r+") as file:
        del file["entry/instrument/beam"]
        file["entry/sample/gone"] = h5py.ExternalLink("gone.h5", "/entry")  # does not matter
        beam = file.create_group(f"entry/{place}")
        beam.attrs["NX_class"] = "NXbeam"
        energy = quantity == "incident_energy"
        beam[quantity] = 12.398419843320026 / 0.7293 if energy else 0.07293
        beam[quantity].attrs["units"] = "keV" if energy else "nm"
    assert_is_header(path)


@pytest.mark.parametrize("missing", NAMES)
def test_a_header_that_lacks_something_is_refused_by_its_name(frames, tmp_path, missing):
    header = {key: value for key, value in HEADER.items() if key != missing}
    path = write_eiger(tmp_path / "a_master.h5", [frames], metadata=header)
    with pytest.raises(DaisyError, match=rf"lacks {NAMES[missing]}: give the geometry yourself"):
        integration_file(path)


def test_a_file_without_any_geometry_names_all_that_it_lacks(frames, tmp_path):
    path = write_eiger(tmp_path / "a_master.h5", [frames])
    with pytest.raises(DaisyError, match=r"lacks distance, beam centre y, .*, wavelength: give"):
        integration_file(path)


def test_a_file_that_changes_is_read_again(frames, tmp_path):
    path = write_eiger(tmp_path / "a_master.h5", [frames], metadata=HEADER)
    before = integration_file(path)
    assert integration_file(path) is before
    write_eiger(path, [frames], metadata=HEADER | {"distance_m": 0.2}, overwrite=True)
    assert integration_file(path) != before

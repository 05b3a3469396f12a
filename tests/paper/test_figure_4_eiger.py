"""Fig. 4 as printed, on the files of a simulated EIGER: a master whose links lead to frames."""

import h5py
import numpy as np
import pytest

import daisy_kernel as Daisy
from daisy_kernel.formats import write_eiger
from daisy_kernel.simulate import PowderStack

detectors = pytest.importorskip("pyFAI.detectors")
azimuthal = pytest.importorskip("pyFAI.integrator.azimuthal")

FRAMES, MASK = "/entry/data/data", "/entry/instrument/detector/pixel_mask"
LINK = "/entry/data/data_000001"
SHAPE = (1890, 1080)
"""As much of the detector as the sector of the figure needs."""
IN_FIRST_FILE = 3


class WorkflowIntegrate(Daisy.PyWorkflow):
    """The script that the paper does not print."""

    frames_at = FRAMES

    def execute(self):
        self.engine["loaddata"].execute(input_path=self.frames_at, output_dataobj="frames")
        self.engine["loadmask"].execute(input_path=MASK, output_dataobj="mask")
        self.engine["azintalg"].execute(
            input_dataobj="frames", mask_dataobj="mask", output_dataobj="patterns"
        )
        self.engine["savedata"].execute(input_dataobj="patterns", output_path="/entry/patterns")


class WorkflowLinked(WorkflowIntegrate):
    """The frames by way of the master."""

    frames_at = LINK


class WorkflowSeries(Daisy.PyWorkflow):
    """All files of the series, as the master knows them."""

    def execute(self):
        self.engine["loaddata"].execute(frames_dataobj="frames", mask_dataobj="mask")
        self.engine["azintalg"].execute(
            input_dataobj="frames", mask_dataobj="mask", output_dataobj="patterns"
        )
        self.engine["savedata"].execute(input_dataobj="patterns", output_path="/entry/patterns")


@pytest.fixture(scope="module")
def integrator():
    """pyFAI with the geometry of the figure."""
    detector = detectors.Detector(75e-6, 75e-6, max_shape=SHAPE)
    made = azimuthal.AzimuthalIntegrator(detector=detector, wavelength=0.7293e-10)
    made.setFit2D(169, 1049.967, 1063.892, 0.3753, 64.66877, pixelX=75, pixelY=75)
    return made


@pytest.fixture(scope="module")
def stack(integrator):
    """Five frames of CeO2, seen by that detector."""
    distance, poni1, poni2, rot1, rot2, rot3 = integrator.param[:6]
    return PowderStack(
        5, *SHAPE, distance_m=distance, poni1_m=poni1, poni2_m=poni2, rot1_rad=rot1,
        rot2_rad=rot2, rot3_rad=rot3, wavelength_m=0.7293e-10, bits=16,
    )  # fmt: skip


@pytest.fixture(scope="module")
def expected(integrator, stack):
    """pyFAI's patterns of all frames."""
    return np.stack(
        [
            integrator.integrate1d(
                frame, 40, unit="2th_deg", radial_range=(10.0, 20), azimuth_range=(93, 115),
                mask=stack.mask,
            ).intensity
            for frame in stack.frames()
        ]
    )  # fmt: skip


@pytest.fixture
def printed(figure):
    """The two dictionaries."""
    namespace = {}
    exec(figure("4"), namespace)
    return namespace["init_dict"], namespace["cfg_dict"]


@pytest.fixture
def files(stack, tmp_path, monkeypatch):
    """Master and two files of frames, by the names of the figure, in the current folder."""
    monkeypatch.chdir(tmp_path)
    master = write_eiger(
        "scan_00575_master.h5", [stack.frames()], frames_per_file=IN_FIRST_FILE, mask=stack.mask
    )
    assert len(list(tmp_path.glob("scan_00575_data_*.h5"))) == 2
    return master


def patterns_of(workflow_class, init_dict, cfg_dict):
    workflow = workflow_class("integrate")
    workflow.initialize("pyworkflowEngine", init_dict, cfg_dict)
    workflow.execute()
    with h5py.File("test_scan.h5") as file:
        return file["/entry/patterns"][()]


def assert_same(found, expected):
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6 * expected.max())


def test_the_script_as_printed_gives_pyfais_numbers(printed, files, expected):
    found = patterns_of(WorkflowIntegrate, *printed)
    assert_same(found, expected[:IN_FIRST_FILE])
    assert found.max() > 10 * np.median(found)  # it is a pattern: a line above a background


def test_the_master_leads_to_the_same_frames(printed, files, expected):
    init_dict, cfg_dict = printed
    init_dict["loaddata"]["init_paras"]["inputfile_name"] = files.name
    assert_same(patterns_of(WorkflowLinked, init_dict, cfg_dict), expected[:IN_FIRST_FILE])


@pytest.mark.parametrize("is_last_missing", [False, True])
def test_the_whole_series_is_integrated_even_if_the_last_file_is_missing(
    printed, files, expected, is_last_missing
):
    init_dict, cfg_dict = printed
    init_dict["loaddata"] = {
        "class_name": "LoadFrames",
        "init_paras": {"inputfile_name": files.name},
    }
    if is_last_missing:
        files.with_name("scan_00575_data_000002.h5").unlink()
        expected = expected[:IN_FIRST_FILE]
    assert_same(patterns_of(WorkflowSeries, init_dict, cfg_dict), expected)

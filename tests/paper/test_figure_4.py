"""The dictionaries of Fig. 4 configure an azimuthal integration, as printed."""

import h5py
import numpy as np
import pytest

import daisy_kernel as Daisy

DATA, MASK = "/entry/data/data", "/entry/instrument/detector/detectorSpecific/pixel_mask"
SHAPE = (2, 1890, 1080)
"""As much of the detector as the sector of the figure needs."""


class WorkflowIntegrate(Daisy.PyWorkflow):
    """The script that the paper does not print."""

    def execute(self):
        self.engine["loaddata"].execute(input_path=DATA, output_dataobj="frames")
        self.engine["loadmask"].execute(input_path=MASK, output_dataobj="mask")
        self.engine["azintalg"].execute(
            input_dataobj="frames", mask_dataobj="mask", output_dataobj="patterns"
        )
        self.engine["savedata"].execute(input_dataobj="patterns", output_path="/entry/patterns")


@pytest.fixture
def printed(figure):
    """The two dictionaries."""
    namespace = {}
    exec(figure("4"), namespace)
    return namespace["init_dict"], namespace["cfg_dict"]


@pytest.fixture
def frames(tmp_path, monkeypatch):
    """The two files of the figure, in the current folder; returns frames and mask."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(7)
    row, col = np.indices(SHAPE[1:])
    radius = np.hypot(row - 1063.892, col - 1049.967)
    rings = 100 + 80 * np.cos(radius / 12)
    data = rng.poisson(np.stack([rings, 2 * rings])).astype(np.uint16)
    mask = np.zeros(SHAPE[1:], np.uint32)
    mask[1500:1512] = 1
    data[:, mask != 0] = 65535
    with h5py.File("scan_00575_data_000001.h5", "w") as file:
        file[DATA] = data
    with h5py.File("scan_00575_master.h5", "w") as file:
        file[MASK] = mask
    return data, mask


def test_the_dictionaries_of_figure_4_integrate_as_pyfai_does(printed, frames):
    detectors = pytest.importorskip("pyFAI.detectors")
    azimuthal = pytest.importorskip("pyFAI.integrator.azimuthal")
    workflow = WorkflowIntegrate("integrate")
    workflow.initialize("pyworkflowEngine", *printed)
    workflow.execute()
    with h5py.File("test_scan.h5") as file:
        patterns = file["/entry/patterns"][()]
    detector = detectors.Detector(75e-6, 75e-6, max_shape=SHAPE[1:])
    integrator = azimuthal.AzimuthalIntegrator(detector=detector, wavelength=0.7293e-10)
    integrator.setFit2D(169, 1049.967, 1063.892, 0.3753, 64.66877, pixelX=75, pixelY=75)
    data, mask = frames
    for frame, pattern in zip(data, patterns, strict=True):
        expected = integrator.integrate1d(
            frame, 40, unit="2th_deg", radial_range=(10.0, 20), azimuth_range=(93, 115), mask=mask
        )
        np.testing.assert_allclose(pattern, expected.intensity, rtol=1e-6)
        assert expected.radial[0] > 10
        assert expected.radial[-1] < 20
    assert patterns.shape == (2, 40)
    assert 50 < patterns[0].mean() < 200  # the saturated, masked pixels do not count
    np.testing.assert_allclose(patterns[1] / patterns[0], 2, rtol=0.05)


def test_parameters_given_as_text_are_numbers_with_units(printed):
    init_dict, cfg_dict = printed
    init_dict["azintalg"]["init_paras"]["wavelength"] = "0.7293 A"
    with pytest.raises(ValueError, match=r"'wavelength' \[angstrom\] cannot be '0.7293 A'"):
        _record_only(init_dict, cfg_dict)


def _record_only(init_dict, cfg_dict):
    workflow = WorkflowIntegrate("integrate")
    workflow.initialize("pyworkflowEngine", init_dict, cfg_dict)
    workflow.engine.data.update(frames=np.ones((1, 4, 4)))
    workflow.engine["azintalg"].execute(input_dataobj="frames", output_dataobj="patterns")

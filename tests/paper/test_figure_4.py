"""The dictionaries of Fig. 4 configure a real integration, with pyFAI's own numbers."""

import h5py
import numpy as np
import pytest

import daisy_kernel as Daisy

# fmt: off
init_dict = {'loaddata': {'class_name': 'LoadHDF5', \
                        'init_paras': {'inputfile_name': 'scan_00575_data_000001.h5'} \
                        }, \
            'loadmask': {'class_name': 'LoadHDF5', \
                        'init_paras': {'inputfile_name': 'scan_00575_master.h5'} \
                        }, \
            'azintalg': {'class_name': 'AlgFAIIntegrate', \
                        'init_paras': {'wavelength': '0.7293'} \
                        }, \
            'savedata': {'class_name': 'SaveHDF5', \
                        'init_paras': {'outputfile_name': 'test_scan.h5'} \
                        } \
            }

cfg_dict = {'azintalg': {'directDist': 169, \
                        'centerX': 1049.967, \
                        'centerY': 1063.892, \
                        'pixelX': 75, \
                        'pixelY': 75, \
                        'PlanRotation': 64.66877, \
                        'tilt': 0.3753, \
                        'azimin': 93, \
                        'azimax': 115, \
                        'radmin': 10.0, \
                        'radmax': 20, \
                        'ntth': 40} \
            }
# fmt: on


class WorkflowIntegrate(Daisy.PyWorkflow):
    """The script that the figure leaves out."""

    def execute(self):
        self.engine["loaddata"].execute(input_path="/entry/data/data", output_dataobj="frames")
        self.engine["loadmask"].execute(input_path="/entry/mask", output_dataobj="mask")
        self.engine["azintalg"].execute(
            input_dataobj="frames", mask_dataobj="mask", output_dataobj="patterns"
        )
        self.engine["savedata"].execute(input_dataobj="patterns", output_path="/entry/patterns")


def test_figure_4_gives_the_numbers_of_pyfai(tmp_path, monkeypatch):
    azimuthal = pytest.importorskip("pyFAI.integrator.azimuthal")
    detectors = pytest.importorskip("pyFAI.detectors")
    monkeypatch.chdir(tmp_path)
    shape = (2167, 1200)  # reaches as far as the azimuths of the figure look
    rng = np.random.default_rng(4)
    frames = rng.poisson(50, (2, *shape)).astype(np.uint16)
    mask = (rng.random(shape) < 0.01).astype(np.int8)
    with h5py.File("scan_00575_data_000001.h5", "w") as file:
        file["/entry/data/data"] = frames
    with h5py.File("scan_00575_master.h5", "w") as file:
        file["/entry/mask"] = mask

    workflow = WorkflowIntegrate("WorkflowIntegrate")
    workflow.initialize(workflow_environment=init_dict, algorithms_cfg=cfg_dict)
    workflow.execute()

    detector = detectors.Detector(75e-6, 75e-6, max_shape=shape)
    integrator = azimuthal.AzimuthalIntegrator(detector=detector, wavelength=0.7293e-10)
    integrator.setFit2D(169, 1049.967, 1063.892, 0.3753, 64.66877, pixelX=75, pixelY=75)
    with h5py.File("test_scan.h5") as file:
        patterns = file["/entry/patterns"][()]
    assert patterns.shape == (2, 40)
    for frame, pattern in zip(frames, patterns, strict=True):
        expected = integrator.integrate1d(
            frame,
            40,
            unit="2th_deg",
            radial_range=(10.0, 20),
            azimuth_range=(93, 115),
            mask=mask,
        )
        assert (expected.intensity > 0).all()
        np.testing.assert_allclose(pattern, expected.intensity, rtol=1e-6)

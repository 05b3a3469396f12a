"""A scan with propagation fringes, from the file to the volume."""

import h5py
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from daisy_kernel.errors import DaisyError
from daisy_kernel.numba_kernels import phase_reach
from daisy_kernel.simulate import Detector, TomographyScan, foam

OPTICS = {"delta_beta": 40.0, "distance": 0.1}
ENERGY, PIXEL = 20.0, 3e-6


@pytest.fixture(scope="module")
def scan():
    return TomographyScan(
        foam(5, 6),
        n_angle=180,
        n_row=24,
        n_col=96,
        centre=49.3,
        detector=Detector(photons=25_000, stripe_share=0, zinger_share=3e-5, dead_share=0),
    )


@pytest.fixture(scope="module")
def fringed(scan, tmp_path_factory):
    """Frames of what the detector sees some way behind the sample, and beside it."""
    reach = phase_reach(
        delta_beta=OPTICS["delta_beta"],
        energy_kev=ENERGY,
        distance_m=OPTICS["distance"],
        pixel_size_m=PIXEL,
    )
    # The source is not a point: without its blur, the fringes would need more light than there is.
    transmission = gaussian_filter(np.exp(-scan.line_integrals()), (0, 0.7, 0.7), mode="nearest")
    transmission = np.pad(transmission, ((0, 0), (1, 1), (1, 1)), mode="edge")
    # Transport of intensity: T - reach^2 * Laplacian(T), which Paganin's formula inverts.
    middle = transmission[:, 1:-1, 1:-1]
    neighbours = (
        transmission[:, :-2, 1:-1]
        + transmission[:, 2:, 1:-1]
        + transmission[:, 1:-1, :-2]
        + transmission[:, 1:-1, 2:]
    )
    seen = np.maximum(middle - reach**2 * (neighbours - 4 * middle), 0.01)
    path = tmp_path_factory.mktemp("phase") / "scan.h5"
    with h5py.File(path, "w") as file:
        file["exchange/data"] = scan.detector.expose(seen, range(scan.n_angle))
        file["exchange/data_white"] = scan.flats()
        file["exchange/data_dark"] = scan.darks()
        file["exchange/theta"] = scan.angles_deg
        file["exchange/theta"].attrs["units"] = "degree"
    return path


@pytest.fixture
def optics():
    return {**OPTICS, "energy": ENERGY, "pixel_size": PIXEL, "outliers": 2.0}


def correlation(volume, truth):
    """In the inner slices and the inner circle."""
    n = volume.shape[-1]
    y, x = np.mgrid[:n, :n] - (n - 1) / 2
    inside = np.hypot(y, x) < 0.9 * n / 2
    return np.corrcoef(volume[4:-4, inside].ravel(), truth[4:-4, inside].ravel())[0, 1]


def test_the_sample_shows_without_its_fringes(session, scan, fringed, optics, volume, tmp_path):
    outputs = {"tomography-phase": tmp_path / "p.h5", "tomography": tmp_path / "a.h5"}
    for name, output in outputs.items():
        given = optics if name == "tomography-phase" else {}
        session.run(name, scan=fringed, output=output, center=scan.centre, **given).wait()
    with_phase, without = (correlation(volume(o), scan.truth()) for o in outputs.values())
    assert with_phase > 0.7  # of at most 0.8, because of the blur
    assert with_phase > without + 0.3


def test_any_memory_gives_the_same_bits_and_the_centre_is_found(
    session, scan, fringed, optics, volume, tmp_path
):
    outputs = [tmp_path / "large.h5", tmp_path / "small.h5"]
    for output, memory in zip(outputs, ("1GB", "12MB"), strict=True):
        run = session.run("tomography-phase", scan=fringed, output=output, memory=memory, **optics)
        assert abs(run.wait().record["values"]["center"] - scan.centre) < 0.5
    np.testing.assert_array_equal(*map(volume, outputs))


def test_an_energy_that_nobody_says_is_an_error_that_says_so(session, fringed, tmp_path):
    output = tmp_path / "p.h5"
    with pytest.raises(DaisyError, match=r"energy \[keV\] is not known"):
        session.run(
            "tomography-phase", scan=fringed, output=output, pixel_size=PIXEL, **OPTICS
        ).wait()
    assert not output.exists()

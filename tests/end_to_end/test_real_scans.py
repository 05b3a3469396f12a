"""Scans from real beamlines, against what TomoPy makes of them."""

import h5py
import numpy as np
import pytest

CENTRES = np.arange(295.0, 296.51, 0.25)


@pytest.fixture
def reference(real_data):
    with h5py.File(real_data("../reference/tomopy-1.15.2_tooth.h5")) as file:
        return file["recon/gridrec_shepp_edge_padded"][0]


def inside(n: int, share: float) -> np.ndarray:
    y, x = np.mgrid[:n, :n] - (n - 1) / 2
    return np.hypot(y, x) < share * n / 2


def test_the_tooth_looks_as_tomopy_sees_it_and_its_centre_is_found(
    session, real_data, reference, volume, tmp_path
):
    tooth = real_data("tomography/tooth.h5")
    circle = inside(reference.shape[-1], 0.9)

    def correlation(center):
        output = tmp_path / f"{center}.h5"
        run = session.run("tomography", scan=tooth, output=output, center=center)
        run.wait()
        ours = volume(output)[0]
        return np.corrcoef(ours[circle], reference[circle])[0, 1]

    correlations = [correlation(float(c)) for c in CENTRES]
    best = CENTRES[int(np.argmax(correlations))]
    found = session.run("tomography", scan=tooth, output=tmp_path / "found.h5").wait()
    assert max(correlations) > 0.98, correlations
    assert abs(found.record["values"]["center"] - best) <= 0.5


def test_the_same_scan_as_nxtomo_gives_the_same_bits(session, real_data, volume, tmp_path):
    volumes = []
    for name in ("tooth.h5", "tooth_nxtomo.nxs"):
        output = tmp_path / f"{name}.out.h5"
        session.run("tomography", scan=real_data(f"tomography/{name}"), output=output).wait()
        volumes.append(volume(output))
    np.testing.assert_array_equal(*volumes)


def test_a_stack_of_tiff_files_that_holds_attenuation_is_reconstructed(
    session, real_data, volume, tmp_path
):
    stack = real_data("tomography/tiff_stack_tomo77")
    output = tmp_path / "stack.h5"
    run = session.run("tomography-attenuation", scan=stack, output=output).wait()
    reconstructed = volume(output)
    assert reconstructed.shape == (79, 83, 83)
    assert np.isfinite(reconstructed).all()
    assert abs(run.record["values"]["center"] - 37.5) < 2

"""Bad scans through every chain of steps: refused in one line, or a volume without a silent NaN."""

import h5py
import numpy as np
import pytest

from daisy_kernel.cli import main

HALF, TURN = np.arange(12) * 15.0, np.arange(12) * 30.0
PHASE = "tomography-phase --delta-beta 100 --distance 0.1 --energy 20 --pixel-size 1e-6"
CHAINS = [
    "tomography",
    *(f"tomography --algorithm {method} --iterations 2" for method in ("sirt", "os_sart")),
    *(f"tomography --algorithm {method} --iterations 2" for method in ("cgls", "tv")),
    "tomography --algorithm fbp --filter parzen --mask 0.9",
    "tomography --stripes 3 --bits 8",
    "tomography --tiff {folder}/slices",
    "tomography --zarr {folder}/volume.zarr",
    PHASE,
    f"{PHASE} --outliers 0.2",
    *(
        f"{PHASE} --stripes 3 --stripe-method {method}"
        for method in ("sorting", "wavelet", "titarenko", "smoothing", "all")
    ),
    "tomography-360",
]


@pytest.fixture(params=CHAINS)
def chain(request):
    return request.param


@pytest.fixture
def perform(tmp_path, chain, capsys):
    """Run the chain on a tiny scan in which what is passed is replaced; code, lines, folder."""
    if "--zarr" in chain:
        pytest.importorskip("zarr", reason="zarr is not installed")
    folder = tmp_path / "out"
    folder.mkdir()

    def run(*options, **changed):
        rng = np.random.default_rng(1)
        datasets = {
            "data": rng.integers(500, 900, (12, 4, 16)).astype(np.uint16),
            "data_white": np.full((3, 4, 16), 1000, np.uint16),
            "data_dark": np.full((2, 4, 16), 10, np.uint16),
            "theta": TURN if "360" in chain else HALF,
        }
        path = tmp_path / "scan.h5"
        with h5py.File(path, "w") as file:
            for key, value in {**datasets, **changed}.items():
                file[f"exchange/{key}"] = value
        name, *given = chain.format(folder=folder).split()
        centre = [] if "--center" in options else ["--center", "12" if "360" in chain else "7.5"]
        before = path.read_bytes()
        output = folder / "reco.h5"
        arguments = ["run", name, "--scan", str(path), "--output", str(output), *given]
        code = main([*arguments, *centre, *options])
        assert path.read_bytes() == before
        return code, capsys.readouterr().err.splitlines(), output

    return run


@pytest.fixture
def refused(perform):
    def run(*options, **changed):
        code, told, output = perform(*options, **changed)
        lines = [t for t in told if t.startswith("daisy:") and "warning:" not in t]
        assert code != 0
        assert len(lines) == 1, told
        assert list(output.parent.iterdir()) == []
        return lines[0]

    return run


@pytest.fixture
def accepted(perform):
    def run(*options, **changed):
        code, told, output = perform(*options, **changed)
        assert code == 0, told
        with h5py.File(output) as file:
            volume = file["/entry/data/data"][()]
        assert np.isfinite(volume).all()
        return told

    return run


def test_4_flats_of_another_size(refused):
    line = refused(data_white=np.full((3, 5, 16), 1000, np.uint16))
    assert "5, 16" in line
    assert "4, 16" in line


def test_5_no_projection(refused):
    refused(data=np.ones((0, 4, 16), np.uint16), theta=np.zeros(0))


def test_6_flats_that_are_not_finite_and_7_dead_pixels(accepted):
    flats = np.full((3, 4, 16), 1000.0)
    flats[:, 2, 5], flats[:, 1, 3] = np.nan, 10
    assert any("2 of 64 pixels are dead" in line for line in accepted(data_white=flats))


def test_6_projections_that_are_not_finite_are_never_silent(perform):
    projections = np.full((12, 4, 16), 500.0)
    projections[3, 1, 4] = np.nan
    _, told, _ = perform(data=projections)
    assert any("of 4 slices are not finite" in line for line in told), told


def test_7_dead_pixels_where_none_is_allowed(refused):
    flats = np.full((3, 4, 16), 1000, np.uint16)
    flats[:, 1, 3:5] = 10
    assert "dead" in refused("--dead-pixels", "error", data_white=flats)


def test_8_saturated_pixels_are_reported(accepted):
    projections = np.full((12, 4, 16), 500, np.uint16)
    projections[0, 0, :3] = 65535
    assert any("3 pixels are saturated" in line for line in accepted(data=projections))


def test_9_angles_that_are_not_numbers(refused):
    refused(theta=np.where(np.arange(12) == 3, np.nan, HALF))


def test_9_another_number_of_angles(refused):
    line = refused(theta=HALF[:10])
    assert "10" in line
    assert "12" in line


def test_10_a_centre_outside_the_detector(refused):
    assert "99" in refused("--center", "99")


def test_12_counts_below_the_dark_do_not_wrap_around(accepted):
    projections = np.full((12, 4, 16), 500, np.uint16)
    projections[:, :, 6] = 3  # dark is 10
    accepted(data=projections)


def test_16_a_block_beyond_the_memory(refused):
    assert "20 kB" in refused("--memory", "20kB")

"""Some rows of a scan, and their slices for several centres, as data objects."""

from functools import partial

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.errors import DaisyError
from daisy_kernel.numba_kernels import try_centres
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate import TomographyScan, foam

ROWS = [4, 0, 2]


@pytest.fixture
def session(tmp_path):
    return Session(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture(scope="module")
def scan():
    return TomographyScan(foam(3, 30, half_height=1.0), n_angle=61, n_row=6, n_col=48, centre=22.0)


def load(session, path):
    parts = ("projections", "flats", "darks", "theta", "pixel_size", "energy")
    session.engine["LoadScan"].execute(
        inputfile_name=str(path), **{f"{part}_dataobj": part for part in parts}
    )


def chunked_by_frame(path):
    """Store the projections so that one row costs as much as all of them."""
    with h5py.File(path, "r+") as file:
        frames = file["exchange/data"][()]
        del file["exchange/data"]
        file.create_dataset(
            "exchange/data", data=frames, chunks=(1, *frames.shape[1:]), compression="gzip"
        )


@pytest.fixture(params=["by row", "by frame"])
def loaded(request, session, scan, tmp_path):
    write_scan(scan, tmp_path / "scan.h5")
    if request.param == "by frame":
        chunked_by_frame(tmp_path / "scan.h5")
    load(session, tmp_path / "scan.h5")
    return session


def pick(session, **other):
    named = {f"{part}_dataobj": part for part in ("flats", "darks")}
    session.engine["PickRows"].execute(
        **{"projs_dataobj": "projections", "output_dataobj": "rows", "rows": ROWS} | named | other
    )


def test_picked_rows_have_the_numbers_of_the_whole_scan(loaded):
    pick(loaded)
    loaded.engine["LineIntegrals"].execute(
        projs_dataobj="projections",
        flats_dataobj="flats",
        darks_dataobj="darks",
        output_dataobj="all",
    )
    assert loaded["rows"].axes == ("angle", "row", "col")
    np.testing.assert_array_equal(loaded["rows"][...], loaded["all"][...][:, ROWS])


def test_rows_of_line_integrals_need_no_flats(session):
    integrals = np.random.default_rng(0).normal(size=(9, 5, 16))
    session["projections"] = integrals
    pick(session, flats_dataobj=None, darks_dataobj=None)
    np.testing.assert_array_equal(session["rows"][...], integrals[:, ROWS].astype(np.float32))


def test_a_row_that_is_not_there_is_refused(loaded):
    with pytest.raises(DaisyError, match="there is no row 6: the scan has 6, numbered from 0 to 5"):
        pick(loaded, rows=[1, 6])
    with pytest.raises(DaisyError, match="only one of flats and darks is given"):
        pick(loaded, darks_dataobj=None)


@pytest.mark.parametrize("options", [{}, {"binning": 2}, {"filter_name": "ramp", "row": 1}])
def test_slices_and_scores_are_those_of_the_kernel(loaded, options):
    pick(loaded)
    columns = [21.0, 22.0, 23.5]
    try_them(loaded, centers=columns, **options)
    row = options.pop("row", 0)
    slices, scores = try_centres(loaded["rows"][:, row], loaded["theta"][...], columns, **options)
    np.testing.assert_array_equal(loaded["tried"][...], slices)
    np.testing.assert_array_equal(loaded["scores"][...], scores)
    assert loaded["tried"].axes == ("slice", "y", "x")


def test_stitched_slices_have_the_announced_shape(session):
    turn = np.random.default_rng(0).normal(size=(40, 1, 30))
    session["rows"], session["theta"] = turn, np.arange(40) * 2 * np.pi / 40
    try_them(session, centers=[4.2, 6.9], stitched=True)
    assert session["tried"].shape == (2, 51, 51)  # 2 ceil(29 - 4.2) + 1


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"centers": [48.0]}, "the rotation centre 48 lies outside of the detector"),
        ({"centers": []}, "at least 1 item"),
        ({"row": 3}, "there is no row 3: there are 3"),
        ({"binning": 9}, "48 columns cannot be binned by 9"),
    ],
)
def test_what_cannot_be_tried_is_refused(loaded, params, said):
    pick(loaded)
    with pytest.raises(DaisyError, match=said):
        try_them(loaded, **{"centers": [22.0]} | params)


def try_them(session, **options):
    partial(
        session.engine["TryCenters"].execute,
        input_dataobj="rows",
        theta="theta",
        output_dataobj="tried",
        entropy_dataobj="scores",
    )(**options)

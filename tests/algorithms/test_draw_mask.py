"""Masks drawn by hand: every pixel against plain NumPy, and mask files read back."""

import json

import fabio
import h5py
import numpy as np
import pytest
import tifffile

from daisy_kernel.algorithms.diffraction.mask_shapes import polygon_pixels
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import DaisyError
from daisy_kernel.session import DirectTransport, Service, Session

SHAPE = (40, 60)


@pytest.fixture
def image():
    return np.random.default_rng(0).poisson(100, SHAPE).astype(np.float32)


def mask_of(image, *shapes, objects=(), **params):
    store = DataStore()
    store.put("image", image)
    for name, value in dict(objects).items():
        store.put(name, value)
    engine = InProcessEngine(store, RunOptions(1 << 30, 2))
    engine["DrawMask"].execute(
        input_dataobj="image", output_dataobj="mask", shapes=json.dumps(shapes), **params
    )
    mask = engine.data["mask"]
    assert mask.dtype == np.uint8
    assert int(engine.data["n_excluded"]) == np.count_nonzero(mask)
    return mask == 1


def inside_by_winding(corners, shape):
    """Whether the angles under which a pixel sees the edges add up to a turn, or to none."""
    rows, columns = np.indices(shape)
    total = np.zeros(shape)
    for (row_a, col_a), (row_b, col_b) in zip(corners, np.roll(corners, -1, 0), strict=True):
        a = np.arctan2(row_a - rows, col_a - columns)
        b = np.arctan2(row_b - rows, col_b - columns)
        total += (b - a + np.pi) % (2 * np.pi) - np.pi
    return np.rint(total / (2 * np.pi)).astype(int) % 2 == 1


@pytest.mark.parametrize("n_corner", [3, 4, 7, 25])
@pytest.mark.parametrize("seed", range(5))
def test_a_polygon_holds_the_pixels_around_which_it_winds(n_corner, seed):
    """Also where it crosses itself or leaves the image."""
    corners = np.random.default_rng(seed).uniform(-10, 70, (n_corner, 2))
    expected = inside_by_winding(corners, SHAPE)
    np.testing.assert_array_equal(polygon_pixels(corners, SHAPE), expected)


def test_polygons_that_share_an_edge_through_pixel_centres_share_no_pixel_and_miss_none():
    left = polygon_pixels(np.array([(5, 5), (5, 20), (30, 30), (30, 5)]), SHAPE)
    right = polygon_pixels(np.array([(5, 20), (5, 50), (30, 50), (30, 30)]), SHAPE)
    both = polygon_pixels(np.array([(5, 5), (5, 50), (30, 50), (30, 5)]), SHAPE)
    assert not np.any(left & right)
    np.testing.assert_array_equal(left | right, both)


def test_shapes_follow_each_other_and_a_later_one_takes_back(image):
    rows, columns = np.indices(SHAPE)
    polygon = [[2.3, 3.1], [18.2, 5.4], [12.1, 40.7]]
    found = mask_of(
        image,
        {"kind": "threshold", "above": 120, "below": 85},
        {"kind": "rectangle", "corners": [[20, 30], [4, 10]]},
        {"kind": "circle", "center": [15.5, 25], "radius": 6, "erases": True},
        {"kind": "polygon", "points": polygon},
        {"kind": "threshold", "below": 90, "erases": True},
    )
    expected = (image > 120) | (image < 85)
    expected |= (rows >= 4) & (rows <= 20) & (columns >= 10) & (columns <= 30)
    expected &= ~((rows - 15.5) ** 2 + (columns - 25) ** 2 <= 36)
    expected |= inside_by_winding(np.array(polygon), SHAPE)
    expected &= ~(image < 90)
    np.testing.assert_array_equal(found, expected)


def test_gaps_stay_whatever_is_taken_back(image, tmp_path):
    image[3, 4], image[5, 6] = -1, np.nan
    dead = np.zeros(SHAPE, np.uint8)
    dead[7, 8] = 1
    take_all_back = {"kind": "rectangle", "corners": [[-1, -1], [99, 99]], "erases": True}
    gaps = {"gaps_dataobj": "dead", "objects": {"dead": dead}}
    found = mask_of(image, take_all_back, **gaps)
    assert np.argwhere(found).tolist() == [[3, 4], [5, 6], [7, 8]]
    assert not mask_of(image, take_all_back, gaps=False, **gaps).any()
    other = {"other_dataobj": "dead", "objects": {"dead": dead}}
    assert np.argwhere(mask_of(image, gaps=False, **other)).tolist() == [[7, 8]]
    assert not mask_of(image, take_all_back, gaps=False, **other).any()


@pytest.mark.parametrize("flip", ["none", "ud", "lr"])
def test_the_gaps_of_a_detector_that_is_named_are_left_out(tmp_path, flip):
    from pyFAI.detectors import detector_factory

    detector = detector_factory("Pilatus300k")
    (tmp_path / "d.poni").write_text(
        "poni_version: 2\nDetector: Pilatus300k\nDetector_config: {}\nDistance: 0.2\n"
        "Poni1: 0\nPoni2: 0\nRot1: 0\nRot2: 0\nRot3: 0\nWavelength: 1e-10\n"
    )
    found = mask_of(
        np.ones(detector.max_shape, np.float32), poni_file=str(tmp_path / "d.poni"), flip=flip
    )
    expected = detector.mask != 0
    assert expected.any()
    steps = {"ud": (-1, 1), "lr": (1, -1)}.get(flip, (1, 1))
    np.testing.assert_array_equal(found, expected[:: steps[0], :: steps[1]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{]", "drawn shapes are not understood"),
        ('[{"kind": "star"}]', "not understood at 0: .*'star'"),
        ('[{"kind": "circle", "center": [1, 2], "radius": 0}]', r"0\.circle\.radius"),
        ('[{"kind": "polygon", "points": [[1, 2], [3, 4]]}]', r"0\.polygon\.points"),
        ('[{"kind": "threshold"}]', "needs below or above"),
        ('[{"kind": "circle", "center": [1, NaN], "radius": 2}]', "not understood"),
    ],
)
def test_what_cannot_have_been_drawn_is_refused_where_it_is_written(image, text, message):
    engine = InProcessEngine(DataStore(), RunOptions(1 << 30, 2))
    engine.data["image"] = image
    with pytest.raises(DaisyError, match=message):
        engine["DrawMask"].execute(input_dataobj="image", output_dataobj="mask", shapes=text)


@pytest.fixture
def session(tmp_path):
    return Session(DirectTransport(Service(DataStore(), tmp_path / "runs")))


@pytest.fixture
def frames(tmp_path):
    rng = np.random.default_rng(1)
    stack = rng.poisson(100, (3, *SHAPE)).astype(np.uint16)
    stack[:, :, 30] = 0xFFFF  # a gap
    tifffile.imwrite(tmp_path / "frames.tif", stack, photometric="minisblack")
    return tmp_path / "frames.tif", stack


SHAPES = [{"kind": "circle", "center": [20, 20], "radius": 7}, {"kind": "threshold", "above": 125}]


@pytest.mark.parametrize("suffix", ["edf", "tif", "h5", "npy"])
def test_a_mask_is_saved_and_read_by_the_loader_and_by_others(session, frames, tmp_path, suffix):
    scan, stack = frames
    path = tmp_path / f"mask.{suffix}"
    run = session.run("mask", scan=scan, output=path, shapes=json.dumps(SHAPES), first=1).wait(60)
    rows, columns = np.indices(SHAPE)
    expected = (rows - 20) ** 2 + (columns - 20) ** 2 <= 49
    expected |= stack[1] > 125
    expected |= columns == 30
    assert run.record["values"]["n_excluded"] == np.count_nonzero(expected)
    session.engine["LoadFrames"].execute(inputfile_name=str(scan), mask_file=str(path))
    np.testing.assert_array_equal(session["mask"][...], expected)
    if suffix == "h5":
        with h5py.File(path) as file:
            theirs = file["entry/mask/data"][...]
    elif suffix == "npy":
        theirs = np.load(path, allow_pickle=False)
    else:
        theirs = fabio.open(str(path)).data
    np.testing.assert_array_equal(theirs, expected)


def test_a_mask_whose_name_says_no_format_is_refused_before_anything_is_read(session, frames):
    with pytest.raises(DaisyError, match=r"end its name with \.edf, .* or \.npy"):
        session.run("mask", scan=frames[0], output="mask.png").wait(60)


def test_an_array_of_objects_is_no_mask(session, frames, tmp_path):
    np.save(tmp_path / "bad.npy", np.array([{}, 1], object), allow_pickle=True)
    with pytest.raises(DaisyError, match="cannot be read as an array of numbers"):
        session.engine["LoadFrames"].execute(
            inputfile_name=str(frames[0]), mask_file=str(tmp_path / "bad.npy")
        )

"""Rings as lines on the detector, against pyFAI's own angles and against a real frame."""

from itertools import pairwise

import fabio
import numpy as np
import pyFAI
import pytest
from pyFAI.detectors import Detector
from pyFAI.geometry import Geometry

from daisy_kernel.algorithms.diffraction.ring_lines import ring_lines
from daisy_kernel.contracts.detector_place import DetectorPlace
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.datastore import DataStore
from daisy_kernel.engines.inprocess import InProcessEngine
from daisy_kernel.errors import DaisyError

PIXEL_M = (172e-6, 100e-6)
SHAPE = (487, 619)
GEOMETRIES = {
    "across the beam": (0.15, 0.04, 0.03, 0.0, 0.0, 0.0),
    "tilted": (0.1505, 0.0401, 0.0323, 0.2, -0.13, 0.4),
    "beside the beam": (0.1, -0.05, 0.03, 0.0, 0.6, 0.0),
    "steep, rings are hyperbolas": (0.05, 0.04, 0.03, 0.1, -1.0, 0.0),
}


def arcs_of(lines):
    """The points of each line: ring and (n, 2)."""
    ends = np.flatnonzero(np.isnan(lines[:, 0]))
    arcs = np.split(lines, ends + 1)
    assert len(arcs[-1]) == 0, "the last line is not ended"
    return [(int(arc[0, 0]), arc[:-1, 1:]) for arc in arcs[:-1]]


@pytest.mark.parametrize("numbers", GEOMETRIES.values(), ids=GEOMETRIES)
def test_every_point_has_the_two_theta_that_pyfai_gives_it(numbers):
    geometry = Geometry(*numbers, detector=Detector(*PIXEL_M, max_shape=SHAPE))
    rings = np.radians(np.arange(2, 88, 4.0))
    lines = ring_lines(numbers, PIXEL_M, rings, SHAPE)
    arcs = arcs_of(lines)
    assert len({ring for ring, _ in arcs}) >= 5
    for ring, points in arcs:
        theirs = geometry.tth(*points.T)
        assert np.degrees(np.abs(theirs - rings[ring])).max() < 1e-6
        # Between two points, too, nothing of the line leaves its ring by what one would see.
        between = (points[1:] + points[:-1]) / 2
        off = (geometry.tth(*between.T) - rings[ring]) * numbers[0] / min(PIXEL_M)
        assert np.abs(off).max() < 0.5


@pytest.mark.parametrize("numbers", GEOMETRIES.values(), ids=GEOMETRIES)
def test_lines_go_through_every_pixel_that_a_ring_crosses(numbers):
    """All pixels: those whose corners lie on both sides of a ring, and those near its line."""
    geometry = Geometry(*numbers, detector=Detector(*PIXEL_M, max_shape=SHAPE))
    rows, columns = np.meshgrid(*(np.arange(n + 1) - 0.5 for n in SHAPE), indexing="ij")
    corners = geometry.tth(rows.ravel(), columns.ravel()).reshape(rows.shape)
    parts = np.stack([corners[:-1, :-1], corners[1:, :-1], corners[:-1, 1:], corners[1:, 1:]])
    rings = np.radians(np.arange(4, 88, 8.0))
    drawn = {number: np.zeros(SHAPE, bool) for number in range(len(rings))}
    for ring, points in arcs_of(ring_lines(numbers, PIXEL_M, rings, SHAPE)):
        for (row, col), (next_row, next_col) in pairwise(points):
            n = 2 + int(8 * max(abs(next_row - row), abs(next_col - col)))
            at = np.rint([np.linspace(row, next_row, n), np.linspace(col, next_col, n)])
            rows_hit, columns_hit = at.astype(int).clip(0, np.array(SHAPE)[:, None] - 1)
            drawn[ring][rows_hit, columns_hit] = True
    for number, ring in enumerate(rings):
        crossed = (parts.min(axis=0) < ring) & (parts.max(axis=0) > ring)
        padded = np.pad(drawn[number], 1)
        near = np.any(
            [padded[i : i + SHAPE[0], j : j + SHAPE[1]] for i in range(3) for j in range(3)], axis=0
        )
        assert not np.any(crossed & ~near), f"ring {number} is not drawn everywhere"
        padded = np.pad(crossed, 1)
        near = np.any(
            [padded[i : i + SHAPE[0], j : j + SHAPE[1]] for i in range(3) for j in range(3)], axis=0
        )
        assert not np.any(drawn[number] & ~near), f"ring {number} is drawn where it is not"


def test_a_ring_that_the_detector_holds_is_closed_and_others_end_on_its_edge():
    arcs = arcs_of(ring_lines(GEOMETRIES["across the beam"], PIXEL_M, np.radians([4, 16]), SHAPE))
    ((_, closed),) = [arc for arc in arcs if arc[0] == 0]
    np.testing.assert_array_equal(closed[0], closed[-1])
    cut = [points for ring, points in arcs if ring == 1]
    assert len(cut) == 3  # it leaves over three of four edges
    for points in cut:
        for row, col in (points[0], points[-1]):
            edges = (row + 0.5, SHAPE[0] - 0.5 - row, col + 0.5, SHAPE[1] - 0.5 - col)
            assert min(edges) == pytest.approx(0, abs=1e-9)


def traced(store, **params):
    engine = InProcessEngine(store, RunOptions(1 << 30, 2))
    engine["TraceRings"].execute(input_dataobj="frames", output_dataobj="rings", **params)
    place = DetectorPlace(*engine.data["detector_place"])
    return engine.data["rings"], engine.data["ring_angles"], place


@pytest.mark.parametrize("orientation", [1, 2, 3, 4])
@pytest.mark.parametrize("flip", ["none", "ud", "lr", "both"])
def test_rings_lie_where_a_frame_is_integrated_however_it_is_stored(tmp_path, orientation, flip):
    shape = (60, 80)
    (tmp_path / "d.poni").write_text(
        "poni_version: 2.1\nDetector: Detector\n"
        f'Detector_config: {{"pixel1": 1e-4, "pixel2": 2e-4, "orientation": {orientation}}}\n'
        "Distance: 0.05\nPoni1: 0.002\nPoni2: 0.006\nRot1: 0.1\nRot2: -0.2\nRot3: 0\n"
        "Wavelength: 4e-11\n"
    )
    store = DataStore()
    store.put("frames", np.zeros((1, *shape), np.float32))
    lines, angles, place = traced(store, poni_file=str(tmp_path / "d.poni"), flip=flip)
    integrator = pyFAI.load(str(tmp_path / "d.poni"))
    integrator.detector.shape = integrator.detector.max_shape = shape
    two_theta = integrator.array_from_unit(shape, "center", "2th_deg")
    two_theta = two_theta[:: -1 if flip in ("ud", "both") else 1]
    two_theta = two_theta[:, :: -1 if flip in ("lr", "both") else 1]
    seen = lines[np.isfinite(lines[:, 0])]
    ring, row, col = seen.T
    inside = (row > 0) & (row < shape[0] - 1) & (col > 0) & (col < shape[1] - 1)
    r, c = row[inside].astype(int), col[inside].astype(int)
    dr, dc = row[inside] - r, col[inside] - c
    at = (
        two_theta[r, c] * (1 - dr) * (1 - dc)
        + two_theta[r + 1, c] * dr * (1 - dc)
        + two_theta[r, c + 1] * (1 - dr) * dc
        + two_theta[r + 1, c + 1] * dr * dc
    )
    assert len(at) > 100
    assert np.abs(at - angles[ring[inside].astype(int)]).max() < 0.01  # linear within a pixel
    exact = integrator.getFit2D()
    assert place.distance_mm == pytest.approx(exact["directDist"])
    assert place.tilt_deg == pytest.approx(exact["tilt"])
    assert place.wavelength_angstrom == pytest.approx(0.4)
    assert (place.pixel_x_um, place.pixel_y_um) == pytest.approx((200, 100))
    if orientation == 3:  # Fit2D knows no other
        assert place.center_x == pytest.approx(exact["centerX"])
        assert place.center_y == pytest.approx(exact["centerY"])


def test_drawn_rings_lie_on_the_maxima_of_a_real_frame(real_data):
    image = fabio.open(str(real_data("diffraction/CeO2_Pilatus1M.tif"))).data
    store = DataStore()
    store.put("frames", image[None])
    poni = str(real_data("diffraction/CeO2_Pilatus1M.poni"))
    lines, angles, place = traced(store, poni_file=poni, flip="ud", n_ring=12)
    assert len(angles) == 12
    integrator = pyFAI.load(poni)
    two_theta = integrator.array_from_unit(image.shape, "center", "2th_deg")[::-1]
    good = (image >= 0) & (image < 500_000)
    seen = lines[np.isfinite(lines[:, 0])]
    off, contrast = [], []
    for ring, angle in enumerate(angles):
        near = good & (np.abs(two_theta - angle) < 0.11)
        sums, edges = np.histogram(two_theta[near], 55, weights=image[near].astype(float))
        profile = sums / np.histogram(two_theta[near], edges)[0]
        middles = (edges[1:] + edges[:-1]) / 2
        base = np.percentile(profile, 20)
        height = np.where(profile - base > 0.5 * (profile.max() - base), profile - base, 0)
        off.append((height * middles).sum() / height.sum() - angle)
        rows, columns = np.rint(seen[seen[:, 0] == ring][:, 1:]).astype(int).T
        inside = (rows >= 0) & (rows < image.shape[0]) & (columns >= 0) & (columns < image.shape[1])
        on_line = good[rows[inside], columns[inside]]
        counts = image[rows[inside], columns[inside]][on_line]
        contrast.append(counts.mean() / profile[[0, 1, -2, -1]].mean())
    assert np.sqrt(np.mean(np.square(off))) < 0.0035
    assert min(contrast) > 1.5
    row, col = place.beam_row, place.beam_col
    assert (image.shape[0] - row - 0.5, col + 0.5) == pytest.approx(
        (place.center_y, place.center_x)
    )


def test_one_ring_is_traced_at_its_angle():
    store = DataStore()
    store.put("frames", np.zeros((3, 100, 120), np.uint16))
    numbers = {"directDist": 100.0, "centerX": 60.5, "centerY": 40.5, "pixelX": 100.0,
               "pixelY": 100.0, "wavelength": 1.0}  # fmt: skip
    lines, angles, _ = traced(store, **numbers, two_theta=1.0)
    assert angles.tolist() == [1.0]
    radius = np.hypot(lines[:-1, 1] - 40, lines[:-1, 2] - 60)
    np.testing.assert_allclose(radius, 1000 * np.tan(np.radians(1)), rtol=1e-9)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"calibrant": "CeO3"}, r"no calibrant is called 'CeO3'.*CeO2"),
        ({"poni_file": "nowhere.poni"}, "there is no PONI file"),
    ],
)
def test_what_cannot_be_traced_is_said(params, message):
    store = DataStore()
    store.put("frames", np.zeros((1, 10, 10), np.uint16))
    numbers = {"directDist": 100.0, "centerX": 5.0, "centerY": 5.0, "pixelX": 100.0,
               "pixelY": 100.0, "wavelength": 1.0}  # fmt: skip
    with pytest.raises(DaisyError, match=message):
        traced(store, **(params if "poni_file" in params else numbers | params))


def test_a_geometry_without_wavelength_has_no_rings_of_a_calibrant_but_a_beam(tmp_path):
    path = tmp_path / "d.poni"
    path.write_text("Detector: Detector\nPixelSize1: 1e-4\nPixelSize2: 1e-4\nDistance: 0.1\n"
                    "Poni1: 0\nPoni2: 0\nRot1: 0\nRot2: 0\nRot3: 0\n")  # fmt: skip
    store = DataStore()
    store.put("frames", np.zeros((1, 10, 10), np.uint16))
    with pytest.raises(DaisyError, match="states no wavelength"):
        traced(store, poni_file=str(path))
    _, _, place = traced(store, poni_file=str(path), two_theta=0.1)
    assert np.isnan(place.wavelength_angstrom)
    assert (place.beam_row, place.beam_col) == pytest.approx((-0.5, -0.5))

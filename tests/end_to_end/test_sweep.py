"""Sweeps of parameters on a few slices: the numbers of whole runs, in one pass over the file."""

import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import DaisyError, InvalidParameter, UnknownName
from daisy_kernel.formats import HDF5Dataset, read_provenance

DATA = Path(os.environ.get("DAISY_TEST_DATA", Path(__file__).parents[3] / "shared/data"))
TOOTH = DATA / "tomography/tooth.h5"


@pytest.fixture
def swept(session, small_file, tmp_path):
    """Sweep the small scan; what the file holds, and the run."""

    def perform(sweep, slices=None, workflow="tomography", name="sweep.h5", **further):
        output = tmp_path / name
        run = session.sweep(
            workflow, scan=small_file, output=output, sweep=sweep, slices=slices, **further
        ).wait(120)
        with h5py.File(output) as file:
            return file["/entry/data/data"][()], run

    return perform


@pytest.fixture
def reads(monkeypatch):
    """How often every element of a dataset was read: dataset -> counts, of its shape."""
    counts = {}
    read = HDF5Dataset.read

    def counting(self, selection):
        counts.setdefault(self.dataset, np.zeros(self.shape, int))[selection] += 1
        return read(self, selection)

    monkeypatch.setattr(HDF5Dataset, "read", counting)
    return counts


@pytest.mark.parametrize("algorithm", ["fourier", "fbp", "sirt"])
def test_slices_are_those_of_whole_runs_to_the_last_bit(
    swept, session, small_file, tmp_path, volume, algorithm
):
    centres, filters = [30.0, 31.5, 33.2, 33.3, 34.0, 36.0], ["ramp", "parzen"]
    options = {"algorithm": algorithm, "stripes": 5} | (
        {"iterations": 3} if algorithm == "sirt" else {}
    )
    data, _ = swept({"center": centres, "filter": filters}, slices=[17, 3], **options)
    assert data.shape == (6, 2, 2, 64, 64)
    assert data.dtype == np.float32
    for i, j in ((0, 0), (2, 1), (5, 1)):
        reco = tmp_path / f"reco{i}{j}.h5"
        session.run(
            "tomography", scan=small_file, output=reco, center=centres[i], filter=filters[j],
            **options,
        ).wait(120)  # fmt: skip
        np.testing.assert_array_equal(data[i, j], volume(reco)[[17, 3]])


def test_many_neighbouring_slices_and_one_block_at_a_time_give_the_same_bits(swept):
    together, _ = swept({"center": "32:34:0.5"}, slices="0:19:1", name="a.h5")
    each, _ = swept({"center": "32:34:0.5"}, slices="0:19:3", name="b.h5", threads=1)
    np.testing.assert_array_equal(together[:, ::3], each)


def test_every_byte_that_is_needed_is_read_once_and_no_other(swept, reads):
    sweep = {"center": "30:36:0.25", "filter": "ramp,hann", "stripes": "0,5"}
    swept(sweep, slices="11,12", name="neighbours.h5")
    counts = reads["/exchange/data"]
    assert counts[:, 11:13].min() == counts.max() == 1
    assert counts.sum() == counts[:, 11:13].sum()
    counts[...] = 0
    # Rows of 128 bytes share their pages, so what lies between comes in the same pass.
    swept(sweep, slices="4,12", name="apart.h5")
    assert counts[:, [4, 12]].min() == counts.max() == 1
    assert counts[:, :4].max() == counts[:, 13:].max() == 0


def test_steps_that_do_not_depend_on_what_is_swept_run_once(session, small_file, tmp_path):
    plan = session.check(
        "tomography",
        scan=small_file,
        output=tmp_path / "x.h5",
        sweep={"center": "30:36:0.25", "filter": "ramp,hann"},
        slices=[3],
    )
    last = plan["items"][-1]
    assert last["windows"] == [[3, 4]]
    assert last["variants"] == 50
    assert last["blocks"] <= 6  # sixteen centres in one call
    assert plan["outputs"][0]["shape"] == [25, 2, 1, 64, 64]
    assert plan["disk"] >= 50 * 64 * 64 * 4
    assert list(tmp_path.iterdir()) == []


def test_a_chunked_file_is_decoded_once_for_all_slices(session, small_file, tmp_path, reads):
    chunked = tmp_path / "chunked.h5"
    with h5py.File(small_file) as source, h5py.File(chunked, "w") as file:
        for name, kind in source["exchange"].items():
            options = {"chunks": (1, 20, 64), "compression": 1} if name == "data" else {}
            file.create_dataset(f"exchange/{name}", data=kind[()], **options)
            file[f"exchange/{name}"].attrs.update(kind.attrs)
    for scan, name in ((small_file, "plain.h5"), (chunked, "packed.h5")):
        reads.clear()
        session.sweep(
            "tomography", scan=scan, output=tmp_path / name, sweep={"center": "32:34:1"},
            slices=[2, 9, 17],
        ).wait(120)  # fmt: skip
    assert reads["/exchange/data"].max() == 1
    with h5py.File(tmp_path / "plain.h5") as a, h5py.File(tmp_path / "packed.h5") as b:
        np.testing.assert_array_equal(a["/entry/data/data"], b["/entry/data/data"])


def test_what_cannot_be_cut_along_rows_is_computed_whole_once_and_check_says_so(
    swept, session, small_file, tmp_path, volume, reads
):
    optics = {"distance": 0.1, "energy": 20.0, "pixel_size": 1e-6, "outliers": 0.2}
    sweep = {"center": "32:34:0.5", "delta_beta": [10.0, 100.0]}
    plan = session.check(
        "tomography-phase", scan=small_file, output=tmp_path / "x.h5", sweep=sweep, slices=[7],
        **optics,
    )  # fmt: skip
    assert "cannot be cut along row and is computed as a whole, once" in plan["items"][-1]["text"]
    assert any("phase" in item["steps"] for item in plan["items"][:-1])
    assert "reconstruct" not in {s for item in plan["items"][:-1] for s in item["steps"]}
    data, _ = swept(sweep, slices=[7], workflow="tomography-phase", **optics)
    assert reads["/exchange/data"].max() == 1
    for j, delta_beta in enumerate(sweep["delta_beta"]):
        reco = tmp_path / f"{j}.h5"
        session.run(
            "tomography-phase", scan=small_file, output=reco, center=33.0, delta_beta=delta_beta,
            **optics,
        ).wait(120)  # fmt: skip
        np.testing.assert_array_equal(data[2, j, 0], volume(reco)[7])


def test_the_file_has_axes_figures_of_merit_and_how_to_make_it_again(swept, tmp_path, session):
    _, run = swept({"center": "32:34:0.5", "filter": "ramp,parzen"}, slices=[4, 7])
    with h5py.File(tmp_path / "sweep.h5") as file:
        data = file["/entry/data"]
        assert data.attrs["NX_class"] == "NXdata"
        assert data.attrs["signal"] == "data"
        assert list(data.attrs["axes"]) == ["center", "filter", "slice", "y", "x"]
        assert data["center"][()].tolist() == [32.0, 32.5, 33.0, 33.5, 34.0]
        assert data["filter"].asstr()[()].tolist() == ["ramp", "parzen"]
        assert data["slice"][()].tolist() == [4, 7]
        entropy = file["/entry/figures_of_merit/entropy"][()]
        assert entropy.shape == (5, 2, 2)
        assert np.isfinite(entropy).all()
    best = run.record["values"]["best"]["entropy"]
    place = np.unravel_index(entropy.mean(axis=2).argmin(), (5, 2))
    assert best == {"center": 32 + 0.5 * place[0], "filter": ["ramp", "parzen"][place[1]]}
    recorded = read_provenance(tmp_path / "sweep.h5")
    assert recorded["document"]["sweep"]["parameters"]["center"] == "32:34:0.5"
    inputs = {**recorded["inputs"], "output": str(tmp_path / "again.h5")}
    session.run(recorded["document"], **inputs).wait(120)
    with h5py.File(tmp_path / "sweep.h5") as a, h5py.File(tmp_path / "again.h5") as b:
        np.testing.assert_array_equal(a["/entry/data/data"], b["/entry/data/data"])
    assert session["sweep"].shape == (5, 2, 2, 64, 64)
    assert "reco" not in session.objects


def test_the_contact_sheet_lies_beside_it(swept, tmp_path):
    from PIL import Image

    swept({"center": "25:40:0.5", "stripes.size": [0, 3, 5], "filter": ["ramp", "hann"]})
    with Image.open(tmp_path / "sweep.png") as picture:
        assert picture.format == "PNG"
        pixels = np.asarray(picture.convert("L"))
    assert pixels.shape[0] > 1000
    assert pixels.std() > 20


def test_the_best_centre_of_a_simulated_scan_is_the_true_one(swept, small_scan):
    _, run = swept({"center": "28:38:0.25"}, slices="5,10,14")
    best = run.record["values"]["best"]["entropy"]["center"]
    assert abs(best - small_scan.centre) <= 0.5


@pytest.mark.skipif(not TOOTH.exists(), reason=f"{TOOTH} is not there")
@pytest.mark.parametrize("centres", ["290:302:0.5", "280:312:1"])
def test_the_best_centre_of_the_tooth_is_the_known_one(session, tmp_path, centres):
    run = session.sweep(
        "tomography", scan=TOOTH, output=tmp_path / "s.h5", sweep={"center": centres}, slices="0,1"
    ).wait(120)
    for merit, best in run.record["values"]["best"].items():
        assert 295.0 <= best["center"] <= 296.5, merit  # truth 295.5 to 296.0


def test_a_figure_that_is_the_same_everywhere_finds_nothing_best(swept):
    _, run = swept({"center": [33.2, 34.0, 35.0]}, bits=8)  # codes are never negative
    assert set(run.record["values"]["best"]) == {"entropy"}


def test_a_best_value_at_the_end_of_its_range_is_named(swept):
    _, run = swept({"center": "34:40:1"})
    assert run.record["values"]["at_the_edge"] == ["center"]


@pytest.mark.parametrize(
    ("sweep", "error", "words"),
    [
        ({"centre": [1, 2]}, UnknownName, "centre.*Did you mean 'center'"),
        ({"nostep.size": [1, 3]}, UnknownName, "nostep"),
        ({"stripes.width": [1, 3]}, UnknownName, "width"),
        ({"filter": "ramp,foo"}, InvalidParameter, "'foo'"),
        ({"center": "30,x"}, InvalidParameter, "'x'"),
        ({"stripes.size": [3, 4]}, InvalidParameter, "4"),
        ({"center": "1:60:0.01"}, InvalidParameter, "4096"),
        ({"center": "0:63:1", "stripes": "1:131:2"}, InvalidParameter, "4224 combinations"),
        ({}, InvalidParameter, "NAME=VALUES"),
        ({"center": "36:30:1"}, InvalidParameter, "36:30:1"),
    ],
)
def test_nonsense_is_refused_before_anything_starts(
    session, small_file, tmp_path, sweep, error, words
):
    with pytest.raises(error, match=words):
        session.sweep("tomography", scan=small_file, output=tmp_path / "s.h5", sweep=sweep)
    assert list(tmp_path.iterdir()) == []
    assert len(session.runs) == 0


@pytest.mark.parametrize("slices", [[20], "-1", "a", [1.5], [True], "3,3", []])
def test_slices_that_are_none_are_refused(session, small_file, tmp_path, slices):
    with pytest.raises(DaisyError, match="slice"):
        session.sweep(
            "tomography", scan=small_file, output=tmp_path / "s.h5", sweep={"center": [33, 34]},
            slices=slices,
        ).wait(60)  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_what_is_given_cannot_be_swept_and_what_saves_no_volume_neither(
    session, small_file, tmp_path
):
    with pytest.raises(InvalidParameter, match="swept and given"):
        session.sweep(
            "tomography", scan=small_file, output="s.h5", center=3, sweep={"center": [1, 2]}
        )
    run = session.sweep("center", scan=small_file, sweep={"rows": [1, 2]})
    with pytest.raises(DaisyError, match="saves nothing"):
        run.wait(60)


@pytest.mark.parametrize("existing", ["sweep.h5", "sweep.png"])
def test_an_existing_output_is_refused_and_kept(session, small_file, tmp_path, existing):
    (tmp_path / existing).write_text("precious")
    options = {"scan": small_file, "output": tmp_path / "sweep.h5", "sweep": {"center": [33, 34]}}
    with pytest.raises(DaisyError, match="already there"):
        session.sweep("tomography", **options).wait(60)
    assert [p.name for p in tmp_path.iterdir()] == [existing]
    assert (tmp_path / existing).read_text() == "precious"
    session.sweep("tomography", overwrite=True, **options).wait(60)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sweep.h5", "sweep.png"]


def test_too_little_memory_is_told_before_anything_is_computed(session, small_file, tmp_path):
    run = session.sweep(
        "tomography", scan=small_file, output=tmp_path / "s.h5", sweep={"center": [33, 34]},
        memory="1MB",
    )  # fmt: skip
    with pytest.raises(DaisyError, match="budget is 1 MB"):
        run.wait(60)
    assert list(tmp_path.iterdir()) == []


def test_less_memory_gives_smaller_groups_and_the_same_bits(swept, session, small_file, tmp_path):
    sweep = {"center": "26:41:0.5"}
    arguments = {"scan": small_file, "output": tmp_path / "x.h5", "sweep": sweep}
    most = session.check("tomography", **arguments)
    memory = int(0.45 * most["memory"])
    least = session.check("tomography", memory=memory, **arguments)
    assert least["memory"] <= memory
    assert least["items"][-1]["blocks"] > most["items"][-1]["blocks"]
    large, _ = swept(sweep, name="a.h5")
    small, _ = swept(sweep, name="b.h5", memory=memory)
    np.testing.assert_array_equal(large, small)


def test_nothing_is_left_after_a_failure(session, small_file, tmp_path, monkeypatch):
    from daisy_kernel.workflow import sweep_result

    def fail(*args, **options):
        raise RuntimeError("no ink")

    monkeypatch.setattr(sweep_result, "draw_sheet", fail)
    run = session.sweep(
        "tomography", scan=small_file, output=tmp_path / "s.h5", sweep={"center": [33, 34]}
    )
    with pytest.raises(DaisyError, match="no ink"):
        run.wait(60)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_sweep_leaves_nothing_and_starts_again(session, small_file, tmp_path):
    run = session.sweep(
        "tomography", scan=small_file, output=tmp_path / "s.h5", algorithm="sirt",
        iterations=400, threads=1, sweep={"center": "26:41:0.25"},
    )  # fmt: skip
    while run.state == "queued" or not any(e["kind"] == "progress" for e in run.events()):
        pass
    run.cancel()
    with pytest.raises(DaisyError, match="cancelled"):
        run.wait(60)
    assert list(tmp_path.iterdir()) == []
    assert run.resume().state in ("queued", "running")
    run.cancel()
    with pytest.raises(DaisyError):
        run.wait(60)

"""The scan opener without a widget: how a file is understood, put right and remembered."""

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import InvalidParameter, UnknownName
from daisy_widgets.opener_estimate import estimate
from daisy_widgets.opener_model import OpenerModel
from daisy_widgets.opener_rows import day_in_words, folder_note, folder_rows, node_rows
from daisy_widgets.scan_words import scan_facts

NOON = 1_764_072_000.0


@pytest.fixture(autouse=True)
def own_configuration(tmp_path, monkeypatch):
    (tmp_path / "daisy.toml").write_text("")
    monkeypatch.setenv("DAISY_CONFIG", str(tmp_path / "daisy.toml"))


@pytest.fixture
def model(session):
    return OpenerModel(session)


@pytest.fixture
def odd(tmp_path):
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file["camera/frames"] = np.full((5, 4, 6), 500, "u2")
        file["camera/open"] = np.full((2, 4, 6), 900, "u2")
        file["angle"] = np.linspace(0, 180, 5)
        file["radians"] = np.linspace(0, np.pi, 5)
        file["energy"] = 12.5
        file["title"] = "Foam"
    return str(tmp_path / "odd.h5")


def test_a_known_scan_is_a_choice_at_once(model, scan):
    model.opened = model.open(str(scan))
    assert model.choice.inputs == {"scan": str(scan)}
    assert model.opened.problem == ""
    assert model.opened.parts["projections"] == "/exchange/data"
    facts = scan_facts(model.opened.description)
    assert facts[:2] == ["61 projections of 6 × 48", "20 flats"]


def test_an_unknown_layout_is_put_right_step_by_step(model, odd):
    opened = model.open(odd)
    assert "does not know this layout" in opened.problem
    opened = model.assigned(opened, "flats", "/camera/open")
    assert opened.problem == "Say which dataset holds the projections."
    opened = model.assigned(opened, "projections", "/camera/frames")
    opened = model.assigned(opened, "angles", "/angle")
    model.opened = model.assigned(opened, "energy", "/energy")
    assert scan_facts(model.opened.description) == [
        "5 projections of 4 × 6", "2 flats", "no darks", "0° to 180°", "energy 12.5 keV",
    ]  # fmt: skip
    assert model.choice.inputs["scan"] == odd
    assert model.choice.inputs["profile"] == (
        '{"angles": "/angle", "energy": "/energy", "flats": "/camera/open", '
        '"projections": "/camera/frames"}'
    )


def test_a_dataset_has_one_meaning_and_may_lose_it(model, odd):
    opened = model.assigned(model.open(odd), "projections", "/camera/frames")
    opened = model.assigned(opened, "flats", "/camera/open")
    opened = model.assigned(opened, "darks", "/camera/open")
    assert opened.parts == {"projections": "/camera/frames", "darks": "/camera/open"}
    opened = model.assigned(opened, "angles", "/radians")
    opened = model.assigned(opened, "angle_unit", "radians")
    assert opened.description["angles"]["last_deg"] == pytest.approx(180)
    opened = model.assigned(opened, "angles", None)
    assert opened.parts == {"projections": "/camera/frames", "darks": "/camera/open"}


def test_what_was_recognised_is_where_putting_right_begins(model, scan):
    opened = model.assigned(model.open(str(scan)), "darks", None)
    assert opened.profile == {
        "projections": "/exchange/data", "flats": "/exchange/data_white",
        "angles": "/exchange/theta",
    }  # fmt: skip
    assert model.recognised(str(scan)).description["darks"] is not None


def test_a_saved_profile_has_its_name_and_opens_the_next_file_unasked(model, odd, session):
    opened = model.assigned(model.open(odd), "projections", "/camera/frames")
    model.opened = model.saved(opened, " Beamline 7 ", overwrite=False)
    assert model.choice.inputs == {"scan": odd, "profile": "Beamline 7"}
    other = OpenerModel(session)
    other.profiles = other.list_profiles()
    other.opened = other.open(odd)
    assert other.choice.inputs == model.choice.inputs
    assert "Beamline 7" in other.opened.remark
    changed = other.assigned(other.opened, "flats", "/camera/open")
    assert changed.name is None
    assert other.assigned(changed, "flats", None).name == "Beamline 7"
    other.profiles = other.delete("Beamline 7")
    assert other.open(odd).profile is None
    with pytest.raises(UnknownName):
        other.delete("Beamline 7")
    with pytest.raises(InvalidParameter, match="any more"):
        other.with_profile(odd, "Beamline 7")


def test_only_profiles_that_fit_are_offered_and_of_several_none_is_taken_unasked(model, odd, scan):
    opened = model.assigned(model.open(odd), "projections", "/camera/frames")
    model.saved(opened, "frames", overwrite=False)
    model.saved(model.assigned(opened, "flats", "/camera/open"), "both", overwrite=False)
    model.saved(model.open(str(scan)), "exchange", overwrite=False)
    opened = model.open(odd)
    assert model.fitting(opened) == ["both", "frames"]
    assert opened.profile is None
    assert model.fitting(model.open(str(scan))) == ["exchange"]


def test_nothing_is_saved_before_the_projections_are_known(model, odd):
    with pytest.raises(InvalidParameter, match="Say which dataset"):
        model.saved(model.assigned(model.open(odd), "angles", "/angle"), "x", overwrite=False)
    assert model.list_profiles() == []


def test_rows_tell_what_every_dataset_is_and_could_be(model, odd):
    opened = model.assigned(model.open(odd), "projections", "/camera/frames")
    rows = {row["path"]: row for row in node_rows(opened)}
    frames = rows["/camera/frames"]
    assert (frames["role"], frames["depth"], frames["shape"]) == ("projections", 1, "5 × 4 × 6")
    assert frames["roles"] == ["projections", "flats", "darks"]
    assert rows["/angle"]["roles"] == ["angles", "image_key"]
    assert rows["/energy"]["roles"] == ["energy", "pixel_size"]
    assert (rows["/energy"]["value"], rows["/energy"]["shape"]) == ("12.5", "")
    assert (rows["/title"]["roles"], rows["/title"]["is_seen"]) == ([], False)


def test_rows_of_a_folder_are_in_words(model, tmp_path):
    for name in ("a.tif", "b.tif"):
        (tmp_path / "images" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "images" / name).write_bytes(b"x" * 1500)
    folder = model.list_folder(str(tmp_path / "images"))
    rows = folder_rows(folder, NOON)
    assert [row["name"] for row in rows] == ["This folder: 2 images", "a.tif", "b.tif"]
    assert (rows[0]["kind"], rows[0]["path"]) == ("stack", str(tmp_path / "images"))
    assert rows[1]["size"] == "1.5 kB"
    assert folder_note(folder) == ""
    assert folder_note({**folder, "total": 2000}) == "The first 2 of 2000: give a filter."
    assert folder_note({**folder, "entries": [], "total": 0}) == "Nothing here."


def test_times_are_told_as_precisely_as_one_wants_to_know(monkeypatch):
    assert day_in_words(NOON - 3600, NOON)[2] == ":"
    assert day_in_words(NOON - 20 * 86400, NOON) == "5 Nov"
    assert day_in_words(NOON - 400 * 86400, NOON) == "2024-10-21"


def test_recent_places_are_those_of_former_runs_and_of_today(model, session, scan, tmp_path):
    assert model.recent_places() == []
    session.run("tomography", scan=scan, output=tmp_path / "r.h5", center=23.5).wait(120)
    model.recent = model.recent_places()
    assert model.recent == [str(scan.parent)]
    model.remember("/data/other")
    model.remember(str(scan.parent))
    assert model.recent == [str(scan.parent), "/data/other"]


def test_needs_are_planned_and_time_is_that_of_comparable_runs_only(model, session, scan, tmp_path):
    model.opened = model.open(str(scan))
    inputs = {"center": 23.5, "algorithm": "fbp"}
    plan = session.check("tomography", scan=scan, output="x.h5", **inputs)
    size, memory, disk, time = estimate(session, model.choice, "tomography", inputs)
    assert size == "35.1 kB of projections"  # 61 × 6 × 48 × 2 bytes
    assert memory.startswith("memory ")
    assert plan["disk"] == 6 * 48 * 48 * 4
    assert disk == "disk 55.3 kB"
    assert time == "time unknown: never run here"
    session.run("tomography", scan=scan, output=tmp_path / "r.h5", center=24, algorithm="fbp").wait(
        120
    )
    (run,) = session.runs.values()
    took = run.record["finished"] - run.record["created"]
    told = estimate(session, model.choice, "tomography", inputs)[-1]
    assert told == f"about {round(took)} s, as 1 former run"
    session.sweep(  # some slices tell nothing of a volume
        "tomography", sweep={"center": [23, 24]}, slices="3", scan=scan, output=tmp_path / "s.h5"
    ).wait(120)
    assert estimate(session, model.choice, "tomography", inputs)[-1] == told
    other = estimate(session, model.choice, "tomography", {"center": 23.5, "algorithm": "fourier"})
    assert other[-1] == "time unknown: never run here in this way and size"


def test_what_cannot_run_says_why_instead_of_what_it_needs(model, session, odd):
    model.opened = model.assigned(model.open(odd), "projections", "/camera/frames")
    size, reason = estimate(session, model.choice, "tomography", {})
    assert size == "240 B of projections"
    assert reason.startswith("tomography cannot run on it: ")
    assert "holds no flat fields" in reason

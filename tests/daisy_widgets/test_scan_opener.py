"""The scan opener as a widget: what the page is told, and what its buttons do."""

import threading

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import InvalidParameter
from daisy_widgets import ScanOpener


@pytest.fixture(autouse=True)
def own_configuration(tmp_path, monkeypatch):
    (tmp_path / "daisy.toml").write_text("")
    monkeypatch.setenv("DAISY_CONFIG", str(tmp_path / "daisy.toml"))


@pytest.fixture
def odd(tmp_path):
    with h5py.File(tmp_path / "odd.h5", "w") as file:
        file["frames"] = np.arange(5 * 4 * 6, dtype="u2").reshape(5, 4, 6)
        file["beam"] = np.full((2, 4, 6), 900, "u2")
    return str(tmp_path / "odd.h5")


@pytest.fixture
def choices():
    return []


@pytest.fixture
def opener(session, choices, tmp_path):
    made = ScanOpener(session, on_chosen=choices.append, folder=str(tmp_path))
    assert made.jobs.wait(30)
    yield made
    made.close()


def click(opener, kind, **content):
    """As the page does."""
    opener._handle_custom_msg({"type": kind, **content}, [])
    assert opener.jobs.wait(60)


def test_the_folder_is_there_from_the_beginning(opener, odd, tmp_path):
    click(opener, "go", path=str(tmp_path))
    assert "odd.h5" in [row["name"] for row in opener.folder["rows"]]
    click(opener, "go", path=str(tmp_path), filter="ODD")
    assert [row["name"] for row in opener.folder["rows"]] == ["odd.h5"]
    assert opener.choice is None


def test_a_scan_is_chosen_by_opening_it_and_given_up_by_another_file(opener, scan, odd, choices):
    click(opener, "open", path=str(scan))
    assert opener.choice.inputs == {"scan": str(scan)}
    assert opener.file["format"] == "Data Exchange"
    assert opener.needs[0] == "35.1 kB of projections"
    assert opener.recent[0] == str(scan.parent)
    click(opener, "open", path=odd)
    assert opener.choice is None
    assert opener.needs == []
    assert [choice and choice.path for choice in choices] == [str(scan), None]


def test_a_file_is_put_right_saved_and_read_again_by_clicks(opener, odd, session):
    click(opener, "open", path=odd)
    click(opener, "assign", role="projections", value="/frames", scale=None)
    click(opener, "assign", role="flats", value="/beam", scale=None)
    click(opener, "assign", role="pixel_size", value="1.3", scale=1e6)
    assert opener.choice.description["metadata"] == {"pixel_size_m": 1.3e-6}
    click(opener, "save", name="Odd", overwrite=False)
    assert opener.notice == {"kind": "done", "text": "Saved as profile “Odd”."}
    assert opener.choice.inputs == {"scan": odd, "profile": "Odd"}
    click(opener, "profile", name=None)
    assert opener.choice is None
    click(opener, "profile", name="Odd")
    assert opener.choice.inputs == {"scan": odd, "profile": "Odd"}
    assert [row["role"] for row in opener.nodes] == ["flats", "projections"]
    click(opener, "delete", name="Odd")
    assert opener.profiles == []


@pytest.mark.parametrize("typed", ["x", "-1", "nan", "inf", "0"])
def test_what_is_no_number_is_said_and_changes_nothing(opener, scan, typed):
    click(opener, "open", path=str(scan))
    before = opener.choice
    click(opener, "assign", role="energy", value=typed, scale=1)
    assert opener.notice == {"kind": "error", "text": f"{typed!r} is no energy: give a number."}
    assert opener.choice is before


def test_an_error_is_one_sentence_and_the_file_before_stays(opener, scan, tmp_path):
    click(opener, "open", path=str(scan))
    click(opener, "open", path=str(tmp_path / "none.h5"))
    assert opener.notice["kind"] == "error"
    assert "none.h5 cannot be opened" in opener.notice["text"]
    assert opener.file["path"] == str(scan)
    click(opener, "open", path=str(scan))
    assert opener.notice == {}


def test_a_look_is_sent_as_bytes_or_says_why_not(opener, odd):
    click(opener, "open", path=odd)
    opener.comm.sent.clear()
    click(opener, "preview", path=odd, dataset="/frames", index=0)
    click(opener, "preview", path=odd, dataset="/none", index=None)
    sent = [(data["content"], parts) for data, parts in opener.comm.sent if "content" in data]
    (shown, (levels,)), (missing, nothing) = sent
    assert shown["picture"]["shape"] == [4, 6]
    assert levels == bytes(np.rint(np.arange(24) * 255 / 23).astype(np.uint8))
    assert "No dataset is called '/none'" in missing["problem"]
    assert nothing == []


def test_nothing_is_asked_of_the_session_on_the_thread_of_the_messages(opener, odd, session):
    threads, call = [], session.transport.call
    session.transport.call = lambda *words: (
        threads.append(threading.current_thread()),
        call(*words),
    )[1]
    click(opener, "open", path=odd)
    click(opener, "assign", role="projections", value="/frames", scale=None)
    click(opener, "save", name="x", overwrite=False)
    assert threads
    assert threading.current_thread() not in threads


def test_without_a_file_there_is_nothing_to_put_right(opener):
    with pytest.raises(InvalidParameter, match="No file is open"):
        opener.assign("flats", "/beam")
    click(opener, "assign", role="flats", value="/beam", scale=None)
    assert opener.notice["text"].startswith("No file is open")


def test_closing_it_ends_its_work(session, odd):
    made = ScanOpener(session)
    made.close()
    made.open_file(odd)
    assert made.jobs.wait(10)
    assert made.choice is None


def test_of_two_quick_clicks_both_count_and_none_meets_another_file(opener, odd, scan):
    click(opener, "open", path=odd)
    opener.assign("projections", "/frames")
    opener.assign("flats", "/beam")
    opener.save_profile("quick")
    assert opener.jobs.wait(60)
    assert opener.file["parts"] == {"projections": "/frames", "flats": "/beam"}
    assert opener.choice.profile == "quick"
    opener.open_file(str(scan))
    opener.assign("darks", "/beam")
    assert opener.jobs.wait(60)
    assert opener.file["path"] == str(scan)
    assert opener.file["parts"]["darks"] == "/exchange/data_dark"
    assert opener.notice["text"] == f"{odd} is not open any more: choose it again."

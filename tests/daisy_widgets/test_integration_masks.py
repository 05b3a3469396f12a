"""A mask that was opened stays in every mask that is drawn upon it, and stays as it is."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from daisy_kernel.session import DirectTransport, Service, Session
from daisy_widgets.apps import powder
from daisy_widgets.frame_view import Drawn

pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
SHAPE = 20, 24
RECTANGLE = Drawn("rectangle", ((10.0, 10.0), (11.0, 11.0)))


@pytest.fixture
def frames(tmp_path):
    """Two files of frames; the mask of the facility leaves out 120 of 480 pixels."""
    for name in ("a", "b"):
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file["frames"] = np.full((2, *SHAPE), 7, np.uint16)
    facility = np.zeros(SHAPE, np.uint8)
    facility[:5] = 1
    np.save(tmp_path / "facility.npy", facility)
    return {path.stem: str(path) for path in tmp_path.glob("*.*")}


@pytest.fixture
def session(tmp_path):
    return Session(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def panel(session, frames):
    """The panel with the mask of the facility, and a rectangle that was drawn."""
    made = powder(session=session)
    opened(made, frames["a"], mask=frames["facility"])
    made.mask._drawn(RECTANGLE)
    assert made.jobs.wait(60)
    assert made.mask.count.value.startswith("124 of 480 pixels")
    yield made
    made.jobs.wait(60)
    made.close()


def opened(panel, scan, **options):
    """Open frames and wait."""
    panel.load(f"{scan}:/frames", **options)
    assert panel.jobs.wait(60)
    assert panel.notice.text == ""


def saved(panel, path):
    """Save the mask; how the panel takes it, and what it says."""
    panel.mask.output.fill(**{"mask file": str(path)})
    panel.mask.save.click()
    assert panel.jobs.wait(60)
    return panel.notice.kind, panel.notice.text


def test_what_is_saved_is_what_is_counted(panel, frames, tmp_path):
    output = str(tmp_path / "mine.npy")
    assert saved(panel, output) == ("done", f"{output} is saved; it leaves out 124 pixels.")
    mask = np.load(output) != 0
    assert mask[:5].all()
    assert mask[10:12, 10:12].all()
    assert mask.sum() == 124
    assert panel.experiment.mask == panel.form.filled["mask"] == output
    assert panel.run.record["inputs"]["mask"] == frames["facility"]


def test_the_mask_that_was_opened_is_not_replaced(panel, frames):
    before = Path(frames["facility"]).read_bytes()
    kind, text = saved(panel, frames["facility"])
    assert kind == "error"
    assert "facility.npy is the mask that was opened" in text
    assert "choose another name" in text
    assert Path(frames["facility"]).read_bytes() == before
    assert panel.experiment.mask == frames["facility"]


def test_nor_is_it_by_another_name_of_the_same_file(panel, frames, tmp_path):
    (tmp_path / "folder").mkdir()
    kind, _ = saved(panel, tmp_path / "folder" / ".." / "facility.npy")
    assert kind == "error"
    assert np.load(frames["facility"]).sum() == 120


def test_ones_own_mask_is_saved_again_without_what_was_undone(panel, tmp_path):
    output = tmp_path / "mine.npy"
    saved(panel, output)
    panel.mask.undo.click()
    assert saved(panel, output)[0] == "done"
    assert np.load(output).sum() == 120
    assert panel.mask.count.value.startswith("120 of 480 pixels")


def test_the_same_frames_opened_anew_keep_ones_own_mask_apart_from_the_one_below(panel, tmp_path):
    """To choose a calibrant, say: the form has the new mask by then."""
    output = tmp_path / "mine.npy"
    saved(panel, output)
    panel.open_button.click()
    assert panel.jobs.wait(60)
    assert panel.experiment.mask == str(output)
    panel.mask.undo.click()
    assert panel.jobs.wait(60)
    assert panel.mask.count.value.startswith("120 of 480 pixels")
    assert saved(panel, output)[0] == "done"
    assert np.load(output).sum() == 120


def test_with_other_frames_ones_mask_is_a_mask_that_was_opened(panel, frames, tmp_path):
    output = tmp_path / "mine.npy"
    saved(panel, output)
    opened(panel, frames["b"], mask=str(output))
    panel.mask.clear.click()
    kind, text = saved(panel, output)
    assert kind == "error"
    assert "is the mask that was opened" in text
    assert np.load(output).sum() == 124
    assert saved(panel, tmp_path / "next.npy")[0] == "done"
    assert np.load(tmp_path / "next.npy").sum() == 124


def test_without_a_mask_opened_none_of_before_is_left(panel, frames, tmp_path):
    saved(panel, tmp_path / "mine.npy")
    opened(panel, frames["b"])
    assert saved(panel, tmp_path / "mine.npy")[0] == "error"  # it is that of other frames now
    assert saved(panel, tmp_path / "next.npy")[0] == "done"
    assert np.load(tmp_path / "next.npy").sum() == 4


def test_a_mask_of_frames_that_are_no_longer_open_is_not_taken(panel, frames, tmp_path):
    panel.mask.output.fill(**{"mask file": str(tmp_path / "mine.npy")})
    panel.mask.save.click()
    panel.load(f"{frames['b']}:/frames")  # before the run is seen to end
    assert panel.jobs.wait(60)
    assert np.load(tmp_path / "mine.npy").sum() == 124
    assert panel.experiment.mask == ""
    assert saved(panel, tmp_path / "mine.npy")[0] == "error"

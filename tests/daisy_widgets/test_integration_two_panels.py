"""Two integration panels in one kernel, for the calibrant and for the sample, say."""

import re

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.demo_frames import write_stack
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate.powder import demo_stack
from daisy_widgets.apps import powder
from daisy_widgets.frame_view import Drawn
from daisy_widgets.powder_calls import PowderCalls

pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    """Master and PONI file of two series, whose frames differ in number and in size."""
    folder, made = tmp_path_factory.mktemp("stacks"), []
    for name, n_frame, n in (("a", 3, 130), ("b", 5, 100)):
        files = folder / f"{name}_master.h5", folder / f"{name}.poni"
        write_stack(demo_stack(n_frame=n_frame, n=n), *files)
        made.append(tuple(map(str, files)))
    return made


@pytest.fixture
def session(tmp_path):
    return Session(DirectTransport(Service(runs=tmp_path / "runs")))


@pytest.fixture
def panels(session, stacks):
    """Two panels, with a series each."""
    made = [powder(session=session) for _ in stacks]
    for panel, stack in zip(made, stacks, strict=True):
        panel.load(*stack, calibrant="CeO2")
        assert panel.jobs.wait(60)
        assert panel.notice.text == ""
    yield made
    for panel in made:
        panel.jobs.wait(60)
        panel.close()


def pressed(panel, button):
    """Press a button and wait; what the panel says then."""
    button.click()
    assert panel.jobs.wait(120)
    assert panel.notice.kind == "done", panel.notice.text
    return panel.notice.text


def integrated(panel, output):
    """Integrate; the patterns in the file."""
    panel.integration.form.fill(output=str(output), bins="200")
    pressed(panel, panel.integration.start)
    with h5py.File(output) as file:
        return file["entry/data/I"][...]


def test_each_shows_its_own_frames(panels, session, stacks):
    for panel, (scan, _) in zip(panels, stacks, strict=True):
        frames = session.open(scan, name="frames as they are")[0]
        viewer = panel.view._viewer
        assert viewer.model.shape == frames.shape == panel.experiment.shape
        shown = viewer.model.source
        np.testing.assert_array_equal(shown[1], frames[1])


def test_each_counts_its_own_mask(panels):
    first, second = panels
    before = first.mask.count.value
    assert f" of {130 * 130} pixels" in before
    assert f" of {100 * 100} pixels" in second.mask.count.value
    second.mask._drawn(Drawn("rectangle", ((0.0, 0.0), (50.0, 99.0))))
    assert second.jobs.wait(60)
    first.mask._drawn(Drawn("rectangle", ((-9.0, -9.0), (-8.0, -8.0))))  # holds no pixel
    assert first.jobs.wait(60)
    assert first.mask.count.value == before


def test_each_tells_patterns_and_lines_of_its_own_run(panels, tmp_path):
    first, second = panels
    truth = integrated(first, tmp_path / "a.h5")
    other = integrated(second, tmp_path / "b.h5")
    assert truth.shape != other.shape
    series = first.patterns._series
    assert series.source.shape == truth.shape
    np.testing.assert_array_equal(series.pattern(1), truth[1])  # read anew
    n_found = pressed(first, first.patterns.find).split()[0]
    table = first.patterns._table.fitted
    assert int(n_found) >= 8
    assert table[0].shape[0] == len(truth)
    pressed(second, second.patterns.find)
    pressed(first, first.patterns.find)
    for found, before in zip(first.patterns._table.fitted, table, strict=True):
        np.testing.assert_array_equal(found, before)


def test_the_rings_of_a_calibration_are_not_told_once_another_one_has_ended(
    session, stacks, tmp_path
):
    calls, records, (scan, _) = PowderCalls(session), [], stacks[0]
    stack = demo_stack(n_frame=3, n=130)
    numbers = {
        "wavelength": 1e10 * stack.wavelength_m, "distance": 60, "center_x": 65, "center_y": 65,
        "pixel_size": 1e6 * stack.pixel_size_m,
    }  # fmt: skip
    for name in ("first", "second"):
        output = tmp_path / f"{name}.poni"
        run = session.run("calibrate", scan=scan, output=output, **numbers).wait(60)
        records.append(run.record)
        assert len(calls.rings_of(run.record)) > 3
    assert calls.rings_of(records[0]) is None


def test_objects_of_a_panel_can_be_told_and_go_when_it_is_closed(session, stacks, tmp_path):
    session["mine"] = np.zeros(3)
    before = set(session.objects)
    panel = powder(session=session)
    panel.load(*stacks[0], calibrant="CeO2")
    assert panel.jobs.wait(60)
    others = set(session.objects) - before
    assert others
    assert [name for name in others if not re.match(r"powder [0-9a-f]{4} ", name)] == []
    integrated(panel, tmp_path / "a.h5")
    pressed(panel, panel.patterns.find)
    panel.mask._drawn(Drawn("circle", ((20.0, 20.0),), radius=4.0))  # in work while it is closed
    panel.close()
    assert panel.leaving.wait(60)
    left = set(session.objects)
    assert {"mine", "patterns", "radial_axis"} <= left  # those of the run stay
    assert [name for name in left - before if name.startswith("powder")] == []

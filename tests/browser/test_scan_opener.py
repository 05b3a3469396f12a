"""The scan opener in JupyterLab: known scans, and one of an unknown layout that is put right."""

import shutil

import h5py
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPENER = """
from daisy_widgets import ScanOpener

opener = ScanOpener(session)
opener
"""
CHOICE = "print(opener.choice and opener.choice.inputs)"
ROLES = {
    "frames": "projections", "open": "flats", "shut": "darks", "rotation": "angles",
    "mono": "energy",
}  # fmt: skip
"""Name of a dataset -> what it is used as."""
RUN_SECOND = """async () => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = 2;
  await window.jupyterapp.commands.execute('notebook:run-cell');
}"""
PARTS = (
    "button, select, input, label > span, p, canvas, svg, .daisy-opener-title, "
    ".daisy-opener-facts, .daisy-opener-notice, .daisy-opener-name, "
    ".daisy-opener-chip, .daisy-opener-shape"
)


@pytest.fixture(scope="module")
def scans(server, real_data):
    """Two known scans in the server's folder, and the same numbers in an unknown layout."""
    known = [real_data(f"tomography/{name}") for name in ("tooth.h5", "tooth_nxtomo.nxs")]
    folder = server.work / "beamtime"
    (folder / "raw").mkdir(parents=True)
    for file in known:
        shutil.copy(file, folder)
    with h5py.File(known[0]) as tooth, h5py.File(folder / "unknown.h5", "w") as file:
        file["camera/frames"] = tooth["exchange/data"][()]
        file["camera/open"] = tooth["exchange/data_white"][()]
        file["camera/shut"] = tooth["exchange/data_dark"][()]
        file["stage/rotation"] = tooth["exchange/theta"][()]
        file["mono"] = 24.5
        file["mono"].attrs["units"] = "keV"
    return folder


class Opener:
    """The scan opener of the current notebook."""

    def __init__(self, lab, manner, screenshots, overlaps):
        self.lab, self.page, self._overlaps = lab, lab.page, overlaps
        self._manner = manner
        self._pictures = screenshots / f"opener_{manner.theme}"
        manner.open("opener", OPENER, CHOICE)
        self.files = self.page.get_by_role("listbox", name="Files")
        self.files.wait_for(timeout=30_000)
        self.facts = self.page.locator(".daisy-opener-facts")

    def picture(self, name):
        """Nothing lies over anything, and a picture for people."""
        self.page.wait_for_timeout(300)
        assert self._overlaps(self.page, ".daisy-scan-opener", PARTS, "") == []
        self.page.locator(".daisy-scan-opener").scroll_into_view_if_needed()
        self.page.screenshot(path=f"{self._pictures}_{name}.png")

    def type(self, *keys):
        """Press keys, or type words, in the list of files."""
        self.files.focus()
        for key in keys:
            (self.page.keyboard.press if key[0].isupper() else self.page.keyboard.type)(key)

    def enter(self, name):
        """Choose a file or folder."""
        if self._manner.has_mouse:
            self.files.locator(f"[data-name='{name}']").click()
        else:
            self.page.wait_for_timeout(800)  # or the letters would be the rest of the last word
            self.type(name, "Enter")

    def open(self, name, fact):
        """Open a file and wait for something that is said of it."""
        self.enter(name)
        self.page.locator(".daisy-opener-card").get_by_text(fact).first.wait_for(timeout=20_000)

    def mark(self, dataset):
        """Look at a dataset of the file."""
        if self._manner.has_mouse:
            self.page.locator(f"[role=treeitem][data-name='{dataset}']").last.click()
            return
        tree = self.page.get_by_role("tree", name="Datasets of the file")
        tree.focus()
        tree.press("Home")
        marked = self.page.locator(f".daisy-marked[data-name='{dataset}']")
        for _ in range(tree.get_by_role("treeitem").count()):
            if marked.count():
                return
            tree.press("ArrowDown")
        raise AssertionError(f"{dataset} was not reached")

    def use(self, dataset, role):
        self.mark(dataset)
        self._manner.press(self.page.get_by_role("button", name=role, exact=True))
        self.page.locator(f"[data-name='{dataset}'] [data-role]").get_by_text(role).wait_for()

    def choice(self):
        """What a workflow would be given."""
        before = len(self.lab.outputs())
        self.page.evaluate(RUN_SECOND)
        self.page.wait_for_function(
            "n => window.jupyterapp.shell.currentWidget.model.toJSON().cells[2].outputs.length",
            arg=before,
        )
        return self.lab.outputs()[-1]["text"].strip()


@pytest.mark.parametrize(
    "manner", ["light canvas near keys", "dark canvas far mouse"], indirect=True
)
def test_scans_are_found_and_an_unknown_one_is_put_right(lab, scans, screenshots, overlaps, manner):
    opener = Opener(lab, manner, screenshots, overlaps)
    page = opener.page
    opener.picture("start")
    opener.enter("beamtime")
    opener.files.get_by_role("option", name="unknown.h5").wait_for()

    opener.open("tooth.h5", "181 projections of 2 × 640")
    page.get_by_text("time unknown: never run here").wait_for(timeout=30_000)
    page.get_by_role("img", name="Image 91 of 181").wait_for()
    opener.picture("data_exchange")
    assert opener.choice() == f"{{'scan': '{scans}/tooth.h5'}}"

    opener.open("tooth_nxtomo.nxs", "NXtomo")
    assert opener.facts.inner_text().startswith("181 projections of 2 × 640 · 10 flats · 10 darks")
    opener.mark("rotation_angle")
    page.get_by_role("img", name="Curve of 201 values").wait_for()
    opener.picture("nxtomo")
    assert opener.choice() == f"{{'scan': '{scans}/tooth_nxtomo.nxs'}}"

    opener.open("unknown.h5", "does not know this layout")
    assert opener.choice() == "None"
    for dataset, role in ROLES.items():
        opener.use(dataset, role)
    said = "181 projections of 2 × 640 · 10 flats · 10 darks · 0° to 179.01° · energy 24.5 keV"
    opener.facts.get_by_text("energy 24.5 keV").wait_for()
    assert opener.facts.inner_text() == said
    opener.picture("put_right")
    name = f"Beamline {manner.theme}"
    title = page.get_by_label("Name of the profile")
    title.focus()
    page.keyboard.type(name)
    if manner.has_mouse:
        page.get_by_role("button", name="Save", exact=True).click()
    else:
        title.press("Enter")
    page.get_by_text(f"Saved as profile “{name}”.").wait_for()
    opener.picture("saved")
    assert opener.choice() == f"{{'scan': '{scans}/unknown.h5', 'profile': '{name}'}}"

    # Somebody else, another day: the file opens with the one profile that fits.
    opener = Opener(lab, manner, screenshots, overlaps)
    opener.enter("beamtime")
    opener.files.get_by_role("option", name="unknown.h5").wait_for()
    page.get_by_label("Filter names").focus()
    page.keyboard.type("unk")
    opener.files.locator("[data-name='tooth.h5']").wait_for(state="detached")
    opener.open("unknown.h5", f"Read with the profile “{name}”")
    assert opener.facts.inner_text() == said
    assert opener.choice() == f"{{'scan': '{scans}/unknown.h5', 'profile': '{name}'}}"
    opener.picture("again")
    if manner.has_mouse:
        page.get_by_label("Folder", exact=True).get_by_role("button").last.click()
    else:
        opener.type("Backspace")
    opener.files.get_by_role("option", name="beamtime").wait_for()
    manner.press(page.get_by_role("button", name="Delete", exact=True))
    page.get_by_label("Profile", exact=True).locator("option", has_text=name).wait_for(
        state="detached"
    )

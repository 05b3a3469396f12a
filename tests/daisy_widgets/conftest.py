"""Objects to look at, a comm that keeps what a widget sends, and a page in a browser."""

from __future__ import annotations

import base64
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import comm
import h5py
import numpy as np
import pytest
from comm.base_comm import BaseComm

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.datastore import DataStore
from daisy_kernel.formats.hdf5_location import open_hdf5_dataset
from daisy_kernel.session import DirectTransport, Service, Session
from daisy_kernel.simulate import TomographyScan, foam
from daisy_widgets import SliceViewer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --enable-unsafe-swiftshader"
)
PAGE = Path(__file__).with_name("page.html")


class RecordingComm(BaseComm):
    """A comm whose messages stay here."""

    def __init__(self, *args: Any, **options: Any):
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []
        super().__init__(*args, **options)

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        if msg_type == "comm_msg":
            self.sent.append((data, [bytes(b) for b in buffers or ()]))


@pytest.fixture(autouse=True)
def comms_are_recorded(monkeypatch):
    monkeypatch.setattr(comm, "create_comm", RecordingComm)


@pytest.fixture
def volume():
    """(3, 4, 5) with value 100 z + 10 y + x."""
    z, y, x = np.ogrid[:3, :4, :5]
    return (100 * z + 10 * y + x).astype(np.float32)


@pytest.fixture
def session(volume, tmp_path):
    """A session with the volume in its store, and once more in a file."""
    with h5py.File(tmp_path / "volume.h5", "w") as file:
        file["volume"] = volume
    store = DataStore()
    store.put("volume", volume, ("slice", "y", "x"))
    store.put("volume in a file", open_hdf5_dataset(tmp_path / "volume.h5", "volume"))
    return Session(DirectTransport(Service(store, tmp_path / "runs")))


@pytest.fixture(scope="session")
def scan(tmp_path_factory):
    """A small tomography scan in a file."""
    made = TomographyScan(foam(3, 40, half_height=2.7), n_angle=61, n_row=6, n_col=48)
    path = tmp_path_factory.mktemp("scan") / "scan.h5"
    write_scan(made, path)
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS.split())
        yield chromium
        chromium.close()


@pytest.fixture
def show(browser) -> Iterator[Any]:
    """`show(viewer)` gives the page on which a viewer is seen; no error may appear there."""
    faults: list[str] = []
    page = browser.new_page(viewport={"width": 680, "height": 760})
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)

    def shown(viewer: SliceViewer) -> Any:
        def kernel(data: dict[str, Any]) -> list[Any]:
            if data["method"] == "custom":
                viewer._handle_custom_msg(data["content"], [])
                assert viewer.jobs.wait(10)
            else:
                viewer.set_state(data["state"])
            return news(viewer)

        page.expose_function("daisyKernel", kernel)
        page.set_content(PAGE.read_text(encoding="utf-8"))
        state = {n: v for n, v in viewer.get_state().items() if n[0] != "_" and n != "layout"}
        page.evaluate(
            "shown => start(shown)", {"esm": viewer._esm, "css": viewer._css, "state": state}
        )
        page.wait_for_selector("#view[data-detail=full]")
        return page

    yield shown
    page.close()
    assert faults == []


def news(viewer: SliceViewer) -> list[tuple[dict[str, Any], list[str]]]:
    """What the viewer has sent since the last time, as JSON."""
    sent, viewer.comm.sent = viewer.comm.sent, []
    return [
        (data, [base64.b64encode(b).decode() for b in buffers])
        for data, buffers in sent
        if data["method"] != "echo_update"
    ]


@pytest.fixture
def wait_until() -> Callable[[Any, Callable[[], bool]], None]:
    """`wait_until(page, holds)` lets a page go on until something holds here."""

    def waited(page: Any, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < end, "it did not come to hold within ten seconds"
            page.wait_for_timeout(20)

    return waited


@pytest.fixture
def tell() -> Callable[[Any, SliceViewer], None]:
    """`tell(page, viewer)` brings to the page what was changed in Python."""

    def told(page: Any, viewer: SliceViewer) -> None:
        for answer, buffers in news(viewer):
            page.evaluate("([answer, buffers]) => fromKernel(answer, buffers)", [answer, buffers])

    return told

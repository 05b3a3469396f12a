"""Widgets that the kernel makes for whoever shows them, also while a cell runs."""

import time
import uuid

import pytest

pytestmark = pytest.mark.kernel

OBJECTS = """
import numpy as np, daisy_kernel
session = daisy_kernel.connect()
session["volume"] = np.arange(24.0).reshape(2, 3, 4)
session["curve"] = np.arange(5.0)
session["number"] = 3.5
"""


@pytest.fixture(scope="module")
def kernel(frontend):
    frontend.cell(OBJECTS)
    return frontend


def ask(frontend, **data):
    """The answer of the kernel, which then closes the comm."""
    comm_id = uuid.uuid4().hex
    opening = {"comm_id": comm_id, "target_name": "daisy_view", "data": data}
    frontend.send("shell", "comm_open", opening)
    answer = frontend.published("comm_msg", comm_id=comm_id)["content"]["data"]
    frontend.published("comm_close", comm_id=comm_id)
    return answer


def models(frontend):
    """Ids of the widgets' models that the kernel has."""
    reply = frontend.reply("shell", frontend.send("shell", "comm_info_request", {}))
    found = reply["content"]["comms"].items()
    return {comm_id for comm_id, comm in found if comm["target_name"] == "jupyter.widget"}


def test_a_viewer_is_made_while_a_cell_runs_and_found_again_by_its_id(kernel):
    cell = kernel.start_cell(kernel.sleep)
    started = time.monotonic()
    made = ask(kernel, id="left", view="object", name="volume")
    assert time.monotonic() - started < 5
    assert made["status"] == "ok"
    assert made["model_id"] in models(kernel)
    assert ask(kernel, id="left", view="object", name="volume") == made
    other = ask(kernel, id="right", view="object", name="volume")
    assert other["model_id"] != made["model_id"]
    assert kernel.is_running(cell)
    kernel.interrupt_and_wait(cell)


def test_a_viewer_that_is_done_with_is_closed(kernel):
    made = ask(kernel, id="gone", view="object", name="curve")["model_id"]
    assert made in models(kernel)
    assert ask(kernel, id="gone", view=None) == {"status": "ok", "model_id": ""}
    assert made not in models(kernel)
    assert ask(kernel, id="gone", view="object", name="curve")["model_id"] != made


@pytest.mark.parametrize(
    ("asked", "kind", "told"),
    [
        ({"id": "x", "view": "object", "name": "volum"}, "UnknownName", "volume"),
        ({"id": "x", "view": "object", "name": "number"}, "AxesClash", "3.5"),
        ({"id": "x", "view": "objct", "name": "volume"}, "UnknownName", "object"),
        ({"id": "", "view": "object", "name": "volume"}, "InvalidParameter", "expected"),
        ({"view": "object"}, "InvalidParameter", "expected"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(kernel, asked, kind, told):
    before = models(kernel)
    answer = ask(kernel, **asked)
    assert (answer["status"], answer["error"]["kind"]) == ("error", kind)
    assert told in answer["error"]["message"]
    assert "\n" not in answer["error"]["message"]
    assert models(kernel) == before

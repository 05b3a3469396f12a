"""``%daisy`` and ``%%workflow`` in a real kernel."""

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.simulate import demo_scan

pytestmark = pytest.mark.kernel


@pytest.fixture(scope="module")
def scan_file(tmp_path_factory):
    scan = demo_scan(n_angle=61, n_row=4, n_col=64)
    path = tmp_path_factory.mktemp("scan") / "scan 1.h5"
    write_scan(scan, path)
    return path


@pytest.fixture
def result(frontend):
    """The value of a cell as (text, HTML)."""

    def value(code):
        found = []

        def collect(message):
            if message["msg_type"] == "execute_result":
                found.append(message["content"]["data"])

        reply = frontend.client.execute_interactive(code, output_hook=collect, timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
        return found[0]["text/plain"], found[0]["text/html"]

    return value


def told_by(frontend, code):
    """The error that a cell ends with."""
    reply = frontend.client.execute_interactive(code, output_hook=lambda _: None, timeout=60)
    assert reply["content"]["status"] == "error"
    return reply["content"]["ename"], reply["content"]["evalue"]


def test_the_line_magic_lists_objects_and_workflows(frontend, result):
    frontend.request("objects.put", name="line", shape=[3], dtype="<f8", buffers=[bytes(24)])
    text, html = result("%daisy objects")
    assert "line" in text
    assert "<td style='text-align:left'>float64</td>" in html
    assert "tomography" in result("%daisy workflows")[0]
    assert result("%daisy")[0].startswith("<Daisy ")
    kind, message = told_by(frontend, "%daisy object")
    assert kind == "UsageError"
    assert "'object'" in message
    assert "objects | runs" in message


def test_a_cell_starts_a_run_and_its_value_is_the_handle(frontend, result, scan_file, tmp_path):
    frontend.cell(f"middle = 31.5\nscan = {str(scan_file)!r}")
    cell = f"%%workflow tomography\nscan = $scan\noutput = {tmp_path}/reco.h5\ncenter = $middle"
    text, html = result(cell)
    assert "tomography" in text
    assert "<b>tomography</b>" in html
    assert frontend.cell("print(_.wait(30).state)") == "done"
    with h5py.File(tmp_path / "reco.h5") as file:
        assert np.isfinite(file["entry/data/data"][()]).all()
    assert "✓ done" in result("%daisy runs")[1]


def test_a_cell_that_waits_shows_the_run_to_its_end(frontend, scan_file, tmp_path):
    shown = []
    frontend.client.execute_interactive(
        f"%%workflow tomography --wait\nscan = {scan_file}\noutput = {tmp_path}/reco.h5\n",
        output_hook=lambda m: shown.append((m["msg_type"], m["content"])),
        timeout=60,
    )
    kinds = [kind for kind, _ in shown]
    assert "display_data" in kinds
    last = [content["data"]["text/html"] for kind, content in shown if kind.startswith("update_")]
    assert "✓ done" in last[-1]
    assert (tmp_path / "reco.h5").exists()


def test_an_interrupt_of_a_cell_that_waits_cancels_the_run(frontend, tmp_path):
    frontend.cell(
        "import time, daisy_kernel\nfrom typing import Annotated\n"
        "@daisy_kernel.registry.add\n"
        "class Doze(daisy_kernel.Algorithm):\n"
        "    def execute(self, *, x_dataobj: Annotated[str, daisy_kernel.Input('y')],\n"
        "                output: Annotated[str, daisy_kernel.Output('y')]) -> None:\n"
        "        time.sleep(30)\n"
        "daisy_kernel.connect()['x'] = [1.0]"
    )
    document = (
        '{"daisy": 1, "name": "doze", "algorithms": {"a": {"class": "Doze"}}, "steps": '
        '[{"algorithm": "a", "params": {"x_dataobj": "x", "output": "z"}}], "outputs": ["z"]}'
    )
    cell = frontend.client.execute(f"%%workflow --wait\n{document}", stop_on_error=False)
    told = frontend.published("daisy_event", kind="state", data={"state": "running"})
    frontend.interrupt_and_wait(cell)
    run = told["content"]["run"]
    frontend.published("daisy_event", timeout=5, run=run, data={"state": "cancelled"})


def test_a_check_runs_nothing(result, scan_file, tmp_path):
    cell = f"%%workflow tomography --check\nscan = {scan_file}\noutput = {tmp_path}/reco.h5\n"
    text, html = result(cell)
    assert text.startswith("tomography is valid.")
    assert f"{tmp_path}/reco.h5" in html
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("%%workflow tomografy\nscan = a.h5", "Did you mean 'tomography'"),
        ("%%workflow tomography\nscan = nowhere.h5\noutput = b.h5\ncentre = 3", "centre"),
        ("%%workflow\nscan = a.h5", "names nothing to run"),
    ],
)
def test_what_cannot_run_is_one_line_without_a_traceback(frontend, cell, told):
    kind, message = told_by(frontend, cell)
    assert kind == "UsageError"
    assert told in message
    assert "\n" not in message


@pytest.mark.slow
def test_the_doctor_looks_at_the_installation_of_the_kernel(result):
    text, html = result("%daisy doctor")
    assert "✓ kernelspec" in text
    assert "numba" in html

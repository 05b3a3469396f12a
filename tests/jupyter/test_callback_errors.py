"""An exception in the callback of a widget is told, and is nobody else's."""

import pytest

pytestmark = pytest.mark.kernel

WIDGETS = """
import ipywidgets, comm

def fall(*_):
    1 / 0

button, slider = ipywidgets.Button(), ipywidgets.IntSlider()
button.on_click(fall)
slider.observe(fall, "value")
bare = comm.create_comm(target_name="nobody")
bare.on_msg(fall)
"""
MESSAGES = {
    "button.model_id": {"method": "custom", "content": {"event": "click"}},
    "slider.model_id": {"method": "update", "state": {"value": 7}, "buffer_paths": []},
    "bare.comm_id": {},
}


@pytest.mark.parametrize("where", MESSAGES)
def test_a_cell_beside_a_failing_callback_ends_well_and_so_does_the_next(frontend, where):
    frontend.cell(WIDGETS)
    comm_id = frontend.cell(f"print({where})")
    cell = frontend.client.execute(
        "import sys, time; sys.stdout.write('code runs'); sys.stdout.flush()\n"
        "for _ in range(15): time.sleep(0.1)"
    )
    following = frontend.client.execute("later = 1")
    frontend.published("stream", text="code runs")
    for _ in range(3):
        frontend.send("shell", "comm_msg", {"comm_id": comm_id, "data": MESSAGES[where]})
    assert frontend.reply("shell", cell)["content"]["status"] == "ok"
    assert frontend.reply("shell", following)["content"]["status"] == "ok"

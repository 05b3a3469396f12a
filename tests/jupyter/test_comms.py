"""Comms of a real kernel: answered while a cell runs, whatever was sent on them before."""

import time
import uuid

import pytest
from jupyter_client.session import Session

pytestmark = pytest.mark.kernel

TARGET = """
import comm, threading, time
opened = {}

def echo(channel, message):
    opened[channel.comm_id] = channel
    channel.on_msg(lambda m: channel.send({"echo": m["content"]["data"]}, buffers=m["buffers"]))
    channel.send({"thread": threading.current_thread() is threading.main_thread()})

comm.get_comm_manager().register_target("echo", echo)
"""


@pytest.fixture(scope="module")
def echo(frontend):
    frontend.cell(TARGET)
    return frontend


@pytest.fixture
def running_cell(echo):
    msg_id = echo.start_cell(echo.sleep)
    yield msg_id
    echo.interrupt_and_wait(msg_id)


def open_comm(frontend):
    comm_id = uuid.uuid4().hex
    frontend.send("shell", "comm_open", {"comm_id": comm_id, "target_name": "echo", "data": {}})
    return comm_id


def seconds_for_an_echo(frontend, comm_id, word, buffers=()):
    started = time.monotonic()
    frontend.send("shell", "comm_msg", {"comm_id": comm_id, "data": word}, buffers)
    answer = frontend.published("comm_msg", comm_id=comm_id, data={"echo": word})
    assert [bytes(b) for b in answer["buffers"]] == list(buffers)
    return time.monotonic() - started


def test_a_comm_is_opened_and_answered_while_a_cell_runs(echo, running_cell):
    started = time.monotonic()
    comm_id = open_comm(echo)
    echo.published("comm_msg", comm_id=comm_id, data={"thread": False})
    assert time.monotonic() - started < 1
    assert seconds_for_an_echo(echo, comm_id, "hello", [b"plane", b""]) < 1
    assert echo.is_running(running_cell)


def test_a_comm_on_which_a_cell_has_sent_is_still_answered_while_it_runs(echo):
    comm_id = open_comm(echo)
    echo.published("comm_msg", comm_id=comm_id)
    cell = echo.start_cell(f"opened[{comm_id!r}].send('from the cell')\n{echo.sleep}")
    echo.published("comm_msg", comm_id=comm_id, data="from the cell")
    assert seconds_for_an_echo(echo, comm_id, "after the cell") < 1
    echo.interrupt_and_wait(cell)


def test_a_page_that_is_reloaded_learns_about_kernel_and_comms_while_a_cell_runs(
    echo, running_cell
):
    comm_id = open_comm(echo)
    echo.published("comm_msg", comm_id=comm_id)
    started = time.monotonic()
    question = echo.send("shell", "kernel_info_request", {})
    assert echo.reply("shell", question)["content"]["implementation"] == "daisy"
    question = echo.send("shell", "comm_info_request", {"target_name": "echo"})
    assert echo.reply("shell", question)["content"]["comms"][comm_id] == {"target_name": "echo"}
    assert time.monotonic() - started < 1
    assert echo.is_running(running_cell)


def test_messages_of_a_comm_keep_their_order(echo, running_cell):
    comm_id = open_comm(echo)
    for number in range(50):
        echo.send("shell", "comm_msg", {"comm_id": comm_id, "data": number})
    answers = [echo.published("comm_msg", comm_id=comm_id) for _ in range(51)]
    assert [a["content"]["data"].get("echo") for a in answers] == [None, *range(50)]


def test_comms_are_answered_after_somebody_deleted_their_subshell(echo):
    comm_id = open_comm(echo)
    echo.published("comm_msg", comm_id=comm_id)
    listed = echo.send("control", "list_subshell_request", {})
    for subshell in echo.reply("control", listed)["content"]["subshell_id"]:
        deleted = echo.send("control", "delete_subshell_request", {"subshell_id": subshell})
        assert echo.reply("control", deleted)["content"]["status"] == "ok"
    assert seconds_for_an_echo(echo, comm_id, "again") < 1


def test_a_message_without_the_right_key_opens_no_comm(echo):
    comm_id = uuid.uuid4().hex
    stranger = Session(key=b"not the key")
    content = {"comm_id": comm_id, "target_name": "echo", "data": {}}
    stranger.send(echo.client.shell_channel.socket, "comm_open", content)
    assert seconds_for_an_echo(echo, _opened_after(echo), "a friend") < 1
    assert echo.cell(f"print({comm_id!r} in opened)") == "False"


def _opened_after(frontend):
    comm_id = open_comm(frontend)
    frontend.published("comm_msg", comm_id=comm_id)
    return comm_id


def test_a_coroutine_that_waits_for_a_comm_goes_on_when_its_message_comes(echo):
    comm_id = open_comm(echo)
    echo.published("comm_msg", comm_id=comm_id)
    echo.cell(
        "import asyncio\n"
        "future = asyncio.get_running_loop().create_future()\n"
        f"channel = opened[{comm_id!r}]\n"
        "channel.on_msg(lambda m: future.set_result(m['content']['data']))\n"
        "async def wait():\n"
        "    channel.send({'came': await future})\n"
        "waiting = asyncio.create_task(wait())"
    )
    echo.send("shell", "comm_msg", {"comm_id": comm_id, "data": 7})
    echo.published("comm_msg", timeout=2, comm_id=comm_id, data={"came": 7})


def test_widgets_change_while_a_cell_runs(echo):
    printed = echo.cell(
        "import ipywidgets\n"
        "slider = ipywidgets.IntSlider()\n"
        "doubled = ipywidgets.IntText()\n"
        "slider.observe(lambda change: setattr(doubled, 'value', 2 * change.new), 'value')\n"
        "print(slider.comm.comm_id, doubled.comm.comm_id)"
    )
    slider, doubled = printed.split()
    cell = echo.start_cell(echo.sleep)
    update = {"method": "update", "state": {"value": 21}, "buffer_paths": []}
    echo.send("shell", "comm_msg", {"comm_id": slider, "data": update})
    state = echo.published("comm_msg", timeout=2, comm_id=doubled)["content"]["data"]["state"]
    assert state == {"value": 42}
    echo.interrupt_and_wait(cell)

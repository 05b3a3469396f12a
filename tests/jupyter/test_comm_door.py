"""The comm target ``daisy``: the same requests, replies and events as messages of the kernel."""

import time
import uuid

import pytest

pytestmark = pytest.mark.kernel


class Client:
    """One comm of the target, as a page opens it."""

    def __init__(self, frontend):
        self.frontend, self.comm_id = frontend, uuid.uuid4().hex
        opening = {"comm_id": self.comm_id, "target_name": "daisy", "data": {}}
        frontend.send("shell", "comm_open", opening)

    def send(self, data, buffers=()):
        self.frontend.send("shell", "comm_msg", {"comm_id": self.comm_id, "data": data}, buffers)

    def told(self, **expected):
        """The next message on this comm with these entries, and its buffers."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            message = self.frontend.published("comm_msg", timeout=10, comm_id=self.comm_id)
            data = message["content"]["data"]
            if expected.items() <= data.items():
                return data, message["buffers"]
        raise TimeoutError(f"nothing like {expected} came")

    def request(self, operation, *, buffers=(), **arguments):
        asked_by = uuid.uuid4().hex
        content = {"operation": operation, "arguments": arguments}
        self.send({"type": "daisy_request", "id": asked_by, "content": content}, buffers)
        data, parts = self.told(type="daisy_reply", id=asked_by)
        return data["content"], parts


@pytest.fixture
def client(frontend):
    return Client(frontend)


def test_requests_with_buffers_go_and_come_on_a_comm_while_a_cell_runs(frontend, client):
    cell = frontend.start_cell(frontend.sleep)
    put, _ = client.request("objects.put", name="c", shape=[4], dtype="<u1", buffers=[b"abcd"])
    assert put["result"]["object"]["name"] == "c"
    read, parts = client.request("objects.read", name="c", selection=[[0, 4, 3]])
    assert read == {"status": "ok", "result": {"shape": [2], "dtype": "|u1"}}
    assert [bytes(part) for part in parts] == [b"ad"]
    on_control, _ = frontend.request("objects.describe", name="c")
    assert client.request("objects.describe", name="c")[0] == on_control
    assert frontend.is_running(cell)
    frontend.interrupt_and_wait(cell)


def test_every_open_comm_is_told_what_happens_and_no_closed_one(frontend, client):
    other, gone = Client(frontend), Client(frontend)
    frontend.send("shell", "comm_close", {"comm_id": gone.comm_id, "data": {}})
    client.request("objects.list")  # comms are handled in order: all this has been done
    frontend.request("objects.put", name="e", shape=[1], dtype="<u1", buffers=[b"x"])
    client.send({"type": "daisy_request", "id": "end", "content": {"operation": "objects.list"}})
    told = {each.comm_id: [] for each in (client, other, gone)}
    end = {"type": "daisy_reply", "id": "end"}
    while not (told[client.comm_id] and end.items() <= told[client.comm_id][-1].items()):
        content = frontend.published("comm_msg")["content"]
        told.setdefault(content["comm_id"], []).append(content["data"])
    assert told[gone.comm_id] == []
    (event,) = told[other.comm_id]
    assert event == told[client.comm_id][0]
    assert (event["type"], event["id"]) == ("daisy_event", None)
    assert event["content"]["data"]["name"] == "e"
    held = client.request("kernel.events")[0]["result"]["events"]
    assert held[-1] == event["content"]


@pytest.mark.parametrize(
    "data",
    [
        "nonsense",
        [],
        {},
        {"type": "daisy_event", "id": "1", "content": {}},
        {"type": "daisy_request", "content": {"operation": "objects.list"}},
        {"type": "daisy_request", "id": 5, "content": {"operation": "objects.list"}},
        {"type": "daisy_request", "id": "1", "content": [], "more": 1},
    ],
)
def test_what_is_no_request_is_refused_in_one_line(client, data):
    client.send(data)
    told, _ = client.told(type="daisy_reply")
    assert told["content"]["status"] == "error"
    assert told["content"]["error"]["kind"] == "InvalidParameter"
    assert '"daisy_request"' in told["content"]["error"]["message"]
    assert client.request("objects.list")[0]["status"] == "ok"


def test_a_request_that_the_kernel_refuses_says_so_to_who_asked(client):
    refused, _ = client.request("objects.lst")
    assert refused["error"]["kind"] == "UnknownName"

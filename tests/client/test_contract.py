"""One session, whichever way it reaches its kernel."""

import h5py
import numpy as np
import pytest

from daisy_kernel.errors import InvalidParameter, OutputExists, UnknownName
from daisy_kernel.session import reading

STACK = np.random.default_rng(4).random((40, 300, 200), np.float32)
"""9.6 MB: more than is sent or asked for at once."""


@pytest.fixture
def counted(session, monkeypatch):
    """(operation, bytes of its buffers) of every call of the session."""
    calls, call = [], session.transport.call

    def count(operation, arguments, buffers=()):
        result, parts = call(operation, arguments, buffers)
        carried = (*buffers, *parts)
        calls.append((operation, sum(memoryview(part).nbytes for part in carried)))
        return result, parts

    monkeypatch.setattr(session.transport, "call", count)
    return calls


def test_an_array_goes_and_comes_back_in_pieces_of_bounded_size(session, counted):
    session["stack"] = STACK
    np.testing.assert_array_equal(session["stack"][...], STACK)
    np.testing.assert_array_equal(np.asarray(session["stack"]), STACK)
    sent = [nbytes for operation, nbytes in counted if operation == "objects.put"]
    assert sum(sent) == STACK.nbytes
    assert max(sent) <= 1 << 22
    read = [nbytes for operation, nbytes in counted if operation == "objects.read"]
    assert sum(read) == 2 * STACK.nbytes
    assert max(read) <= session.transport.read_bytes


@pytest.mark.parametrize(
    "index",
    [
        7,
        -1,
        (slice(None), 5),
        (slice(2, 39, 3), slice(10, None, 2), slice(None, 7)),
        (..., 199),
        (slice(5, 5),),
    ],
    ids=str,
)
def test_only_the_part_that_is_asked_for_moves(session, counted, index):
    session["stack"] = STACK
    counted.clear()
    part = session["stack"][index]
    np.testing.assert_array_equal(part, STACK[index])
    assert sum(nbytes for _, nbytes in counted) == STACK[index].nbytes


@pytest.mark.parametrize("limit", [4, 1000, 60_000, 241_000, 5_000_000])
def test_pieces_of_any_size_make_up_the_whole(session, monkeypatch, limit):
    session["stack"] = STACK[:9, :50, :40]
    monkeypatch.setattr(type(session.transport), "read_bytes", limit)
    part = (slice(0, 9, 2), slice(1, 50, 7), slice(3, None, 9))
    np.testing.assert_array_equal(session["stack"][part], STACK[:9, :50, :40][part])
    if limit > 4:
        np.testing.assert_array_equal(session["stack"][...], STACK[:9, :50, :40])


def test_pieces_cover_everything_once_and_stay_below_the_limit():
    for shape in [(), (7,), (0, 3), (3, 4, 5), (5, 1, 7)]:
        for limit in range(1, 70):
            count = np.zeros(shape, int)
            for piece in reading.pieces(shape, limit):
                assert count[piece].size <= limit
                count[piece] += 1
            assert (count == 1).all()


def test_an_object_that_is_replaced_while_it_is_read_in_pieces_is_not_mixed(session, monkeypatch):
    session["stack"] = STACK
    monkeypatch.setattr(type(session.transport), "read_bytes", 1 << 22)
    handle, call = session["stack"], session.transport.call
    reads = []

    def replace_after_the_first(operation, arguments, buffers=()):
        answer = call(operation, arguments, buffers)
        if operation == "objects.read" and not reads:
            reads.append(1)
            session["stack"] = STACK + 1
        return answer

    monkeypatch.setattr(session.transport, "call", replace_after_the_first)
    with pytest.raises(reading.RunConflict, match="replaced"):
        handle[...]
    np.testing.assert_array_equal(handle[...], STACK + 1)


@pytest.mark.parametrize("dtype", ["u1", ">i2", "<c8", "?", "f8"])
def test_any_type_of_number_is_the_same_on_both_sides(session, dtype):
    values = np.arange(12).reshape(3, 4).astype(dtype)
    session["values"] = values
    np.testing.assert_array_equal(session["values"][...], values)
    session["one"] = values[1, 1]
    assert session["one"][...] == values[1, 1]
    session["none"] = values[:0]
    assert session["none"][...].shape == (0, 4)


def test_a_run_is_started_followed_and_its_result_looked_at(session, quick, tmp_path):
    output = tmp_path / "reco.h5"
    run = session.run("tomography", output=output, **quick).wait(120)
    assert (run.state, run.progress, run.id in session.runs) == ("done", 1.0, True)
    assert run.record["outputs"] == [str(output)]
    with h5py.File(output) as file:
        np.testing.assert_array_equal(session["reco"][100], file["entry/data/data"][100])
    assert [event["n"] for event in run.events()] == list(range(len(run.events())))
    image = session["reco"].image(index=3, bits=16)
    assert (image.levels.shape, image.levels.max()) == ((64, 64), 65535)


def test_a_slice_is_previewed_and_the_workflow_written_down(session, quick, tmp_path):
    given = {**quick, "output": str(tmp_path / "reco.h5")}
    preview = session.preview("tomography", index=3, **given)
    names = {step["step"]: step["after"] for step in preview["steps"] if step["after"]}
    assert session[names["reconstruct"]].shape == (64, 64)
    picture = session[names["line_integrals"]].image(bits=16)
    assert picture.levels.max() == 65535
    session.run("tomography", **given).wait(120)
    np.testing.assert_array_equal(session[names["reconstruct"]][...], session["reco"][3])
    inputs = {
        name: value if isinstance(value, (int, float)) else str(value)
        for name, value in given.items()
    }
    told, _ = session.transport.call(
        "workflow.export", {"workflow": "tomography", "inputs": inputs, "form": "script"}
    )
    assert told["path"] is None
    compile(told["text"], "script", "exec")


def test_errors_are_the_same_and_say_the_same(session, quick, tmp_path):
    with pytest.raises(UnknownName, match=r"No data object is called 'nothing'\. .*Known"):
        session["nothing"]
    with pytest.raises(UnknownName, match="No data object is called 'nothing'"):
        session.transport.call("objects.read", {"name": "nothing"})
    with pytest.raises(UnknownName, match="Did you mean 'tomography'"):
        session.run("tomografy", output=tmp_path / "x.h5", **quick)
    with pytest.raises(InvalidParameter, match="does not take 'surplus'"):
        session.transport.call("objects.list", {"surplus": 1})
    session["small"] = np.zeros(3)
    with pytest.raises(IndexError, match="is outside"):
        session["small"][3]


def test_what_happens_is_told_to_every_client_in_order(reached, session, quick, tmp_path):
    with reached.connect() as other:
        since = session.transport.call("kernel.describe", {})[0]["next"]
        session["told"] = [1, 2]
        run = session.run("tomography", output=tmp_path / "reco.h5", **quick).wait(120)
        del session["told"]
        for each in (session, other):
            told = list(each.events(since, timeout=0.3))
            assert [e["kernel_n"] for e in told] == list(range(since, since + len(told)))
            ours = [e for e in told if e["run"] == run.id]
            for event in ours:
                del event["kernel_n"]
            assert ours == run.events()
            objects = [e["data"] for e in told if e["kind"] == "object"]
            changes = [o["change"] for o in objects if o["name"] == "told"]
            assert changes == ["added", "removed"]


def test_two_clients_see_each_others_runs_and_objects(reached, session, quick, tmp_path):
    with reached.connect() as other:
        other["theirs"] = np.arange(3.0)
        np.testing.assert_array_equal(session["theirs"][...], [0, 1, 2])
        run = other.run("tomography", output=tmp_path / "reco.h5", **quick)
        assert session.runs[run.id].wait(120).record == run.record


def test_of_two_clients_that_ask_for_one_output_one_gets_a_clear_error(
    reached, session, quick, tmp_path
):
    output = tmp_path / "reco.h5"
    with reached.connect() as other:
        runs = [each.run("tomography", output=output, **quick) for each in (session, other)]
        errors = []
        for run in runs:
            try:
                run.wait(120)
            except Exception as error:
                errors.append(str(error))
        assert sorted(run.state for run in runs) == ["done", "failed"]
        assert len(errors) == 1
        assert str(output) in errors[0]
        assert "already there" in errors[0]


def test_a_run_is_cancelled(session, long, tmp_path):
    run = session.run("tomography", output=tmp_path / "reco.h5", **long)
    while run.progress == 0:
        assert run.state in ("queued", "running")
    run.cancel()
    with pytest.raises(Exception, match="cancelled"):
        run.wait(60)
    assert not (tmp_path / "reco.h5").exists()


def test_a_document_is_saved_opened_and_diagnosed_the_same_way(session, tmp_path):
    call, path = session.transport.call, tmp_path / "mine.daisy.json"
    text = '{"daisy": 1, "name": "größer", "steps": [{"algorithm": "x"}]}\n'
    saved, _ = call("documents.save", {"path": str(path), "text": text})
    assert path.read_bytes() == text.encode()
    opened, _ = call("documents.open", {"path": str(path)})
    assert opened == {"path": str(path), "text": text, "digest": saved["digest"]}
    with pytest.raises(OutputExists, match="already there and is kept"):
        call("documents.save", {"path": str(path), "text": "{}"})
    told, _ = call("workflow.diagnose", {"workflow": {"daisy": 1, "name": "a"}, "inputs": {}})
    assert told == {"problems": [], "missing": [], "is_planned": True}
    broken, _ = call(
        "workflow.diagnose",
        {"workflow": {"daisy": 1, "name": "a", "steps": [{"algorithm": "x"}]}},
    )
    assert [(p["step"], p["kind"]) for p in broken["problems"]] == [(0, "InvalidDocument")]

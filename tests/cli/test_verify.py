"""``daisy verify``: damaged blocks of results and of unfinished runs are named, and mended."""

import os
import re

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.start import open_session
from daisy_kernel.configuration import read_configuration
from daisy_kernel.engines import mending
from daisy_kernel.engines.run_folder import find_run


@pytest.fixture
def result(daisy, document, stack, tmp_path):
    """What the little workflow gave."""
    said = daisy("run", document(), "--source", stack, "--output", "result.h5")
    assert said.code == 0, said.err
    return tmp_path / "result.h5"


def _values(path):
    with h5py.File(path) as file:
        return file["result"][()]


def _flip_a_byte(path, index):
    """As a disk would do it: not through HDF5."""
    with h5py.File(path) as file:
        dataset = file["result"]
        offset = dataset.id.get_offset() + int(np.ravel_multi_index(index, dataset.shape)) * 4
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


def test_a_result_as_it_was_written_passes(daisy, result):
    said = daisy("verify", result)
    assert said.code == 0, said.err
    assert "all as they were written" in said.out
    told = daisy("verify", result, "--json").json
    assert told["bytes"] == _values(result).nbytes
    assert told["blocks"] > 1
    assert told["damaged"] == []


def test_a_damaged_block_is_named_and_resume_computes_it_again(daisy, result):
    before = _values(result)
    _flip_a_byte(result, (7, 1, 2))
    assert not np.array_equal(_values(result), before)
    told = daisy("verify", result, "--json")
    assert told.code == 1
    (damage,) = told.json["damaged"]
    assert damage["dataset"] == "/result"
    start, shape = np.array(damage["start"]), np.array(damage["shape"])
    assert ((start <= (7, 1, 2)) & (start + shape > (7, 1, 2))).all()
    assert damage["fault"] == "other bytes than were written"
    run = told.json["run"]
    said = daisy("verify", "result.h5")
    assert said.code == 1
    assert f"'daisy resume {run}' computes them again" in said.err
    resumed = daisy("resume", run)
    assert resumed.code == 0, resumed.err
    log = "\n".join(open_session().runs[run].log)
    assert f"{told.json['blocks'] - 1} finished blocks were reused" in log
    np.testing.assert_array_equal(_values(result), before)
    assert daisy("verify", result).code == 0


def test_what_is_as_it_was_written_is_not_computed_again(daisy, result):
    run = daisy("verify", result, "--json").json["run"]
    said = daisy("resume", run)
    assert said.code == 1
    assert "nothing to resume" in said.err


def test_a_lost_result_is_named_and_made_again(daisy, result):
    before = _values(result)
    run = daisy("verify", result, "--json").json["run"]
    result.unlink()
    said = daisy("verify", run)
    assert said.code == 1
    assert "the file is gone" in said.err
    assert daisy("resume", run).code == 0
    np.testing.assert_array_equal(_values(result), before)


def test_a_result_that_was_moved_is_compared_where_it_is(daisy, result):
    moved = result.rename(result.with_name("elsewhere.h5"))
    assert daisy("verify", moved).code == 0
    _flip_a_byte(moved, (0, 0, 0))
    said = daisy("verify", moved)
    assert said.code == 1
    assert "elsewhere.h5" in said.err


@pytest.mark.parametrize("state", ["damaged", "lost", "illegible"])
def test_a_damaged_result_is_not_mended_from_another_scan(daisy, result, stack, state):
    run = daisy("verify", result, "--json").json["run"]
    if state == "lost":
        result.unlink()
    else:
        _flip_a_byte(result, (7, 1, 2))
    if state == "illegible":
        _make_illegible(result)
    left = result.read_bytes() if result.exists() else b""
    with h5py.File(stack, "r+") as file:
        next(item for item in file.values() if isinstance(item, h5py.Dataset))[0] = 7
    said = daisy("resume", run)
    assert said.code == 1
    assert "has changed since" in said.err
    assert (result.read_bytes() if result.exists() else b"") == left
    assert open_session().runs[run].state == "done"


def _make_illegible(path):
    """It no longer says which run has made it."""
    with h5py.File(path, "r+") as file:
        del file["entry"]


def test_a_result_that_no_longer_says_what_it_is_is_renamed_and_its_blocks_are_used(daisy, result):
    before = _values(result)
    _make_illegible(result)
    _flip_a_byte(result, (7, 1, 2))
    said = daisy("verify", result, "--json")
    assert said.code == 1
    run, n_blocks = said.json["run"], said.json["blocks"]
    assert daisy("resume", run).code == 0
    log = "\n".join(open_session().runs[run].log)
    assert f"{n_blocks - 1} finished blocks were reused" in log
    assert "is now result.h5.damaged" in log
    np.testing.assert_array_equal(_values(result), before)
    assert not np.array_equal(_values(result.with_name("result.h5.damaged")), before)


def _trees(path):
    """Where the nodes of the tree of an HDF5 file begin."""
    content = path.read_bytes()
    return [found.start() for found in re.finditer(b"TREE", content)]


@pytest.mark.parametrize("number", range(4))
def test_a_file_whose_tree_is_damaged_is_named_and_made_again(daisy, result, number):
    before, trees = _values(result), _trees(result)
    assert len(trees) >= 4
    run = daisy("verify", result, "--json").json["run"]
    with result.open("r+b") as file:
        file.seek(trees[number])
        file.write(b"EERT")
    for what in (result, run):
        said = daisy("verify", what)
        assert said.code == 1
        assert str(result) in said.err
        assert f"'daisy resume {run}'" in said.err
        assert "did not expect" not in said.err
    said = daisy("resume", run)
    assert said.code == 0, said.err
    np.testing.assert_array_equal(_values(result), before)
    assert daisy("verify", result).code == 0
    assert result.with_name("result.h5.damaged").exists()


def test_a_result_that_no_longer_names_its_run_is_named_and_made_again(daisy, result):
    before = _values(result)
    run = daisy("verify", result, "--json").json["run"]
    with h5py.File(result, "r+") as file:
        (place,) = (name for name in file["entry"] if "run" in file["entry"][name])
        del file["entry"][place]["run"]
    said = daisy("verify", result)
    assert said.code == 1
    assert "does not say which run has made it" in said.err
    assert "blocks are whole" in said.err
    (damage,) = daisy("verify", run, "--json").json["damaged"]
    assert damage["dataset"] == ""
    assert daisy("resume", run).code == 0
    np.testing.assert_array_equal(_values(result), before)
    assert daisy("verify", result).code == 0


def test_a_result_that_was_cut_off_is_named_and_made_again(daisy, result):
    before = _values(result)
    run = daisy("verify", result, "--json").json["run"]
    result.write_bytes(result.read_bytes()[:5000])
    said = daisy("verify", result)
    assert said.code == 1
    assert f"'daisy resume {run}' computes them again" in said.err
    assert daisy("resume", run).code == 0
    np.testing.assert_array_equal(_values(result), before)
    assert daisy("verify", result).code == 0


def test_a_result_that_is_gone_is_named_by_its_path(daisy, result):
    result.unlink()
    said = daisy("verify", result)
    assert said.code == 1
    assert "the file is gone" in said.err


def test_the_result_of_another_run_is_not_replaced(daisy, document, stack, result):
    run = daisy("verify", result, "--json").json["run"]
    result.unlink()
    assert daisy("run", document(), "--source", stack, "--output", "result.h5").code == 0
    with h5py.File(result, "r+") as file:
        file["result"][0] = 7
    other = result.read_bytes()
    said = daisy("resume", run)
    assert said.code == 1
    assert "is the result of run" in said.err
    assert result.read_bytes() == other


def test_a_block_of_which_the_journal_lost_its_line_is_named_and_computed_again(daisy, result):
    run = daisy("verify", result, "--json").json["run"]
    journal = find_run(read_configuration().run_directory, run).path / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    lost = next(i for i, line in enumerate(lines) if '"lo"' in line)
    journal.write_text("".join(lines[:lost] + lines[lost + 1 :]))
    said = daisy("verify", result)
    assert said.code == 1
    assert "the journal holds no checksum of it" in said.err
    assert daisy("resume", run).code == 0
    assert daisy("verify", result).code == 0


def test_a_mending_that_fails_leaves_the_result_and_can_be_tried_again(
    daisy, result, stack, monkeypatch
):
    before = _values(result)
    _flip_a_byte(result, (7, 1, 2))
    run = daisy("verify", result, "--json").json["run"]
    status = stack.stat()
    check = mending.check_sources

    def check_before_it_changes(origin):
        check(origin)
        os.utime(stack, ns=(5, 5))

    with monkeypatch.context() as patch:
        patch.setattr(mending, "check_sources", check_before_it_changes)
        said = daisy("resume", run)
    assert said.code == 1
    assert "has changed since" in said.err
    assert open_session().runs[run].state == "failed"
    assert daisy("verify", run).code == 1
    os.utime(stack, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert daisy("resume", run).code == 0
    np.testing.assert_array_equal(_values(result), before)
    assert daisy("verify", run).code == 0


def test_images_and_chunks_are_compared_too(daisy, scan, tmp_path):
    words = ("run", "tomography", "--scan", scan, "--output", "reco.h5", "--center", "31.5")
    said = daisy(*words, "--tiff", "tiff", "--zarr", "reco.zarr", "--json")
    assert said.code == 0, said.err
    assert daisy("verify", said.json["run"]).code == 0
    image = sorted((tmp_path / "tiff").glob("*.tif"))[1]
    content = bytearray(image.read_bytes())
    content[-5] ^= 1
    image.write_bytes(content)
    chunk = next(p for p in sorted((tmp_path / "reco.zarr/0/c").rglob("*")) if p.is_file())
    content = bytearray(chunk.read_bytes())
    content[5] ^= 1
    chunk.write_bytes(content)
    told = daisy("verify", said.json["run"], "--json").json
    assert {d["path"].rsplit("/", 1)[1] for d in told["damaged"]} == {"tiff", "reco.zarr"}
    assert daisy("resume", said.json["run"]).code == 0
    assert daisy("verify", said.json["run"]).code == 0


def test_what_no_run_is_known_of_is_said_in_one_line(daisy, result, tmp_path, monkeypatch):
    monkeypatch.setenv("DAISY_RUNS", str(tmp_path / "other runs"))
    said = daisy("verify", result)
    assert said.code == 1
    assert "run" in said.err
    assert "Traceback" not in said.err

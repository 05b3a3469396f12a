"""``daisy verify``: damaged blocks of results and of unfinished runs are named, and mended."""

import h5py
import numpy as np
import pytest

from daisy_kernel.cli.start import open_session


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


def test_a_damaged_result_is_not_mended_from_another_scan(daisy, result, stack):
    _flip_a_byte(result, (7, 1, 2))
    run = daisy("verify", result, "--json").json["run"]
    damaged = result.read_bytes()
    with h5py.File(stack, "r+") as file:
        name = next(iter(file))
        if isinstance(file[name], h5py.Dataset):
            file[name][0] = 7
    said = daisy("resume", run)
    assert said.code == 1
    assert "has changed since" in said.err
    assert result.read_bytes() == damaged


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

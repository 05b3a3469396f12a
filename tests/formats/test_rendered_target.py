"""Small results as text and pictures: what `HDF5Target` promises holds for them too."""

import io
from functools import partial

import numpy as np
import pytest

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.errors import OutputExists, RunConflict
from daisy_kernel.formats import RenderedTarget

TABLE = np.random.default_rng(0).random((6, 5))
SPEC = {"data": Spec(TABLE.shape, TABLE.dtype)}


def npy(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def fails(array):
    raise ValueError("cannot be drawn")


@pytest.fixture
def target(tmp_path):
    return partial(RenderedTarget, tmp_path / "a.npy", tmp_path / ".a.npy.part", render=npy)


def test_blocks_become_one_file_and_nothing_else(target, tmp_path):
    output = target()
    assert output.allocate(SPEC) is False
    checksum = output.write("data", (4, 0), TABLE[4:])
    output.write("data", (0, 0), TABLE[:4])
    assert output.checksum("data", (4, 0), (2, 5)) == checksum
    np.testing.assert_array_equal(output.commit()["data"], TABLE)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), TABLE)
    assert [p.name for p in tmp_path.iterdir() if not p.name.endswith(".lock")] == ["a.npy"]


def test_a_run_that_goes_on_finds_its_blocks(target):
    output = target()
    output.allocate(SPEC)
    checksum = output.write("data", (0, 0), TABLE[:4])
    output.discard(keep_part=True)
    again = target()
    assert again.allocate(SPEC, resume=True) is True
    assert again.checksum("data", (0, 0), (4, 5)) == checksum
    again.write("data", (4, 0), TABLE[4:])
    np.testing.assert_array_equal(again.commit()["data"], TABLE)


def test_what_cannot_be_rendered_leaves_no_file_but_the_blocks(target, tmp_path):
    output = target(render=fails)
    output.allocate(SPEC)
    output.write("data", (0, 0), TABLE)
    with pytest.raises(ValueError, match="cannot be drawn"):
        output.commit()
    assert not (tmp_path / "a.npy").exists()
    output.discard(keep_part=True)
    again = target()
    assert again.allocate(SPEC, resume=True) is True
    again.discard()


def test_an_existing_file_is_refused_and_replaced_on_request_only_at_the_end(target, tmp_path):
    (tmp_path / "a.npy").write_text("old")
    with pytest.raises(OutputExists):
        target()
    output = target(overwrite=True)
    output.allocate(SPEC)
    output.write("data", (0, 0), TABLE)
    assert (tmp_path / "a.npy").read_text() == "old"
    output.commit()
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), TABLE)


def test_two_runs_cannot_write_one_file(target):
    output = target()
    with pytest.raises(RunConflict):
        target()
    output.discard()
    target().discard()

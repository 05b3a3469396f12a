import os
import pickle

import numpy as np
import pytest
import tifffile

from daisy_kernel.contracts.reference import Reference
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import TiffStack

FRAMES = np.arange(12 * 7 * 9, dtype=np.uint16).reshape(12, 7, 9)
STORED = {"plain": {}, "big-endian": {"byteorder": ">"}, "compressed": {"compression": "zlib"}}


@pytest.fixture(params=STORED)
def folder(request, tmp_path):
    """Numbered so that an alphabetic order would be wrong: image_1, image_2, ..., image_12."""
    for n, frame in enumerate(FRAMES, 1):
        tifffile.imwrite(tmp_path / f"image_{n}.tif", frame, **STORED[request.param])
    return tmp_path


def whole(stack):
    return stack.read((slice(None),) * 3)


def test_a_folder_is_a_stack_in_natural_order(folder):
    stack = TiffStack(folder)
    assert isinstance(stack, Reference)
    assert (stack.shape, stack.dtype) == ((12, 7, 9), np.uint16)
    np.testing.assert_array_equal(whole(stack), FRAMES)
    block = stack.read((slice(2, 7), slice(3, 5), slice(1, 8)))
    np.testing.assert_array_equal(block, FRAMES[2:7, 3:5, 1:8])
    assert stack.read((slice(4, 4), slice(None), slice(None))).shape == (0, 7, 9)


def test_a_pattern_and_a_list_name_a_stack_too(folder):
    np.testing.assert_array_equal(
        whole(TiffStack(str(folder / "image_1*.tif"))), FRAMES[[0, 9, 10, 11]]
    )
    files = [folder / "image_5.tif", folder / "image_2.tif"]
    np.testing.assert_array_equal(whole(TiffStack(files)), FRAMES[[4, 1]])


def test_a_pickled_stack_reads_the_same(folder):
    np.testing.assert_array_equal(whole(pickle.loads(pickle.dumps(TiffStack(folder)))), FRAMES)


@pytest.mark.parametrize(
    "options",
    [{}, {"byteorder": ">"}, {"compression": "zlib"}, {"imagej": True}, {"bigtiff": True}],
    ids=str,
)
def test_one_file_of_many_images_is_a_stack(tmp_path, options):
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, FRAMES, **options)
    stack = TiffStack(path)
    assert stack.shape == FRAMES.shape
    np.testing.assert_array_equal(whole(stack), FRAMES)
    np.testing.assert_array_equal(
        stack.read((slice(3, 9), slice(2, 3), slice(None))), FRAMES[3:9, 2:3]
    )


def test_images_scattered_in_one_file_are_read(tmp_path):
    with tifffile.TiffWriter(tmp_path / "stack.tif") as writer:
        for frame in FRAMES:
            writer.write(frame, contiguous=False)
    np.testing.assert_array_equal(whole(TiffStack(tmp_path / "stack.tif")), FRAMES)


def test_a_single_image_is_a_stack_of_one(tmp_path):
    tifffile.imwrite(tmp_path / "flat.tif", FRAMES[0])
    assert TiffStack(tmp_path / "flat.tif").shape == (1, 7, 9)


def test_rows_of_compressed_images_are_dear_and_of_plain_ones_not(tmp_path):
    for name, options in STORED.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", np.zeros((64, 512), np.uint16), **options)
    assert TiffStack(tmp_path / "plain.tif").dear_axes() == (2,)
    assert TiffStack(tmp_path / "compressed.tif").dear_axes() == (1, 2)


def test_identity_changes_when_one_image_does(folder):
    stack = TiffStack(folder)
    before = stack.identity()
    assert before["file"] == str(folder)
    assert before["n_file"] == 12
    changed = folder / "image_3.tif"
    os.utime(changed, ns=(0, before["mtime_ns"] + 1000))
    assert stack.identity() != before
    changed.unlink()
    with pytest.raises(FileProblem, match=r"image_3\.tif"):
        stack.identity()


def test_an_image_of_another_shape_is_named(folder):
    tifffile.imwrite(folder / "image_5.tif", FRAMES[0, :3])
    with pytest.raises(FileProblem, match=r"image_5\.tif.*\(3, 9\) uint16.*\(7, 9\) uint16"):
        whole(TiffStack(folder))
    tifffile.imwrite(folder / "image_12.tif", FRAMES[0].astype(np.float32))
    with pytest.raises(FileProblem, match=r"image_12\.tif.*float32.*uint16"):
        TiffStack(folder)


def test_an_image_that_changes_while_the_stack_is_open_is_read_anew(folder):
    stack = TiffStack(folder)
    whole(stack)
    tifffile.imwrite(folder / "image_2.tif", FRAMES[0], description="a longer header " * 20)
    np.testing.assert_array_equal(whole(stack)[1], FRAMES[0])


def test_a_damaged_or_missing_image_is_named(folder):
    stack = TiffStack(folder)
    damaged = folder / "image_4.tif"
    os.truncate(damaged, damaged.stat().st_size - 40)
    with pytest.raises(FileProblem, match=r"image_4\.tif"):
        whole(stack)
    damaged.write_bytes(b"")
    with pytest.raises(FileProblem, match=r"image_4\.tif is empty"):
        whole(stack)
    damaged.unlink()
    with pytest.raises(FileProblem, match=r"image_4\.tif"):
        whole(stack)


def test_a_folder_with_two_series_is_not_mixed(folder):
    tifffile.imwrite(folder / "flat_1.tif", FRAMES[0])
    with pytest.raises(FileProblem, match=r"several series.*flat_\*.*image_\*"):
        TiffStack(folder)


def test_colour_images_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((5, 6, 3), np.uint8), photometric="rgb")
    with pytest.raises(FileProblem, match="not plain grey"):
        TiffStack(tmp_path / "a.tif")


def test_nothing_to_read_is_an_error(tmp_path):
    for source in (tmp_path, str(tmp_path / "*.tif"), []):
        with pytest.raises(FileProblem, match="no TIFF image"):
            TiffStack(source)
    (tmp_path / "a.tif").write_text("not a picture")
    with pytest.raises(FileProblem, match="cannot be read as TIFF"):
        TiffStack(tmp_path / "a.tif")


def test_several_files_of_several_images_are_refused(tmp_path):
    for name in ("a1.tif", "a2.tif"):
        tifffile.imwrite(tmp_path / name, FRAMES)
    with pytest.raises(FileProblem, match="one file of many images"):
        TiffStack(tmp_path)


def test_an_image_series_that_names_other_files_stays_within_its_own(tmp_path):
    tifffile.imwrite(tmp_path / "a.ome.tif", FRAMES, metadata={"axes": "ZYX"}, ome=True)
    np.testing.assert_array_equal(whole(TiffStack(tmp_path / "a.ome.tif")), FRAMES)

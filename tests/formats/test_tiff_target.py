"""What only folders of TIFF images promise."""

import json

import numpy as np
import pytest
import tifffile

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.errors import FileProblem, OutputExists
from daisy_kernel.formats import TiffStack, TiffTarget, has_provenance, read_provenance
from daisy_kernel.formats.atomic import publish_folder, put_back

VOLUME = np.random.default_rng(3).random((12, 5, 7)).astype(np.float32)
MADE = {"process": {"document": {"daisy": 1}, "parameters": {"high": np.float64("inf")}}}


def make(folder, volume=VOLUME, **options):
    target = TiffTarget(folder, folder.with_name(f".{folder.name}.part"), **options)
    try:
        target.allocate({"images": Spec(volume.shape, volume.dtype)})
        target.write("images", (0, 0, 0), volume)
        target.commit(MADE)
    finally:
        target.discard()


def test_images_are_called_like_the_folder_and_say_how_large_a_voxel_is(tmp_path):
    make(tmp_path / "foam", voxel_size_m=2.5e-6, description="Foam, 2 µm")
    names = sorted(p.name for p in (tmp_path / "foam").iterdir())
    assert names == ["daisy.json", *(f"foam_{n:05}.tif" for n in range(12))]
    with tifffile.TiffFile(tmp_path / "foam" / "foam_00003.tif") as tif:
        page = tif.pages[0]
        np.testing.assert_array_equal(page.asarray(), VOLUME[3])
        numerator, denominator = page.tags["XResolution"].value
        assert numerator / denominator == pytest.approx(0.01 / 2.5e-6)
        assert page.tags["YResolution"].value == page.tags["XResolution"].value
        assert page.tags["ResolutionUnit"].value == tifffile.RESUNIT.CENTIMETER
        assert page.description == "Foam, 2 ?m"  # TIFF knows ASCII only
        assert page.tags["Software"].value == "Daisy"


def test_a_voxel_of_unknown_size_has_no_unit(tmp_path):
    make(tmp_path / "foam")
    with tifffile.TiffFile(tmp_path / "foam" / "foam_00000.tif") as tif:
        assert tif.pages[0].tags["ResolutionUnit"].value == tifffile.RESUNIT.NONE


def test_daisy_reads_its_own_images_as_a_stack(tmp_path):
    make(tmp_path / "foam")
    stack = TiffStack(tmp_path / "foam")
    np.testing.assert_array_equal(stack.read((slice(None),) * 3), VOLUME)


def test_provenance_lies_beside_the_images_as_json(tmp_path):
    make(tmp_path / "foam")
    assert has_provenance(tmp_path / "foam")
    assert read_provenance(tmp_path / "foam")["parameters"] == {"high": "inf"}
    mark = tmp_path / "foam" / "daisy.json"
    assert json.loads(mark.read_text())["program"] == "Daisy"
    mark.write_text('{"program": "Daisy", "document"')
    with pytest.raises(FileProblem, match=r"daisy\.json is not valid JSON"):
        read_provenance(tmp_path / "foam")
    mark.unlink()
    assert not has_provenance(tmp_path / "foam")
    with pytest.raises(FileProblem, match="holds no provenance"):
        read_provenance(tmp_path / "foam")


@pytest.mark.parametrize("dtype", ["f8", "i2", "c8", "u4"])
def test_images_of_other_types_are_refused_with_those_that_are_possible(tmp_path, dtype):
    with pytest.raises(FileProblem, match="only float32, uint8, uint16"):
        make(tmp_path / "foam", VOLUME.astype(dtype))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(5, 7), (0, 5, 7), (2, 3, 5, 7)])
def test_only_volumes_are_taken(tmp_path, shape):
    with pytest.raises(FileProblem, match="takes one volume"):
        make(tmp_path / "foam", np.zeros(shape, np.float32))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["notes.txt", "scan_00001.tif", "sub/foam_00000.tif"])
def test_a_folder_with_anything_else_in_it_is_never_replaced(tmp_path, content):
    file = tmp_path / "foam" / content
    file.parent.mkdir(parents=True)
    file.write_text("precious")
    with pytest.raises(OutputExists):
        make(tmp_path / "foam")
    with pytest.raises(FileProblem, match="did not write"):
        make(tmp_path / "foam", overwrite=True)
    assert file.read_text() == "precious"
    assert [p.name for p in tmp_path.iterdir()] == ["foam"]


def test_a_result_to_which_somebody_added_a_file_is_not_replaced(tmp_path):
    make(tmp_path / "foam")
    (tmp_path / "foam" / "notes.txt").write_text("precious")
    with pytest.raises(FileProblem, match=r"notes\.txt"):
        make(tmp_path / "foam", overwrite=True)
    assert (tmp_path / "foam" / "notes.txt").read_text() == "precious"


def test_an_empty_folder_may_be_replaced_and_a_file_may_not(tmp_path):
    (tmp_path / "foam").mkdir()
    make(tmp_path / "foam", overwrite=True)
    (tmp_path / "file").write_text("precious")
    with pytest.raises(FileProblem, match="is a file"):
        make(tmp_path / "file", overwrite=True)


def test_fewer_images_replace_more(tmp_path):
    make(tmp_path / "foam")
    make(tmp_path / "foam", VOLUME[:4], overwrite=True)
    assert TiffStack(tmp_path / "foam").shape == (4, 5, 7)


def test_a_kill_between_the_two_renames_loses_nothing(tmp_path):
    make(tmp_path / "foam")
    part, aside = tmp_path / ".foam.part", tmp_path / ".foam.part.old"
    (tmp_path / "foam").rename(aside)  # the old one stepped aside, the new one did not follow
    with pytest.raises(OutputExists):
        TiffTarget(tmp_path / "foam", part)
    np.testing.assert_array_equal(TiffStack(tmp_path / "foam").read((slice(None),) * 3), VOLUME)
    assert [p.name for p in tmp_path.iterdir()] == ["foam"]


def test_a_folder_that_cannot_be_replaced_is_put_back(tmp_path):
    (tmp_path / "foam").mkdir()
    (tmp_path / "foam" / "old").touch()
    with pytest.raises(FileNotFoundError):
        publish_folder(tmp_path / ".foam.part", tmp_path / "foam", overwrite=True)
    put_back(tmp_path / ".foam.part", tmp_path / "foam")  # a second time: nothing
    assert (tmp_path / "foam" / "old").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["foam"]

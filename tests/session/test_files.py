"""Folders and files of the kernel before anything is loaded, for callers from outside."""

import os

import h5py
import numpy as np
import pytest
import tifffile

from daisy_kernel.errors import DaisyError, FileProblem, OutOfBudget, OutOfReach
from daisy_kernel.formats import only_within
from daisy_kernel.session import files, folders


@pytest.fixture
def root(tmp_path):
    """What callers from outside may use, beside something that they may not."""
    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    with h5py.File(tmp_path / "secret/hidden.h5", "w") as file:
        file["key"] = np.arange(12.0).reshape(3, 2, 2)
    return tmp_path / "data"


@pytest.fixture
def ask(service, root):
    """`ask(operation, **arguments)` as a caller from outside; gives (result, buffers)."""

    def asked(operation, **arguments):
        with only_within([root]):
            return service.call(operation, arguments)

    return asked


@pytest.fixture
def odd(root):
    """A scan of a layout that nobody knows, with (10 i) in image i, and things around it."""
    path = root / "odd.h5"
    with h5py.File(path, "w") as file:
        file["camera/frames"] = (
            np.full((5, 8, 6), 10, "u2") * np.arange(5, dtype="u2")[:, None, None]
        )
        file["camera/open"] = np.full((2, 8, 6), 100, "u2")
        file["stage/angle"] = np.array([0.0, 1.0, np.nan, 3.0, 4.0])
        file["stage/angle"].attrs["units"] = "rad"
        file["energy"] = 12.5
        file["energy"].attrs["units"] = "keV"
        file["title"] = "Foam"
        file["camera/itself"] = file["camera"]
        file["gone"] = h5py.ExternalLink("nowhere.h5", "/x")
        file["out"] = h5py.ExternalLink("../secret/hidden.h5", "/key")
    return path


def names(folder):
    return [entry["name"] for entry in folder["entries"]]


def test_a_folder_is_listed_with_folders_first_and_numbers_in_their_order(ask, root):
    for name in ("scan_10.h5", "scan_9.h5", "Notes.txt", "flat.TIF", ".hidden"):
        (root / name).write_bytes(b"12345")
    folder, _ = ask("files.list")
    assert names(folder) == ["raw", "flat.TIF", "Notes.txt", "scan_9.h5", "scan_10.h5"]
    kinds = [entry["kind"] for entry in folder["entries"]]
    assert kinds == ["folder", "image", "other", "hdf5", "hdf5"]
    assert [entry["size"] for entry in folder["entries"]] == [None, 5, 5, 5, 5]
    assert folder["entries"][1]["modified"] == (root / "flat.TIF").stat().st_mtime
    assert (folder["path"], folder["roots"], folder["above"]) == (str(root), [str(root)], [])
    assert ask("files.list", path=str(root / "raw"))[0]["above"] == [str(root)]


def test_names_are_filtered_in_any_case_and_hidden_ones_only_by_their_dot(ask, root):
    for name in ("Tooth.h5", "foam.h5", ".tooth"):
        (root / name).touch()
    assert names(ask("files.list", filter="tOO")[0]) == ["Tooth.h5"]
    assert names(ask("files.list", filter=".tooth")[0]) == [".tooth"]


def test_of_a_huge_folder_the_first_names_are_given_and_how_many_there_are(ask, root, monkeypatch):
    for n in range(1005):
        (root / "raw" / f"{n}.tif").touch()
    folder, _ = ask("files.list", path=str(root / "raw"))
    assert names(folder) == [f"{n}.tif" for n in range(1000)]
    assert (folder["total"], folder["complete"]) == (1005, True)
    monkeypatch.setattr(folders, "MOST_SCANNED", 50)
    folder, _ = ask("files.list", path=str(root / "raw"))
    assert (folder["total"], folder["complete"]) == (50, False)


def test_a_caller_in_the_kernel_itself_may_go_everywhere(service, root):
    folder, _ = service.call("files.list", {"path": str(root.parent / "secret")})
    assert names(folder) == ["hidden.h5"]
    assert folder["above"][0] == "/"


@pytest.mark.parametrize("operation", ["files.list", "files.describe", "files.preview"])
@pytest.mark.parametrize(
    "way",
    ["{root}/../secret", "{root}/way out", "{root}/[ab]", "{root}/w*/hidden.h5",
     "{root}/raw/../../secret/hidden.h5", "/etc/passwd", "{root}/hidden link.h5"],
)  # fmt: skip
def test_no_way_leads_out_of_the_roots(ask, root, operation, way):
    for name in ("way out", "[ab]", "w*"):
        (root / name).symlink_to(root.parent / "secret")
    (root / "hidden link.h5").symlink_to(root.parent / "secret/hidden.h5")
    with pytest.raises(OutOfReach, match="outside the folders") as refused:
        ask(operation, path=way.format(root=root))
    assert "\n" not in str(refused.value)


def test_links_out_of_the_roots_are_not_even_listed_and_those_within_are(ask, root):
    (root / "way out").symlink_to(root.parent / "secret")
    (root / "alias").symlink_to(root / "raw")
    (root / "dangling.h5").symlink_to(root / "gone.h5")
    folder, _ = ask("files.list")
    assert names(folder) == ["alias", "raw", "dangling.h5"]
    assert folder["entries"][2] == {
        "name": "dangling.h5", "kind": "special", "size": None, "modified": None,
    }  # fmt: skip


@pytest.mark.parametrize("operation", ["files.describe", "files.preview"])
def test_an_image_that_is_a_link_out_of_the_roots_is_not_shown(ask, root, operation):
    tifffile.imwrite(root.parent / "secret/x.tif", np.zeros((4, 5), "u2"))
    for n in range(3):
        tifffile.imwrite(root / f"raw/{n}.tif", np.zeros((4, 5), "u2"))
    ask(operation, path=str(root / "raw"))
    (root / "raw/3.tif").symlink_to(root.parent / "secret/x.tif")
    with pytest.raises(OutOfReach, match=r"3\.tif"):
        ask(operation, path=str(root / "raw"))


def test_a_name_that_is_no_text_is_left_out(ask, root):
    os.close(os.open(os.fsencode(str(root)) + b"/\xff.h5", os.O_CREAT | os.O_WRONLY))
    assert names(ask("files.list")[0]) == ["raw"]


def test_what_is_no_folder_or_file_is_refused_in_one_sentence(ask, root):
    os.mkfifo(root / "pipe.h5")
    (root / "empty.h5").touch()
    (root / "text.h5").write_text("no HDF5")
    (root / "notes.txt").write_text("words")
    with h5py.File(root / "cut.h5", "w") as file:
        file["data"] = np.zeros((100, 10, 10))
    (root / "cut.h5").write_bytes((root / "cut.h5").read_bytes()[:5000])
    entries = {entry["name"]: entry["kind"] for entry in ask("files.list")[0]["entries"]}
    assert entries["pipe.h5"] == "special"
    said = {
        ("files.list", "notes.txt"): "is a file, not a folder",
        ("files.list", "none"): "There is no folder",
        ("files.describe", "none.h5"): "cannot be opened",
        ("files.describe", "pipe.h5"): "pipe or device",
        ("files.preview", "pipe.h5"): "pipe or device",
        ("files.describe", "empty.h5"): "is empty",
        ("files.describe", "text.h5"): "not an HDF5 file",
        ("files.describe", "cut.h5"): "truncated",
        ("files.describe", "notes.txt"): "notes.txt",
        ("files.describe", "raw"): "raw",
        ("files.describe", "a\0b"): "cannot be the name of a file",
    }
    for (operation, name), words in said.items():
        with pytest.raises(FileProblem, match=words) as refused:
            ask(operation, path=f"{root}/{name}")
        assert "\n" not in str(refused.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_says_whom_to_ask(ask, root, odd):
    odd.chmod(0)
    (root / "raw").chmod(0)
    with pytest.raises(FileProblem, match="ask its owner"):
        ask("files.describe", path=str(odd))
    with pytest.raises(FileProblem, match="ask its owner"):
        ask("files.list", path=str(root / "raw"))
    (root / "raw").chmod(0o700)


def test_a_folder_that_may_not_be_read_says_whom_to_ask(ask, root, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(FileProblem, match=r"Permission denied\): ask its owner"):
        ask("files.list")


def test_the_tree_of_a_file_tells_what_can_be_seen_of_each_dataset(ask, odd):
    told, _ = ask("files.describe", path=str(odd))
    nodes = {node["path"]: node for node in told["nodes"]}
    assert list(nodes)[:4] == ["/camera", "/camera/frames", "/camera/itself", "/camera/open"]
    frames = nodes["/camera/frames"]
    assert (frames["kind"], frames["shape"], frames["dtype"]) == ("dataset", [5, 8, 6], "uint16")
    assert (nodes["/energy"]["value"], nodes["/energy"]["unit"]) == ("12.5", "keV")
    assert (nodes["/title"]["value"], nodes["/title"]["dtype"]) == ("Foam", "text")
    assert nodes["/stage/angle"]["unit"] == "rad"
    assert (nodes["/gone"]["kind"], nodes["/out"]["kind"]) == ("broken", "broken")
    assert "does not exist" in nodes["/gone"]["problem"]
    assert "outside the folder" in nodes["/out"]["problem"]
    assert told["complete"]
    assert told["size"] == odd.stat().st_size


def test_of_a_file_with_very_many_datasets_the_first_are_listed(ask, root, monkeypatch):
    with h5py.File(root / "many.h5", "w") as file:
        for n in range(30):
            file[f"{n:02}"] = n
    monkeypatch.setattr(files, "MAX_NODES", 20)
    told, _ = ask("files.describe", path=str(root / "many.h5"))
    assert ([node["path"] for node in told["nodes"]], told["complete"]) == (
        [f"/{n:02}" for n in range(20)],
        False,
    )


def test_a_preview_is_an_image_of_the_plane_that_is_asked_for(ask, odd):
    with h5py.File(odd, "r+") as file:
        file["camera/frames"][3] = np.arange(48).reshape(8, 6)
    told, (levels,) = ask(
        "files.preview", path=str(odd), dataset="/camera/frames", index=3, max_size=8
    )
    assert (told["images"], told["picture"]["index"], told["shape"]) == (5, 3, [5, 8, 6])
    assert (told["picture"]["low"], told["picture"]["high"]) == (0, 47)
    expected = np.rint(np.arange(48) * 255 / 47).astype(np.uint8)
    np.testing.assert_array_equal(np.frombuffer(levels, np.uint8), expected)
    middle, _ = ask("files.preview", path=str(odd), dataset="/camera/frames")
    assert middle["picture"]["index"] == 2


def test_a_preview_of_one_dimension_is_a_curve_of_every_so_many_values(ask, odd):
    told, (curve,) = ask("files.preview", path=str(odd), dataset="/stage/angle", max_size=3)
    assert (told["images"], told["step"], told["picture"]) == (0, 2, None)
    np.testing.assert_array_equal(np.frombuffer(curve, "<f4"), [0, np.nan, 4])
    told, (value,) = ask("files.preview", path=str(odd), dataset="/energy")
    np.testing.assert_array_equal(np.frombuffer(value, "<f4"), [12.5])


def test_images_in_a_grid_and_a_single_one_are_seen_too(ask, root):
    values = np.arange(2 * 3 * 4 * 5, dtype="f4").reshape(2, 3, 4, 5)
    with h5py.File(root / "grid.h5", "w") as file:
        file["grid"], file["one"] = values, values[1, 2]
    told, (levels,) = ask("files.preview", path=str(root / "grid.h5"), dataset="/grid", index=5)
    one, (same,) = ask("files.preview", path=str(root / "grid.h5"), dataset="/one")
    assert (told["images"], one["images"]) == (6, 1)
    assert bytes(levels) == bytes(same)


@pytest.mark.parametrize(
    ("dataset", "words"),
    [("/title", "holds text"), ("/camera", "is a group"), ("/none", "No dataset is called"),
     ("/gone", "does not exist"), ("/out", "outside the folder")],
)  # fmt: skip
def test_what_cannot_be_previewed_says_why(ask, odd, dataset, words):
    with pytest.raises(FileProblem, match=words) as refused:
        ask("files.preview", path=str(odd), dataset=dataset)
    assert "\n" not in str(refused.value)


def test_a_preview_reads_no_more_than_a_person_waits_for(ask, root, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 10_000)
    with h5py.File(root / "dear.h5", "w") as file:
        stack = np.zeros((100, 20, 20), "f4")
        file.create_dataset("across", data=stack, chunks=(100, 5, 5), compression="gzip")
        file.create_dataset("along", data=stack, chunks=(1, 20, 20), compression="gzip")
        file["long"] = np.zeros(5000)
    with pytest.raises(OutOfBudget, match="open it in a viewer"):
        ask("files.preview", path=str(root / "dear.h5"), dataset="/across")
    with pytest.raises(OutOfBudget, match="open the dataset in a viewer"):
        ask("files.preview", path=str(root / "dear.h5"), dataset="/long")
    told, _ = ask("files.preview", path=str(root / "dear.h5"), dataset="/along")
    assert told["images"] == 100


def test_nothing_that_is_looked_at_becomes_a_data_object(ask, odd, service):
    ask("files.describe", path=str(odd))
    ask("files.preview", path=str(odd), dataset="/camera/frames")
    assert service.call("objects.list", {})[0] == {"objects": []}


def test_a_file_is_described_as_a_profile_says(ask, odd):
    told, _ = ask("files.describe", path=str(odd))
    assert "projections" not in told["description"]
    profile = {"projections": "/camera/frames", "flats": "/camera/open", "energy": "/energy"}
    told, _ = ask("files.describe", path=str(odd), profile=profile)
    described = told["description"]
    assert described["projections"]["shape"] == [5, 8, 6]
    assert described["flats"]["shape"] == [2, 8, 6]
    assert described["metadata"] == {"energy_kev": 12.5}
    assert described["parts"] == {"projections": "/camera/frames", "flats": "/camera/open"}
    wrong, _ = ask("files.describe", path=str(odd), profile={**profile, "angles": "/energy"})
    assert "1 angles" in wrong["description"]["problem"]
    with pytest.raises(DaisyError, match="No scan profile is called 'none'"):
        ask("files.describe", path=str(odd), profile="none")

"""Callers from outside get the files within some folders, however they spell the way there."""

import contextvars
import threading

import pytest

from daisy_kernel.errors import OutOfReach
from daisy_kernel.formats import only_within, require_reach


@pytest.fixture
def root(tmp_path):
    (tmp_path / "data/inner").mkdir(parents=True)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/scan.h5").touch()
    (tmp_path / "data/link.h5").symlink_to(tmp_path / "secret/scan.h5")
    (tmp_path / "data/folder").symlink_to(tmp_path / "secret")
    (tmp_path / "data/w[i]ld").symlink_to(tmp_path / "secret")
    return tmp_path / "data"


@pytest.mark.parametrize(
    "place", ["scan.h5", "scan.h5:/entry/data", "inner/*.tif", "new/reco.h5", "inner/../scan.h5"]
)
def test_what_lies_within_is_allowed_whether_it_exists_or_not(root, place):
    with only_within([root]):
        require_reach(root / place)
        require_reach(f"{root}/{place}")


@pytest.mark.parametrize(
    "place",
    [
        "../secret/scan.h5",
        "../secret/scan.h5:/entry/data",
        "inner/../../secret/*.tif",
        "*/../../secret/scan.h5",
        "link.h5",
        "folder/scan.h5",
        "w[i]ld",
        "w[i]ld/scan.h5",
        "scan.h5\0.txt",
        "../data2/scan.h5",
    ],
)
def test_what_lies_outside_is_refused_with_the_folders_that_are_allowed(root, place):
    with only_within([root]), pytest.raises(OutOfReach, match="outside the folders") as refused:
        require_reach(f"{root}/{place}")
    assert str(root) in str(refused.value)


def test_relative_places_start_at_the_working_folder(root, monkeypatch):
    monkeypatch.chdir(root)
    with only_within([root]):
        require_reach("inner/scan.h5")
        with pytest.raises(OutOfReach):
            require_reach("../scan.h5")


def test_a_root_that_is_a_link_is_the_folder_it_leads_to(root, tmp_path):
    (tmp_path / "alias").symlink_to(root)
    with only_within([tmp_path / "alias"]):
        require_reach(root / "scan.h5")


def test_nobody_is_bound_outside_of_it_and_a_thread_only_with_the_context(root):
    met = []

    def look():
        try:
            require_reach("/etc/passwd")
        except OutOfReach:
            met.append("refused")
        else:
            met.append("allowed")

    with only_within([root]):
        context = contextvars.copy_context()
        for work in (look, lambda: context.run(look)):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
    look()
    assert met == ["allowed", "refused", "allowed"]

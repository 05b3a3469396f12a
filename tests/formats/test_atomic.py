import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

from daisy_kernel.errors import DiskFull, FileProblem, OutputExists
from daisy_kernel.formats import atomic_file


def only_files(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(target, text, error, **options):
    with atomic_file(target, **options) as temporary:
        temporary.write_text(text)
        raise error


def write_while_another_appears(target):
    with atomic_file(target) as temporary:
        temporary.write_text("mine")
        target.write_text("theirs")


def test_the_file_appears_complete_and_alone(tmp_path):
    target = tmp_path / "volume.npy"
    with atomic_file(target) as temporary:
        np.save(temporary, np.arange(5))
        assert not target.exists()
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".npy"
    np.testing.assert_array_equal(np.load(target), np.arange(5))
    assert only_files(tmp_path) == ["volume.npy"]


def test_the_file_has_the_usual_permissions(tmp_path):
    with atomic_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("x")
    (tmp_path / "b.txt").write_text("x")
    assert (tmp_path / "a.txt").stat().st_mode == (tmp_path / "b.txt").stat().st_mode


def test_an_error_leaves_nothing_behind(tmp_path):
    with pytest.raises(ZeroDivisionError):
        write_half(tmp_path / "a.txt", "half", ZeroDivisionError())
    assert only_files(tmp_path) == []


def test_an_error_keeps_the_older_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_half(tmp_path / "a.txt", "half", KeyboardInterrupt(), overwrite=True)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert only_files(tmp_path) == ["a.txt"]


def test_an_existing_file_is_kept_unless_overwriting_is_wanted(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(OutputExists, match="overwrite"), atomic_file(target):
        pytest.fail("the block must not run")
    with atomic_file(target, overwrite=True) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"


def test_a_file_that_appears_meanwhile_is_never_replaced(tmp_path):
    target = tmp_path / "a.txt"
    with pytest.raises(OutputExists):
        write_while_another_appears(target)
    assert target.read_text() == "theirs"
    assert only_files(tmp_path) == ["a.txt"]


def test_of_many_writers_exactly_one_wins(tmp_path):
    target, outcomes, start = tmp_path / "a.txt", [], threading.Barrier(8)

    def write(n):
        try:
            with atomic_file(target) as temporary:
                temporary.write_text(str(n) * 1000)
                start.wait()
            outcomes.append(n)
        except OutputExists:
            pass

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert target.read_text() == str(outcomes[0]) * 1000
    assert only_files(tmp_path) == ["a.txt"]


def test_a_dangling_link_counts_as_a_file(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputExists), atomic_file(tmp_path / "a.txt"):
        pytest.fail("the block must not run")


def test_a_missing_folder_and_a_folder_as_output_are_errors_at_once(tmp_path):
    with (
        pytest.raises(FileProblem, match=r"folder .*none.* does not exist"),
        atomic_file(tmp_path / "none" / "a.txt"),
    ):
        pytest.fail("the block must not run")
    with pytest.raises(FileProblem, match="is a folder"), atomic_file(tmp_path, overwrite=True):
        pytest.fail("the block must not run")


def test_a_folder_that_may_not_be_written_to_is_an_error_at_once(tmp_path, as_ordinary_user):
    folder = tmp_path / "kept"
    folder.mkdir()
    folder.chmod(0o555)
    with (
        as_ordinary_user(),
        pytest.raises(FileProblem, match=r"Permission denied.*permissions of .*kept"),
        atomic_file(folder / "a.txt"),
    ):
        pytest.fail("the block must not run")


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(DiskFull, match="no room"), atomic_file(tmp_path / "a") as temporary:
            temporary.write_bytes(bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert only_files(tmp_path) == []


def test_a_kill_leaves_the_older_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    script = textwrap.dedent(
        """
        import sys, time
        from daisy_kernel.formats import atomic_file
        with atomic_file(sys.argv[1], overwrite=True) as temporary:
            temporary.write_text("half")
            print("writing", flush=True)
            time.sleep(60)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "a.txt")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as child:
        assert child.stdout.readline() == b"writing\n"
        child.send_signal(signal.SIGKILL)
    assert (tmp_path / "a.txt").read_text() == "old"

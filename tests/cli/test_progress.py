import os
import pty
import subprocess
import sys
from contextlib import suppress

from daisy_kernel.cli import progress


def test_a_stage_of_many_blocks_is_a_few_lines(capsys):
    lines = progress.Lines()
    for done in range(1001):
        lines.show(0, 2, "normalize > reconstruct", done, 1000)
    lines.show(1, 2, "save", 0, 1)
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "[1/2] normalize > reconstruct"
    assert said[1].startswith("[1/2] normalize > reconstruct: done in ")
    assert said[2:] == ["[2/2] save"]


def test_a_slow_stage_is_heard_of_again_after_its_half(capsys, monkeypatch):
    monkeypatch.setattr(progress, "QUIET_S", 0.0)
    lines = progress.Lines()
    for done in (0, 2, 5):
        lines.show(0, 1, "reconstruct", done, 10)
    assert capsys.readouterr().err.splitlines() == [
        "[1/1] reconstruct",
        "[1/1] reconstruct: 5 of 10 blocks",
    ]


def test_a_terminal_gets_bars_and_a_clean_standard_output(document, stack):
    words = [sys.executable, "-m", "daisy_kernel.cli", "run", str(document()), "--source",
             str(stack), "--output", "o.h5", "--json"]  # fmt: skip
    ours, theirs = pty.openpty()
    told = subprocess.run(words, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True)
    os.close(theirs)
    drawn = b""
    with suppress(OSError):  # the end of a terminal whose other side is closed
        while part := os.read(ours, 65536):
            drawn += part
    os.close(ours)
    assert "work" in drawn.decode()
    assert "━" in drawn.decode()
    assert told.stdout.startswith('{"run"')
    assert told.stdout.count("\n") == 1

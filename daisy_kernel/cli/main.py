"""Choosing a command, and saying in one line what went wrong."""

from __future__ import annotations

import difflib
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TextIO

from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.remote import REMOTE, split
from daisy_kernel.cli.terminal import complain
from daisy_kernel.errors import DaisyError
from daisy_kernel.version import __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo:demo", "simulate an experiment, analyse it, compare it with the truth"),
    "lab": ("lab:lab", "JupyterLab with the Daisy kernel and the example notebooks"),
    "app": ("app:app", "a panel as a web page of its own: tomography, powder or viewer"),
    "info": ("info:info", "what is in a file, as Daisy understands it"),
    "workflows": ("listings:workflows", "the workflows there are, with inputs and defaults"),
    "algorithms": ("listings:algorithms", "the algorithms there are, with parameters"),
    "check": ("check:check", "validate a workflow and plan it: memory and disk; runs nothing"),
    "run": ("run:run", "run a workflow"),
    "runs": ("runs:runs", "the runs there were"),
    "resume": (
        "runs:resume",
        "go on with an interrupted run, mend a damaged result, or start a failed run again",
    ),
    "verify": ("verify:verify", "compare every block of a result with its checksum"),
    "rerun": ("rerun:rerun", "make a result again and compare it bit for bit"),
    "cancel": ("runs:cancel", "stop a run, whichever process it runs in"),
    "objects": ("remote:objects", "with --remote: the data objects of a kernel"),
    "kernels": ("remote:kernels", "with --remote: the kernels of a server"),
    "cluster": ("cluster:cluster", "a Spark cluster of one's own: start, stop, status, join"),
    "doctor": ("doctor:doctor", "self-test of the installation"),
}
"""Command -> the function that performs it (imported when needed), what it does."""

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells have it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Perform one command.

    Parameters
    ----------
    argv
        Words after ``daisy``; those of this process, if left out.

    Returns
    -------
    code : int
        0 on success only; 1 after an error, 2 for words that make no sense, 130 after Ctrl-C.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            remote, rest = split(words)
            before = REMOTE.set(remote)
            try:
                code = _command(rest)(rest[1:])
            finally:
                REMOTE.reset(before)
                if remote is not None:
                    remote.close()
            sys.stdout.flush()
            return code
    except SystemExit as end:  # argparse ends so after --help and after wrong words
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt as interrupt:
        complain(str(interrupt) or "stopped by Ctrl-C.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if "--debug" in words:
            traceback.print_exc()
        complain(_one_line(error))
        return 1


def _command(words: list[str]) -> Callable[[list[str]], int]:
    if not words or words[0].startswith("-"):
        _parser().parse_args(words or ["--help"])
    name = words[0]
    if name not in COMMANDS:
        nearest = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        _parser().error(f"no command is called {name!r}.{hint} Known: {', '.join(COMMANDS)}.")
    module, _, function = COMMANDS[name][0].partition(":")
    command: Callable[[list[str]], int] = getattr(
        import_module(f"daisy_kernel.cli.{module}"), function
    )
    return command


def _parser() -> Parser:
    commands = "\n".join(f"  {name:<11} {text}" for name, (_, text) in COMMANDS.items())
    parser = Parser(
        "daisy",
        usage="daisy [--remote WHERE [--token TOKEN] [--kernel ID] [--start]] COMMAND [options]",
        description="X-ray data analysis: reconstruct, integrate, and look at it in Jupyter.",
        epilog=f"commands:\n{commands}\n\n'daisy COMMAND --help' shows the options of a command. "
        "Begin with 'daisy demo'.",
        debug=False,
    )
    parser.add_argument("--version", action="version", version=f"daisy {__version__}")
    return parser


def _one_line(error: Exception) -> str:
    if isinstance(error, DaisyError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}."
    return (
        f"{type(error).__name__}: {error}. Daisy did not expect this; --debug shows where it "
        "happened."
    )


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Put in place of the standard one, which shows a line of source code."""
    complain(f"warning: {message}")

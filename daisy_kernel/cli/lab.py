"""``daisy lab``: JupyterLab with the Daisy kernel and the example notebooks."""

from __future__ import annotations

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import daisy_kernel
from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.terminal import console
from daisy_kernel.errors import FileProblem, MissingLibrary

FOLDER = "daisy-notebooks"
_OURS = {
    "default_kernel_name": "--MultiKernelManager.default_kernel_name=daisy",
    "default_url": f"--LabApp.default_url=/lab/tree/{FOLDER}",
}
"""Set unless the user sets the same."""
_LEFT_OUT = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")


def lab(words: list[str]) -> int:
    """Copy the examples and become JupyterLab."""
    parser = Parser(
        "daisy lab",
        usage="daisy lab [options of jupyter lab]",
        description=f"JupyterLab with the Daisy kernel. The example notebooks are copied to "
        f"./{FOLDER}; files that are there already are left alone. All options go to jupyter lab: "
        "--no-browser, --port 8899, --ip 0.0.0.0, ...; --help-all after -- shows them.",
        debug=False,
    )
    if {"-h", "--help"}.intersection(words):
        parser.parse_args(["--help"])
    if find_spec("jupyterlab") is None:
        raise MissingLibrary("JupyterLab is not installed: pip install jupyterlab.")
    copied, kept = copy_examples(Path.cwd() / FOLDER)
    console().print(
        f"Examples in ./{FOLDER}: {copied} files copied, {kept} kept as they are.", markup=False
    )
    sys.stdout.flush()
    options = [word for word in words if word != "--"]
    # This process becomes the server, so that Ctrl-C and signals reach it and nobody else.
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *with_ours(options)])


def with_ours(options: list[str]) -> list[str]:
    """The options of the user, before them ours that the user does not give."""
    given = " ".join(options)
    return [option for name, option in _OURS.items() if name not in given] + options


def copy_examples(folder: Path) -> tuple[int, int]:
    """Copy the example notebooks; a file that is there already may hold the user's own work.

    Parameters
    ----------
    folder
        Where to; made if it is not there.

    Returns
    -------
    copied, kept : int
        Numbers of files.

    Raises
    ------
    FileProblem
        If the folder cannot be written.
    """
    source = examples()
    files = [] if source is None else _files(source)
    copied = 0
    try:
        folder.mkdir(exist_ok=True)
        for file in files:
            target = folder / file.relative_to(source or file)
            if not os.path.lexists(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
                copied += 1
    except OSError as error:
        raise FileProblem(
            f"The example notebooks cannot be copied to {folder} ({error.strerror}): start from a "
            "folder in which you may write."
        ) from error
    return copied, len(files) - copied


def examples() -> Path | None:
    """The folder of the example notebooks: in the installed package, or beside it in a checkout."""
    package = Path(daisy_kernel.__file__).parent
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if folder.is_dir():
            return folder
    return None


def _files(folder: Path) -> list[Path]:
    found = []
    for directory, folders, names in os.walk(folder):
        skipped = _LEFT_OUT(directory, [*folders, *names])
        folders[:] = [f for f in folders if f not in skipped]
        found += [Path(directory) / name for name in sorted(names) if name not in skipped]
    return found

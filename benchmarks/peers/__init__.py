"""The contestants, one library per file, each behind the same few functions.

A module of this package imports its library when it is imported itself and fails with it. It says
what it can do by what it defines: ``RECONSTRUCTORS``, ``NORMALISE``, ``remove_stripes``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

_DISTRIBUTIONS = {
    "daisy": "daisy-xray",
    "astra": "astra-toolbox",
    "algotom": "algotom",
    "skimage": "scikit-image",
    "ducc0": "ducc0",
    "finufft": "finufft",
    "tomopy": "tomopy",
    "numpy": "numpy",
}


def installed(*, only_ours: bool = False) -> tuple[dict[str, ModuleType], dict[str, str]]:
    """The contestants whose library is here, Daisy first.

    Returns
    -------
    contestants
        Name of the module -> module.
    versions
        Name -> version, or why it is missing.
    """
    contestants, versions = {}, {}
    for name, distribution in _DISTRIBUTIONS.items():
        if only_ours and name != "daisy":
            continue
        try:
            contestants[name] = import_module(f"{__name__}.{name}")
        except ImportError as error:
            versions[name] = f"not installed ({error})"
        else:
            versions[name] = _version(distribution)
    return contestants, versions


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "checkout"

"""The contestants, one library per file, each behind the same few functions.

A module of this package imports its library when it is imported itself and fails with it. It says
what it can do by what it defines: ``RECONSTRUCTORS``, ``INTEGRATORS``, ``NORMALISE``,
``remove_stripes``.
"""

from __future__ import annotations

from collections.abc import Iterable
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
    "pyfai": "pyFAI",
}

TOMOGRAPHY = ("daisy", "astra", "algotom", "skimage", "ducc0", "finufft", "tomopy", "numpy")
POWDER = ("daisy", "pyfai")
"""Who has something to say about a subject, Daisy first."""


def installed(
    names: Iterable[str], *, only_ours: bool = False
) -> tuple[dict[str, ModuleType], dict[str, str]]:
    """The contestants whose library is here.

    Parameters
    ----------
    names
        Of modules of this package.
    only_ours
        Leave the other libraries out.

    Returns
    -------
    contestants
        Name of the module -> module.
    versions
        Name -> version, or why it is missing.
    """
    contestants, versions = {}, {}
    for name in names:
        if only_ours and name != "daisy":
            continue
        try:
            contestants[name] = import_module(f"{__name__}.{name}")
        except ImportError as error:
            versions[name] = f"not installed ({error})"
        else:
            versions[name] = _version(_DISTRIBUTIONS[name])
    return contestants, versions


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "checkout"

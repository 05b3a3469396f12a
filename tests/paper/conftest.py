"""The figures of the paper, and a data store that is empty before and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from daisy_kernel import registry
from daisy_kernel.datastore import process_store


@pytest.fixture
def figure():
    """The text of a figure."""

    def text(name):
        return (Path(__file__).parent / f"figure_{name}.txt").read_text()

    return text


@pytest.fixture(autouse=True)
def _clean_store():
    process_store().clear()
    yield
    process_store().clear()


@pytest.fixture
def as_installed():
    """What a figure registers under the name of one of our classes is taken back."""
    ours = registry.algorithms.get("AlgTomopyRecon")
    yield
    registry.algorithms.add("AlgTomopyRecon", ours)

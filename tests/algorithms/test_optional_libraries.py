"""A library that is not installed is one clear sentence, and nothing is imported early."""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from daisy_kernel import connect
from daisy_kernel.errors import DaisyError


@pytest.mark.skipif(importlib.util.find_spec("tomopy") is not None, reason="TomoPy is installed")
def test_without_tomopy_its_algorithm_says_where_to_get_it():
    session = connect()
    session["projs"] = np.ones((8, 1, 9), np.float32)
    session["angles"] = np.linspace(0, np.pi, 8, endpoint=False)
    with pytest.raises(DaisyError, match=r"TomoPy is not installed; .*conda-forge"):
        session.engine["AlgTomopyRecon"].execute(
            input_dataobj="projs", theta="angles", center=4, output_dataobj="reco"
        )


def test_without_astra_its_algorithm_says_where_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "astra", None)
    session = connect()
    session["projs"] = np.ones((8, 1, 9), np.float32)
    session["angles"] = np.linspace(0, np.pi, 8, endpoint=False)
    with pytest.raises(DaisyError, match=r"ASTRA Toolbox is not installed .*daisy-xray\[astra\]"):
        session.engine["AlgAstraRecon"].execute(
            input_dataobj="projs", theta="angles", output_dataobj="reco"
        )


def test_listing_the_algorithms_imports_no_optional_library():
    code = (
        "import sys, daisy_kernel; daisy_kernel.connect().algorithms['Reconstruct']; "
        "sys.exit(len({'tomopy', 'pyFAI', 'astra', 'pyspark', 'zarr'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

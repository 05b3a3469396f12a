"""A long series of frames is integrated in the memory of a short one."""

import subprocess
import sys

import h5py
import numpy as np
import pytest

from daisy_kernel import connect
from daisy_kernel.formats import poni_text, write_eiger
from daisy_kernel.simulate import PowderStack

STACK = PowderStack(16, 512, 512, distance_m=0.06, width_rad=2e-3)
FRAME = 4 * 512 * 512
"""[bytes]"""
BUDGET = 40_000_000
CHILD = """
import sys
from pathlib import Path
from daisy_kernel.cli import main
code = main(["run", "powder", *sys.argv[1:]])
# Not getrusage: its maximum is inherited from the process that started this one.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) * 1024)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def geometry(tmp_path_factory):
    path = tmp_path_factory.mktemp("geometry") / "geometry.poni"
    path.write_text(poni_text(STACK.geometry, STACK.wavelength_m))
    return path


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Write sixteen different frames again and again, so many in all."""
    folder, frames = tmp_path_factory.mktemp("series"), STACK.frames()

    def write(n_frame):
        blocks = (frames for _ in range(n_frame // len(frames)))
        return write_eiger(folder / f"{n_frame}_master.h5", blocks, frames_per_file=100)

    return write


@pytest.mark.slow
def test_peak_memory_does_not_depend_on_the_number_of_frames(tmp_path, geometry, series):
    peaks, patterns = {}, {}
    for n_frame in (64, 512):
        words = {
            "scan": series(n_frame),
            "geometry": geometry,
            "output": tmp_path / f"{n_frame}.h5",
        }
        plan = connect().check("powder", **words, memory=BUDGET)
        (stage,) = [item for item in plan["items"] if "integrate" in item["steps"]]
        assert stage["block"] == 16
        assert stage["memory"] < BUDGET
        options = [word for name, value in words.items() for word in (f"--{name}", str(value))]
        child = [sys.executable, "-c", CHILD, *options, "--memory", str(BUDGET)]
        done = subprocess.run(child, check=True, capture_output=True, text=True)
        peaks[n_frame] = int(done.stdout.splitlines()[-1])
        with h5py.File(tmp_path / f"{n_frame}.h5") as file:
            patterns[n_frame] = file["entry/data/I"][()]
    # In blocks of the usual size (an eighth of the series), the longer one takes 120 MB more; the
    # allocator and the order of threads alone move the peak by up to 25 MB from run to run.
    assert abs(peaks[512] - peaks[64]) < 48 * FRAME
    np.testing.assert_array_equal(patterns[512], np.tile(patterns[64][:16], (32, 1)))
    assert patterns[64].max() > 0.8 * STACK.peak_counts

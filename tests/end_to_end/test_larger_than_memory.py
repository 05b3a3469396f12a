"""A scan larger than the memory just works."""

import subprocess
import sys

import numpy as np
import pytest

from daisy_kernel.simulate import TomographyScan, shepp_logan

BUDGET = 100_000_000
CHILD = """
import sys
from pathlib import Path
from daisy_kernel import connect
scan, output, memory = sys.argv[1:]
connect().run("tomography", scan=scan, output=output, center=127.5, memory=memory).wait()
# Not getrusage: its maximum is inherited from the process that started this one.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) * 1024)
"""


@pytest.mark.slow
def test_a_scan_of_three_times_the_budget_gives_the_same_bits_within_the_budget(
    tmp_path, write_scan, volume
):
    scan = TomographyScan(shepp_logan(), n_angle=600, n_row=1000, n_col=256, centre=127.5)
    file = write_scan(scan, tmp_path / "scan.h5")
    assert file.stat().st_size > 3 * BUDGET
    peaks = {}
    for memory in (BUDGET, 8_000_000_000):
        child = [sys.executable, "-c", CHILD, file, tmp_path / f"{memory}.h5", str(memory)]
        done = subprocess.run(child, check=True, capture_output=True, text=True)
        peaks[memory] = int(done.stdout.splitlines()[-1])
    assert peaks[BUDGET] < BUDGET + 500_000_000
    np.testing.assert_array_equal(
        volume(tmp_path / f"{BUDGET}.h5"), volume(tmp_path / "8000000000.h5")
    )

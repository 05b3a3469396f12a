import os
import subprocess
import sys

CODE = """
import numpy as np
from daisy_kernel.numba_kernels import minus_log
result = minus_log(np.full((2, 3, 4), np.exp(-2.0)))
assert np.allclose(result, 2), result
"""


def test_processes_may_fill_the_same_cache_of_compiled_code_at_once(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen([sys.executable, "-c", CODE], env=environment, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
    assert list(tmp_path.rglob("*.nbc"))


def test_importing_the_kernels_compiles_nothing(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    code = "import daisy_kernel.numba_kernels as k; assert k.flat_field and k.fbp_reconstruct"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert not list(tmp_path.rglob("*.nb?"))

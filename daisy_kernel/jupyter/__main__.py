"""Start a Daisy kernel, as its kernelspec says."""

import sys
from pathlib import Path

if __name__ == "__main__":
    # A notebook folder with, say, a random.py must not replace the standard library while the
    # kernel loads; IPython puts the folder back for the notebook's own imports.
    if sys.path[0] == "" or Path(sys.path[0]) == Path.cwd():
        del sys.path[0]

    from ipykernel.kernelapp import IPKernelApp

    from daisy_kernel.jupyter.kernel import DaisyKernel

    IPKernelApp.launch_instance(kernel_class=DaisyKernel)

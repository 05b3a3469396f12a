"""What the kernel does while it is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from queue import Empty

from benchmarks.service.served_kernel import ServedKernel
from daisy_kernel.cli.demo_scan import write_scan
from daisy_kernel.contracts.events import FINAL_STATES
from daisy_kernel.simulate import demo_scan

_LOOP = "n = 0\nwhile True:\n    n += 1"
_WAIT_S = 60.0
_WARM_S = 2.0
"""Until numba has compiled and every thread has a block in work."""


@contextmanager
def _python_loop(kernel: ServedKernel) -> Iterator[None]:
    """A cell that counts in plain Python."""
    cell = kernel.client.execute(_LOOP)
    time.sleep(_WARM_S / 4)
    try:
        yield
        if _is_answered(kernel, cell, 0.0):
            raise RuntimeError("The cell ended while the kernel was asked: look at its error.")
    finally:
        kernel.interrupt()
        _is_answered(kernel, cell, _WAIT_S)


def _is_answered(kernel: ServedKernel, message: str, seconds: float) -> bool:
    """Whether the reply to a message on the shell channel is here or comes in time."""
    try:
        while True:
            reply = kernel.client.get_shell_msg(timeout=seconds)
            if reply["parent_header"].get("msg_id") == message:
                return True
    except Empty:
        return False


@contextmanager
def _run_of_ours(kernel: ServedKernel) -> Iterator[None]:
    """An iterative reconstruction on all processors, which takes longer than all questions."""
    scan = demo_scan(n_angle=181, n_row=512, n_col=256)
    file = kernel.folder / "scan.h5"
    write_scan(scan, file, overwrite=True)
    inputs = {
        "scan": str(file),
        "output": str(kernel.folder / "reconstruction.h5"),
        "center": 127.5,
        "algorithm": "sirt",
        "iterations": 300,
    }
    run = kernel.ask("run.start", workflow="tomography", inputs=inputs, options={"memory": "60MB"})[
        "id"
    ]
    while kernel.ask("run.describe", run=run)["progress"]["fraction"] == 0:
        _make_sure_it_goes_on(kernel, run)
        time.sleep(0.05)
    time.sleep(_WARM_S)
    yield
    _make_sure_it_goes_on(kernel, run)
    kernel.ask("run.cancel", run=run)
    while kernel.ask("run.describe", run=run)["state"] not in FINAL_STATES:
        time.sleep(0.05)


def _make_sure_it_goes_on(kernel: ServedKernel, run: str) -> None:
    described = kernel.ask("run.describe", run=run)
    if described["state"] in FINAL_STATES:
        raise RuntimeError(
            f"The run was {described['state']} before the kernel was asked everything: "
            f"{described['error'] or 'make it longer'}"
        )


LOADS: Mapping[str, Callable[[ServedKernel], AbstractContextManager[None]]] = {
    "idle": lambda kernel: nullcontext(),
    "Python loop in a cell": _python_loop,
    "our run": _run_of_ours,  # last: its threads finish their blocks after it was cancelled
}
"""Name -> within it, the kernel does that."""

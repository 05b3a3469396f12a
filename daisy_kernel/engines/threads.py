"""The in-process executor: blocks in a pool of threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any


class ThreadExecutor:
    """Blocks run in threads; numba kernels and HDF5 reads release Python's global lock."""

    def run_blocks(
        self,
        compute: Callable[[int, int], Any],
        blocks: Iterable[tuple[int, int]],
        done: Callable[[int, int, Any], None],
        workers: int,
    ) -> None:
        """Call `compute(lo, hi)` for every block and `done(lo, hi, result)` as each is ready.

        At most `workers` blocks are in memory; the first error stops the rest and is raised.
        """
        todo = iter(blocks)
        stop = threading.Event()
        lock = threading.Lock()

        def worker() -> None:
            while not stop.is_set():
                with lock:
                    block = next(todo, None)
                if block is None:
                    return
                result = compute(*block)
                with lock:
                    if not stop.is_set():
                        done(*block, result)
                del result

        with ThreadPoolExecutor(workers, thread_name_prefix="daisy-block") as pool:
            running: set[Future[None]] = {pool.submit(worker) for _ in range(workers)}
            try:
                while running:
                    # A timeout keeps Ctrl-C alive: a bare wait cannot be interrupted everywhere.
                    finished, running = wait(running, 0.2, FIRST_COMPLETED)
                    for future in finished:
                        future.result()
            except BaseException:
                stop.set()
                raise

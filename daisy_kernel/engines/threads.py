"""The in-process executor: blocks in a pool of threads."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence

from daisy_kernel.contracts.engine import BlockWatch, BlockWork
from daisy_kernel.engines.isolation import IsolatedProcesses

POLL_S = 0.1
"""How often somebody looks whether the run was cancelled; also keeps Ctrl-C alive."""
GRACE_S = 1.0
"""How long the blocks in work may go on after the run was stopped, before they are left alone."""


class ThreadExecutor:
    """Blocks run in threads; numba kernels and HDF5 reads release Python's global lock."""

    def run_blocks(
        self,
        work: BlockWork,
        blocks: Sequence[tuple[int, int]],
        workers: int,
        watch: BlockWatch,
    ) -> None:
        """Compute and store every block; `watch` hears of each as it is ready.

        At most `workers` blocks are in memory. The first error stops the rest and is raised, also
        one that `watch.poll` raises: a thread cannot be stopped, but what it computes is not stored
        then; the processes of isolated algorithms are killed.
        """
        todo = iter(blocks)
        stop = threading.Event()
        lock = threading.Lock()
        ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        processes = IsolatedProcesses()

        def run() -> None:
            while True:
                with lock:
                    block = None if stop.is_set() else next(todo, None)
                if block is None:
                    return
                result = work.compute(*block, watch.log)
                with lock:
                    if not stop.is_set():
                        watch.done(*block, work.store(*block, result))
                del result

        def worker() -> None:
            try:
                with processes.at_hand():
                    run()
            except BaseException as error:
                ended.put(error)
            else:
                ended.put(None)

        # Not a ThreadPoolExecutor: Python would wait for its threads before it exits.
        threads = [
            threading.Thread(target=worker, name=f"daisy-block-{i}", daemon=True)
            for i in range(workers)
        ]
        for thread in threads:
            thread.start()
        try:
            running = len(threads)
            while running:
                try:
                    error = ended.get(timeout=POLL_S)
                except queue.Empty:
                    watch.poll()
                    continue
                running -= 1
                if error is not None:
                    raise error
            watch.poll()
        except BaseException:
            with lock:  # no block is being written now, and none will be
                stop.set()
            processes.kill()
            deadline = time.monotonic() + GRACE_S
            for thread in threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            raise

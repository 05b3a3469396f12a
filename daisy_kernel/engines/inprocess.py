"""The engine that computes in this process."""

from __future__ import annotations

from daisy_kernel.configuration import Configuration
from daisy_kernel.contracts.engine import Executor
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.engines.memory import Budget, default_budget
from daisy_kernel.engines.run_log import RunLog
from daisy_kernel.engines.threads import ThreadExecutor
from daisy_kernel.engines.workflow_engine import WorkflowEngine


class InProcessEngine(WorkflowEngine):
    """Runs a workflow here, in a pool of threads."""

    name = "inprocess"

    def _workplace(
        self, options: RunOptions, configuration: Configuration
    ) -> tuple[Executor, Budget]:
        memory = options.memory_bytes or configuration.memory_bytes
        return ThreadExecutor(), default_budget(memory, options.threads or configuration.threads)

    def _get_ready(self, log: RunLog) -> None:
        """Threads need no preparation."""

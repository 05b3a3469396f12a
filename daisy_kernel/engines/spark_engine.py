"""The engine that computes on Apache Spark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from daisy_kernel.configuration import Configuration, parse_size
from daisy_kernel.contracts.engine import Executor
from daisy_kernel.contracts.run import RunOptions
from daisy_kernel.engines.memory import Budget, default_budget
from daisy_kernel.engines.run_log import RunLog
from daisy_kernel.engines.spark_configuration import SparkConfiguration, spark_configuration
from daisy_kernel.engines.spark_context import connect
from daisy_kernel.engines.spark_executor import SparkExecutor
from daisy_kernel.engines.workflow_engine import WorkflowEngine
from daisy_kernel.errors import Cancelled

CARRIED_BYTES = 8 << 20
"""Larger objects go through files: between processes of Spark they would move ten times slower."""


class SparkEngine(WorkflowEngine):
    """Runs a workflow on the machines of a Spark cluster, as configured in the table [spark].

    The same steps, the same blocks and therefore the same numbers as in one process.
    """

    name = "spark"

    def initialize(self, environment: Mapping[str, Any], algorithms_cfg: Mapping[str, Any]) -> None:
        """Take the algorithms and their parameters; Spark starts meanwhile."""
        if not self._recorder.is_planning:
            connect(self._spark, self._runs)
        super().initialize(environment, algorithms_cfg)

    def _workplace(
        self, options: RunOptions, configuration: Configuration
    ) -> tuple[Executor, Budget]:
        self._spark = spark_configuration(configuration)
        self._given = options
        self._memory = memory = options.memory_bytes or configuration.memory_bytes
        executor = SparkExecutor(self._context, self._runs)
        return executor, _budget(self._spark, memory, options.threads or self._spark.cores or 1)

    def _context(self, poll: Callable[[], None]) -> Any:
        return connect(self._spark, self._runs).wait(poll)

    def _get_ready(self, log: RunLog) -> None:
        def poll() -> None:
            if log.folder.is_cancelled():
                raise Cancelled("The run was cancelled.")

        self.log("info", f"computes on {self._spark.master}")
        cores = int(self._context(poll).defaultParallelism)
        if self._given.threads is None:
            self._budget = _budget(self._spark, self._memory, cores)
            self.options = replace(
                self.options, memory_bytes=self._budget.memory_bytes, threads=cores
            )
            log.update(options=self.options)


def _budget(spark: SparkConfiguration, memory: int | None, workers: int) -> Budget:
    """Memory and workers of the whole cluster; without settings its machines count as this one."""
    here = default_budget()
    of_one = here.memory_bytes // here.workers
    cores = spark.executor_cores or here.workers
    if spark.python_memory:
        of_one = parse_size(spark.python_memory) // cores
    total = memory or of_one * workers
    return Budget(total, workers, CARRIED_BYTES, min(total, of_one * cores))

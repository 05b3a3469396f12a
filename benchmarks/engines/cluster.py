"""A real cluster on this machine for the time of a benchmark."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.workflow_runs import variable
from daisy_kernel.configuration import read_configuration
from daisy_kernel.engines import spark_cluster
from daisy_kernel.engines.spark_configuration import spark_configuration
from daisy_kernel.engines.spark_context import connect, disconnect

_HOSTS = ["127.0.0.1", "127.0.0.2"]
_WORKER_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Ready:
    """A cluster that computes for this process."""

    seconds: float
    """From asking for a SparkContext to the end of its self-test; the cluster was up."""


@contextmanager
def cluster_of_two(folder: Path) -> Iterator[Ready]:
    """Two workers with a core each, which the Spark engine of this process uses.

    Parameters
    ----------
    folder
        For the files of the cluster and the configuration.
    """
    home = folder / "cluster"
    state = spark_cluster.start(home, _HOSTS, 1, _WORKER_BYTES)
    configuration = folder / "config.toml"
    configuration.write_text(
        f'[spark]\nmaster = "{state.url}"\nsecret_file = "{state.secret_file}"\n'
    )
    try:
        with variable("DAISY_CONFIG", str(configuration)):
            began = time.perf_counter()
            settings = read_configuration()
            connect(spark_configuration(settings), settings.run_directory).wait(lambda: None)
            yield Ready(time.perf_counter() - began)
    finally:
        disconnect()
        spark_cluster.stop(home)

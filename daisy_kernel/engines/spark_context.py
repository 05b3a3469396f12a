"""The one SparkContext of this process: started in the background, tested, kept, ended."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from daisy_kernel.engines.spark_configuration import SparkConfiguration
from daisy_kernel.engines.spark_java import java_home
from daisy_kernel.engines.spark_self_test import self_test
from daisy_kernel.engines.spark_settings import spark_home, write_private, write_settings
from daisy_kernel.errors import DaisyError, RunConflict

_LOG = """rootLogger.level = warn
rootLogger.appenderRef.file.ref = file
appender.file.type = File
appender.file.name = file
appender.file.fileName = {file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{yyyy-MM-dd HH:mm:ss}} %p %c{{1}}: %m%n%ex
"""
REGISTERED_S = 60.0
"""How long the first executor may take; those of a busy cluster come when it has room."""
_STEADY_S = 1.0
"""The others come soon after the first: for so long their number has to stay as it is."""
_LOOK_S = 0.1
_END_S = 10.0
_ANSWER_S = 5.0


class SparkConnection:
    """A SparkContext that may still be on its way.

    Parameters
    ----------
    configuration
        Where and with what it computes.
    runs
        Folder that this process and all workers see.
    """

    def __init__(self, configuration: SparkConfiguration, runs: Path):
        self.configuration, self._runs = configuration, runs
        self._context: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._start, name="daisy-spark-start", daemon=True)
        self._thread.start()

    @property
    def is_usable(self) -> bool:
        """Whether it is on its way or there; not, if it failed or Spark ended."""
        if self._thread.is_alive():
            return True
        return self._context is not None and not _is_stopped(self._context)

    def wait(self, poll: Callable[[], None]) -> Any:
        """The SparkContext.

        Parameters
        ----------
        poll
            Called while it starts; raises when nobody waits any more.

        Raises
        ------
        DaisyError
            If Spark cannot be started or has no worker that fits.
        """
        while self._thread.is_alive():
            poll()
            self._thread.join(_LOOK_S)
        if self._error is not None:
            raise self._error
        return self._context

    def stop(self) -> None:
        """End Spark and its Java."""
        self._thread.join(REGISTERED_S)
        context, self._context = self._context, None
        _end(context)

    def _start(self) -> None:
        context = None
        try:
            _require_master(self.configuration.master)
            context = _launch(self.configuration)
            _wait_for_executor(context, self.configuration)
            self_test(context, self._runs)
            self._context = context
        except Exception as error:
            self._error = error if isinstance(error, DaisyError) else _failed(error)
            _end(context)


_lock = threading.Lock()
_connection: SparkConnection | None = None


def connect(configuration: SparkConfiguration, runs: Path) -> SparkConnection:
    """The connection of this process; begins to start Spark if it is not there (any more).

    Raises
    ------
    RunConflict
        If this process uses Spark in another way already.
    """
    global _connection
    with _lock:
        if _connection is not None and _connection.is_usable:
            if _connection.configuration != configuration:
                raise RunConflict(
                    f"This kernel computes on {_connection.configuration.master} already: restart "
                    "it to use other settings for Spark."
                )
            return _connection
        if _connection is not None:
            _connection.stop()
        _connection = SparkConnection(configuration, runs)
        return _connection


def disconnect() -> None:
    """End Spark, if it was started."""
    global _connection
    with _lock:
        if _connection is not None:
            _connection.stop()
        _connection = None


atexit.register(disconnect)


def log_file() -> Path:
    """Where the Java of this process writes what goes wrong."""
    folder: Path = platformdirs.user_log_path("daisy", ensure_exists=True)
    return folder / "spark.log"


def _launch(configuration: SparkConfiguration) -> Any:
    home = spark_home()
    environment = {
        "JAVA_HOME": str(java_home()),
        "PYSPARK_PYTHON": configuration.python,
        "SPARK_LOCAL_IP": configuration.address,
        "SPARK_HOME": os.environ.get("SPARK_HOME", str(home)),
    }
    settings = configuration.settings()
    from pyspark import SparkContext

    if SparkContext._active_spark_context is not None:
        raise RunConflict(
            "This kernel has a SparkContext that Daisy did not make: stop it first, or restart the "
            "kernel."
        )
    # The secret goes through a file: words of a command line can be read by everybody.
    folder = Path(tempfile.mkdtemp(prefix="daisy-spark-"))
    before = dict(os.environ)
    try:
        write_settings(folder, settings)
        write_private(folder / "log4j2.properties", _LOG.format(file=log_file()))
        os.environ.update(environment, SPARK_CONF_DIR=str(folder))
        return SparkContext()
    finally:
        for name in (*environment, "SPARK_CONF_DIR"):
            if name in before:
                os.environ[name] = before[name]
            else:
                os.environ.pop(name, None)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for_executor(context: Any, configuration: SparkConfiguration) -> None:
    """SparkContext() gives a context even when the master has refused it.

    Blocks and threads are chosen by the cores that are there afterwards.
    """
    deadline = time.monotonic() + REGISTERED_S
    count, since = 0, time.monotonic()
    while (now := time.monotonic()) < deadline and not _is_stopped(context):
        before, count = count, _n_executor(context)
        if count != before:
            since = now
        is_complete = _is_local(context) or count == configuration.executors
        if is_complete or (count and now - since >= _STEADY_S):
            return
        time.sleep(_LOOK_S)
    if count and not _is_stopped(context):  # more and more of them, all the time
        return
    raise DaisyError(
        f"No worker of {configuration.master} computes for us: see 'daisy cluster status' whether "
        "it runs and has free cores and memory, and whether secret_file is that of this cluster."
    )


def has_workers(context: Any) -> bool:
    """Whether a context has somebody who computes; in one process, it does that itself."""
    return _is_local(context) or _n_executor(context) > 0


def _n_executor(context: Any) -> int:
    n_block_manager: int = context._jsc.sc().getExecutorMemoryStatus().size()
    return n_block_manager - 1  # one is the driver


def _is_local(context: Any) -> bool:
    return str(context.master).startswith("local")


def _require_master(master: str) -> None:
    """Spark itself asks a master that is not there for a minute."""
    if not master.startswith("spark://"):
        return
    for place in master.removeprefix("spark://").split(","):
        host, _, port = place.rpartition(":")
        with suppress(OSError, ValueError, OverflowError):
            socket.create_connection((host.strip("[]"), int(port)), _ANSWER_S).close()
            return
    raise DaisyError(
        f"No cluster answers at {master}: start it ('daisy cluster start'), or mend master in the "
        "table [spark] of the configuration."
    )


def _is_stopped(context: Any) -> bool:
    try:
        return bool(context._jsc is None or context._jsc.sc().isStopped())
    except Exception:  # its Java is gone
        return True


def _end(context: Any) -> None:
    """End a context together with its Java, so that the next one starts from its own settings."""
    try:
        from pyspark import SparkContext
    except ImportError:
        return
    if context is not None:
        with suppress(Exception):
            context.stop()
    gateway = SparkContext._gateway
    if gateway is None:
        return
    SparkContext._gateway = SparkContext._jvm = SparkContext._active_spark_context = None
    with suppress(Exception):
        gateway.shutdown()
    process = gateway.proc
    with suppress(OSError):
        process.stdin.close()  # its Java ends with it
    try:
        process.wait(_END_S)
    except Exception:
        process.kill()


def _failed(error: Exception) -> DaisyError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    message = (told or lines or [type(error).__name__])[-1 if told else 0]
    return DaisyError(f"Spark did not start ({message}): what its Java said is in {log_file()}.")

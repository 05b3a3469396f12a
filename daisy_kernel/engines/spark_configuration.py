"""The table ``[spark]`` of the facility's configuration: where and with what Spark computes."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from daisy_kernel.configuration import Configuration, parse_size
from daisy_kernel.engines.memory import usable_cores
from daisy_kernel.engines.spark_settings import ONE_THREAD, QUICK_JAVA, has_control
from daisy_kernel.errors import FileProblem, InvalidParameter

ALLOWED = (
    "spark.blockManager.port",
    "spark.cores.max",
    "spark.driver.port",
    "spark.executor.heartbeatInterval",
    "spark.kubernetes.",
    "spark.local.dir",
    "spark.locality.wait",
    "spark.network.timeout",
    "spark.port.maxRetries",
    "spark.scheduler.",
    "spark.speculation",
    "spark.task.maxFailures",
    "spark.yarn.",
)
"""Beginnings of settings that ``[spark.conf]`` may hold. Options of Java, jars, archives and other
Pythons are not among them: whoever sets those runs code as the user of the kernel."""
_NEVER = (
    "javaoptions",
    "jar",
    "archive",
    "python",
    "classpath",
    "librarypath",
    "secret",
    "files",
    "env.",
    "template",
    "hostpath",
    "volumes.nfs",
)
_ATTEMPTS = 4
_NAME = re.compile(r"[A-Za-z0-9._-]+")
"""Of a setting: Java reads a backslash in a name as the beginning of another letter."""
_MASTERS = re.compile(r"local(\[(\d+|\*)\])?|spark://.+|k8s://.+|yarn")


@dataclass(frozen=True)
class SparkConfiguration:
    """Where and with what Spark computes."""

    master: str = "local[*]"
    """``local[*]``, ``spark://HOST:PORT``, ``k8s://...`` or ``yarn``."""
    secret_file: Path | None = None
    """File with the secret of the cluster, which only its owner may read."""
    python_env: Path | None = None
    """Environment on every machine of the cluster; None: that of this process."""
    executors: int | None = None
    """Processes of Java that run Python workers; None: as many as the cluster has room for."""
    executor_cores: int | None = None
    """Blocks computed at once by one of them."""
    executor_memory: str = "1g"
    """Heap of Java in each, which holds no array."""
    python_memory: str | None = None
    """Memory of all Python workers of an executor together; None: as this machine has per core."""
    address: str = "127.0.0.1"
    """Of this machine, as the workers see it."""
    conf: Mapping[str, str] = field(default_factory=dict)
    """Further settings of Spark."""

    @property
    def python(self) -> str:
        """The interpreter that the workers use."""
        return str(self.python_env / "bin/python") if self.python_env else sys.executable

    @property
    def is_local(self) -> bool:
        """Whether everything happens in processes of this machine, without a cluster."""
        return self.master.startswith("local")

    @property
    def _makes_its_secret(self) -> bool:
        """Whether Spark makes a secret for each application and brings it to its executors."""
        return self.is_local or self.master == "yarn" or self.master.startswith("k8s://")

    @property
    def cores(self) -> int | None:
        """Blocks computed at once, as far as it is known before Spark is asked."""
        if self.is_local:
            count = self.master.removeprefix("local").strip("[]")
            return usable_cores() if count == "*" else int(count or 1)
        if self.executors and self.executor_cores:
            return self.executors * self.executor_cores
        return None

    def settings(self) -> dict[str, str]:
        """What Spark is started with; holds the secret.

        Raises
        ------
        FileProblem
            If the secret cannot be read, or others can read it, too.
        """
        settings = {
            "spark.app.name": "daisy",
            "spark.master": f"local[{self.cores},{_ATTEMPTS}]" if self.is_local else self.master,
            "spark.task.maxFailures": str(_ATTEMPTS),
            "spark.driver.host": self.address,
            "spark.driver.bindAddress": self.address,
            "spark.executor.memory": self.executor_memory,
            # What tasks tell is small, but a reduction may have many partial values.
            "spark.driver.maxResultSize": "0",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.pyspark.python": self.python,
            "spark.pyspark.driver.python": sys.executable,
            "spark.driver.extraJavaOptions": QUICK_JAVA,
            "spark.executor.extraJavaOptions": QUICK_JAVA,
            # A cancelled task ends with its Python process, not with its last block.
            "spark.python.task.killTimeout": "200ms",
            "spark.python.worker.faulthandler.enabled": "true",
            # A straggler is computed a second time elsewhere; the block is the same.
            "spark.speculation": "true",
            "spark.speculation.interval": "500ms",
            "spark.speculation.multiplier": "3",
            "spark.speculation.quantile": "0.6",
            # A machine that does not answer any more is given up after a minute.
            "spark.network.timeout": "60s",
            "spark.executor.heartbeatInterval": "5s",
            **{f"spark.executorEnv.{name}": value for name, value in ONE_THREAD.items()},
        }
        if self.executors:
            settings["spark.executor.instances"] = str(self.executors)
        if self.executor_cores:
            settings["spark.executor.cores"] = str(self.executor_cores)
            if self.executors:
                settings["spark.cores.max"] = str(self.executors * self.executor_cores)
        if self.python_memory:
            mib = parse_size(self.python_memory) // 2**20
            settings["spark.executor.pyspark.memory"] = f"{mib}m"
        # Within one machine, too: its other users reach the ports of the driver.
        if self.secret_file is not None or self._makes_its_secret:
            settings["spark.authenticate"] = "true"
            settings["spark.network.crypto.enabled"] = "true"
        if self.secret_file is not None:
            settings["spark.authenticate.secret"] = _secret(self.secret_file)
        return settings | dict(self.conf)


def spark_configuration(configuration: Configuration) -> SparkConfiguration:
    """The table ``[spark]``, checked.

    Raises
    ------
    InvalidParameter
        For an entry that does not exist or may not be set.
    """
    known = {f.name: f for f in fields(SparkConfiguration)}
    values: dict[str, Any] = dict(configuration.spark)
    for name, value in values.items():
        if name not in known:
            raise _refused(configuration, f"unknown entry {name!r}; known: {', '.join(known)}")
        if name in ("executors", "executor_cores"):
            fits = isinstance(value, int) and not isinstance(value, bool) and value > 0
        else:
            fits = isinstance(value, dict if name == "conf" else str)
        if not fits:
            raise _refused(configuration, f"{name} cannot be {value!r}")
        if isinstance(value, str) and has_control(value):
            raise _refused(configuration, f"{name} cannot be {value!r}: write it in one line")
    for name in ("secret_file", "python_env"):
        if name in values:
            values[name] = Path(values[name]).expanduser()
    if not _MASTERS.fullmatch(values.get("master", "local[*]")):
        raise _refused(
            configuration,
            f"master cannot be {values['master']!r}: write local[*], spark://HOST:PORT, k8s://... "
            "or yarn",
        )
    if "python_memory" in values:
        parse_size(values["python_memory"])
    conf = {name: str(value) for name, value in values.pop("conf", {}).items()}
    for name, value in conf.items():
        _require_allowed(configuration, name, value)
    return SparkConfiguration(**values, conf=conf)


def _require_allowed(configuration: Configuration, name: str, value: str) -> None:
    is_known = _NAME.fullmatch(name) and name.startswith(ALLOWED)
    if not is_known or any(no in name.lower() for no in _NEVER):
        shown = name if _NAME.fullmatch(name) else repr(name)
        raise _refused(
            configuration,
            f"{shown} cannot be set in [spark.conf]; what begins with one of these can: "
            f"{', '.join(ALLOWED)}",
        )
    if has_control(value):  # the next line would be another setting, whatever its name
        raise _refused(
            configuration,
            f"{name} in [spark.conf] cannot be {value!r}: write it in one line",
        )


def _secret(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise FileProblem(
                f"The secret in {path} can be read by others: chmod 600, or make a new one."
            )
        return path.read_text().strip()
    except OSError as error:
        if isinstance(error, FileProblem):
            raise
        raise FileProblem(
            f"The secret of the Spark cluster in {path} cannot be read: {error.strerror}."
        ) from error


def _refused(configuration: Configuration, what: str) -> InvalidParameter:
    return InvalidParameter(f"{configuration.source}, [spark]: {what}.")

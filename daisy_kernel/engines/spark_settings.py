"""What a process of Spark is started with: programs, settings, and where it finds the secret."""

from __future__ import annotations

import os
import sys
import tempfile
import unicodedata
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from daisy_kernel.engines.spark_java import java_home
from daisy_kernel.errors import InvalidParameter, MissingLibrary

ONE_THREAD = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
"""A core of an executor runs one block; threads within it would compete with its neighbours."""
QUICK_JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""Java computes nothing here: the quick compiler alone has it up in half the time."""
_JAVA_OPTIONS = f"-Dspark.port.maxRetries=0 {QUICK_JAVA}"
"""A port that was asked for and is taken is an error, not a reason to take the next one."""
_LOG = """rootLogger.level = info
rootLogger.appenderRef.file.ref = file
appender.file.type = Console
appender.file.name = file
appender.file.target = SYSTEM_ERR
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss} %p %c{1}: %m%n%ex
"""
"""Standard error of every process of a cluster is a file."""


def spark_home() -> Path:
    """The folder of the package pyspark, without importing it.

    Raises
    ------
    MissingLibrary
        If it is not installed.
    """
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise MissingLibrary("Spark is not installed: pip install 'daisy-xray[spark]'.")
    return Path(spec.origin).parent


def write_settings(folder: Path, settings: Mapping[str, str]) -> None:
    """Make a folder for $SPARK_CONF_DIR that only its owner can read.

    Secrets belong here: `--conf` and `-D` can be read by everybody in the list of processes.

    Parameters
    ----------
    folder
        Made if it is not there.
    settings
        Name of a setting, such as "spark.authenticate" -> value.

    Raises
    ------
    InvalidParameter
        If one holds a line break, behind which another setting would begin.
    """
    for name, value in settings.items():
        if has_control(name) or has_control(value):  # the value may be a secret: it is not shown
            raise InvalidParameter(
                f"The setting {name!r} of Spark has a line break or another control character: "
                "write it in one line."
            )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    # Java reads a backslash as the beginning of another letter, or of a longer line.
    lines = [f"{name} {value}\n".replace("\\", "\\\\") for name, value in settings.items()]
    write_private(folder / "spark-defaults.conf", "".join(lines))
    write_private(folder / "log4j2.properties", _LOG)


def has_control(text: str) -> bool:
    """Whether a text has a line break or another control character."""
    return any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in text)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; a reader sees the old or the new one."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:  # mkstemp has made it 0600
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def spark_environment(settings: Path, address: str, memory_mib: int) -> dict[str, str]:
    """The environment of a master or worker; nothing that the user has set for Spark is in it.

    Parameters
    ----------
    settings
        Folder that `write_settings` has made.
    address
        Where its web page listens.
    memory_mib
        Largest size of the heap of its Java.
    """
    foreign = ("SPARK_", "_SPARK_", "PYSPARK_", "HADOOP_CONF", "YARN_CONF")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    return {
        **environment,
        **ONE_THREAD,
        "JAVA_HOME": str(java_home()),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(spark_home()),
        "SPARK_CONF_DIR": str(settings),
        "SPARK_LOCAL_DIRS": tempfile.gettempdir(),
        "SPARK_LOCAL_IP": address,
        "SPARK_DAEMON_MEMORY": f"{memory_mib}m",
        "SPARK_DAEMON_JAVA_OPTS": _JAVA_OPTIONS,
    }

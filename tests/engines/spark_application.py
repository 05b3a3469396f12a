"""A driver in a process of its own. Arguments: url of the master, file with the secret, a folder.

Answers every line on standard input with the sum that a job on the cluster gives.
"""

import os
import sys
from pathlib import Path

from daisy_kernel.engines.spark_java import java_home
from daisy_kernel.engines.spark_settings import write_settings

url, secret_file, folder = sys.argv[1:]
write_settings(
    Path(folder),
    {
        "spark.authenticate": "true",
        "spark.authenticate.secret": Path(secret_file).read_text().strip(),
        "spark.network.crypto.enabled": "true",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.executor.memory": "512m",
    },
)
os.environ |= {
    "SPARK_CONF_DIR": folder,
    "JAVA_HOME": str(java_home()),
    "PYSPARK_PYTHON": sys.executable,
    "SPARK_LOCAL_IP": "127.0.0.1",
}

from pyspark import SparkConf, SparkContext  # noqa: E402 - reads the environment


def work(number):
    import os

    return number + 10**6 * (os.environ["OMP_NUM_THREADS"] != "1")


context = SparkContext(conf=SparkConf().setMaster(url).setAppName("test"))
sys.stdout.write("began\n")
sys.stdout.flush()
for _ in sys.stdin:
    sys.stdout.write(f"{context.parallelize(range(100), 4).map(work).sum()}\n")
    sys.stdout.flush()
context.stop()

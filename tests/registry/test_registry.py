"""Plug-ins by name; a broken one is named and breaks nothing."""

import sys
import threading
import warnings
from importlib.metadata import EntryPoint
from typing import Annotated

import pytest

from daisy_kernel import Algorithm, Input, registry
from daisy_kernel.errors import DaisyError, UnknownName
from daisy_kernel.registry import Registry
from daisy_kernel.registry.schema import check_algorithm

PLUGIN = """
from typing import Annotated, Any
from daisy_kernel import Algorithm, Input

class Good(Algorithm):
    def execute(self, *, input_dataobj: Annotated[str, Input("row")]) -> None: ...

class Loose(Algorithm):
    def execute(self, *, input_dataobj: Annotated[str, Input("row")], **kwargs: Any) -> None: ...

not_a_class = 5
"""


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """A registry with the entry points of an installed package."""
    (tmp_path / "beamline_plugin.py").write_text(PLUGIN)
    (tmp_path / "broken_plugin.py").write_text("import a_library_that_is_not_there\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    points = {
        "Good": "beamline_plugin:Good",
        "Loose": "beamline_plugin:Loose",
        "Number": "beamline_plugin:not_a_class",
        "Missing": "beamline_plugin:Misspelt",
        "Broken": "broken_plugin:Anything",
        "Gone": "uninstalled_plugin:Anything",
    }
    made = Registry("algorithm", "test.algorithms", check_algorithm)
    made._entry_points = {n: EntryPoint(n, v, "test.algorithms") for n, v in points.items()}
    yield made
    sys.modules.pop("beamline_plugin", None)


def test_a_plugin_is_imported_when_it_is_asked_for(plugins):
    assert "Good" in plugins.names()
    assert "beamline_plugin" not in sys.modules
    assert plugins.get("Good").__name__ == "Good"
    assert plugins.get("Good") is plugins.get("Good")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Broken", "a_library_that_is_not_there"), ("Gone", "uninstalled_plugin"),
     ("Missing", "Misspelt"), ("Loose", "kwargs"), ("Number", "not an algorithm class")],
)  # fmt: skip
def test_a_broken_plugin_says_why_when_it_is_asked_for(plugins, name, hint):
    with pytest.raises(DaisyError) as caught:
        plugins.get(name)
    assert hint in str(caught.value)
    assert name in str(caught.value)


def test_broken_plugins_are_named_in_warnings_and_do_not_break_the_listing(plugins):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert list(plugins.all()) == ["Good"]
    messages = [str(w.message) for w in caught]
    assert len(messages) == 5
    for name in ("Broken", "Gone", "Missing", "Loose", "Number"):
        assert sum(f"'{name}'" in message for message in messages) == 1


def test_an_unknown_name_is_answered_with_the_nearest(plugins):
    with pytest.raises(UnknownName, match="Did you mean 'Good'"):
        plugins.get("Goood")


def test_what_a_notebook_adds_replaces_what_is_installed(plugins):
    plugins.add("Good", 1)
    plugins.add("Broken", 2)
    assert (plugins.get("Good"), plugins.get("Broken")) == (1, 2)


def test_a_plugin_that_registers_something_while_it_is_imported_does_not_block(plugins, tmp_path):
    (tmp_path / "busy_plugin.py").write_text(
        "import threading\nfrom registry_of_the_test import made\n"
        "other = threading.Thread(target=lambda: made.add('Extra', 3))\n"
        "other.start(); other.join(5)\nassert not other.is_alive()\n"
        "from beamline_plugin import Good\n"
    )
    module = type(sys)("registry_of_the_test")
    module.made = plugins
    sys.modules["registry_of_the_test"] = module
    plugins._entry_points["Busy"] = EntryPoint("Busy", "busy_plugin:Good", "test.algorithms")
    try:
        assert plugins.get("Busy").__name__ == "Good"
        assert plugins.get("Extra") == 3
    finally:
        del sys.modules["registry_of_the_test"], sys.modules["busy_plugin"]


def test_several_threads_get_the_same_plugin(plugins):
    found = []
    threads = [threading.Thread(target=lambda: found.append(plugins.get("Good"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(plugin) for plugin in found}) == 1


def test_what_is_installed_can_all_be_used():
    assert {"LoadHDF5", "SaveHDF5", "Normalize", "Reconstruct"} <= set(registry.algorithms.all())
    assert {"inprocess", "pyworkflowEngine"} <= set(registry.engines.all())
    assert "tomography" in registry.workflows.all()


@pytest.mark.parametrize("thing", [5, "Normalize", dict, Algorithm("x")])
def test_only_algorithm_classes_can_be_added(thing):
    with pytest.raises(DaisyError, match="not an algorithm class"):
        registry.add(thing)


def test_an_algorithm_without_execute_cannot_be_added():
    with pytest.raises(DaisyError, match="no execute"):
        registry.add(type("Nothing", (Algorithm,), {}))


@pytest.mark.parametrize(
    ("members", "hint"),
    [
        ({"along": ("angle",)}, "along"),
        ({"along": "row"}, "tuple"),
        ({"along": ("row",), "halo": {"col": 1}}, "halo"),
        ({"along": ("row",), "renames": {"col": "x"}}, "renames"),
        ({"along": ("row",), "combine": {"sum": sum}}, "combines"),
        ({"along": ("row",), "step": 0}, "step"),
    ],
)
def test_a_class_that_contradicts_itself_cannot_be_added(members, hint):
    class Plain(Algorithm):
        def execute(self, *, input_dataobj: Annotated[str, Input("row", "col")]) -> None: ...

    with pytest.raises(DaisyError, match=hint):
        registry.add(type("Wrong", (Plain,), members))


def test_a_class_that_may_be_cut_cannot_read_lazily():
    class Both(Algorithm):
        along = ("row",)

        def execute(self, *, input_dataobj: Annotated[str, Input("row", lazy="row")]) -> None: ...

    with pytest.raises(DaisyError, match="lazily"):
        registry.add(Both)

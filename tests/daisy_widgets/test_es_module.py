"""The viewer's ES module, as the browser gets it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from daisy_widgets import SliceViewer
from daisy_widgets.es_module import es_module
from daisy_widgets.slice_viewer import COLORMAPS, SCALES

STATIC = Path(sys.modules["daisy_widgets"].__file__).parent / "static"
MODULES = [f for f in sorted(STATIC.glob("*.js")) if "export default" in f.read_text("utf-8")]


def test_files_are_joined_once_each_with_the_imported_ones_first(tmp_path):
    (tmp_path / "a.js").write_text("export const a = 1;\n")
    (tmp_path / "b.js").write_text("import { a } from './a.js';\nexport class B {}\n")
    (tmp_path / "c.js").write_text(
        "import { a } from './a.js';\nimport {\n  B\n} from './b.js';\n\nexport default { a, B };\n"
    )

    joined = " ".join(es_module(tmp_path / "c.js").split())
    assert joined == "const a = 1; class B {} export default { a, B };"


def test_the_module_needs_nothing_else_and_evaluates_no_text():
    module = str(SliceViewer(((1, 2), (3, 4)))._esm).replace("http://www.w3.org/2000/svg", "")

    assert re.findall(r"^export .*$", module, re.MULTILINE) == ["export default { render };"]
    assert not re.search(r"^import |\beval\(|new Function|innerHTML|https?:", module, re.MULTILINE)


def test_every_file_beside_the_modules_is_part_of_one():
    modules = [es_module(file) for file in MODULES]

    for file in STATIC.glob("*.js"):
        last = file.read_text(encoding="utf-8").splitlines()[-1]
        assert any(last in module for module in modules), file.name


def test_browser_and_python_know_the_same_colour_maps():
    text = (STATIC / "colormaps.js").read_text(encoding="utf-8")
    names = re.findall(r"^  (?:'([\w -]+)'|(\w+)):", text, re.MULTILINE)

    assert tuple(quoted or bare for quoted, bare in names) == COLORMAPS


def test_browser_and_python_know_the_same_scales():
    text = (STATIC / "scales.js").read_text(encoding="utf-8")

    assert tuple(re.findall(r"^  (\w+): \{", text, re.MULTILINE)) == SCALES


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node on this machine")
@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.stem)
def test_the_module_can_be_parsed(tmp_path, file):
    (tmp_path / "module.mjs").write_text(es_module(file), encoding="utf-8")

    subprocess.run(["node", "--check", tmp_path / "module.mjs"], check=True)

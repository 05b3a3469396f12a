import importlib.util

import pytest

from daisy_kernel.cli import app as command
from daisy_widgets.app_page import FILE_VARIABLE, FOLDER_VARIABLE, PAGES, app_page


def test_without_voila_the_way_to_install_it_is_named(daisy, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(command, "find_spec", lambda name: None if name == "voila" else find(name))
    said = daisy("app", "tomography")
    assert said.code == 1
    assert said.err.strip().endswith('is not installed: pip install "daisy-xray[app]".')
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["tomografy"], "tomografy"),
        (["viewer"], "the viewer needs a file"),
        (["powder", "scan.h5"], "only the viewer has one"),
    ],
)
def test_words_that_make_no_sense_are_refused(daisy, words, sentence):
    said = daisy("app", *words)
    assert said.code == 2
    assert sentence in said.err


def test_a_file_that_is_not_there_is_named(daisy):
    said = daisy("app", "viewer", "nowhere.h5")
    assert (said.code, said.err.strip()) == (
        1,
        "daisy: nowhere.h5 does not exist: give the path of a file to look at.",
    )


# ipympl's toolbar calls a constructor of matplotlib without its argument.
@pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")
def test_every_app_has_its_page_and_a_page_says_what_is_wrong(monkeypatch, tmp_path):
    assert sorted(path.stem for path in PAGES.glob("*.ipynb")) == sorted(command._APPS)
    assert PAGES == command._PAGES
    (tmp_path / "broken.h5").write_text("no data")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setenv(FILE_VARIABLE, "broken.h5")
    page = app_page("viewer")
    assert page.notice.kind == "error"
    assert "broken.h5" in page.notice.text
    assert app_page("powder").form.controls["scan"].description == "scan *"

"""A document between two changes: kept to the byte, changed only where it was asked."""

import json
import random
from pathlib import Path

import pytest

from daisy_kernel.errors import InvalidDocument
from daisy_kernel.workflow import parse_document
from daisy_widgets.draft_history import DraftHistory
from daisy_widgets.draft_reading import new_draft, read_draft
from daisy_widgets.workflow_draft import free_name

PREDEFINED = Path(__file__).parents[2] / "daisy_kernel" / "workflow" / "predefined"
TEXTS = {path.name: path.read_text() for path in sorted(PREDEFINED.glob("*.json"))}
ODD = '{"daisy":1,\r\n "later": {"x": [1, 2.50, 1e3, true]},"name" : "\\u00fc", "steps":[] }\t\n'


@pytest.fixture
def tomography():
    return read_draft(TEXTS["tomography.daisy.json"])


@pytest.mark.parametrize("text", [*TEXTS.values(), ODD], ids=[*TEXTS, "odd"])
def test_what_is_not_changed_is_saved_to_the_last_byte(text):
    draft = read_draft(text)
    assert draft.text == text
    assert draft.with_key("name", "other").with_key("name", draft.content["name"]).text == text


@pytest.mark.parametrize("text", [*TEXTS.values(), ODD], ids=[*TEXTS, "odd"])
def test_a_changed_document_holds_everything_else_in_its_order(text):
    changed = json.loads(read_draft(text).with_key("name", "other").text)
    assert changed == {**json.loads(text), "name": "other"}
    assert list(changed) == list(json.loads(text))


def test_a_number_that_becomes_a_truth_is_a_change():
    draft = read_draft('{"daisy": 1, "flag": 1}')
    assert draft.with_key("flag", True).text != draft.text
    assert json.loads(draft.with_key("flag", True).text)["flag"] is True
    history = DraftHistory(draft).changed(draft.with_key("flag", True))
    assert history.past == (draft,)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"steps": {}}', '{"steps": [5]}', '{"steps": [{"params": []}]}',
     '{"algorithms": {"a": {"init_paras": 3}}}', '{"inputs": {"a": 3}}', '{"outputs": [3]}',
     '{"steps": [{"algorithm": 5}]}', '{"algorithms": []}'],
)  # fmt: skip
def test_what_has_not_the_form_of_a_document_is_refused(text):
    with pytest.raises(InvalidDocument, match="mine"):
        read_draft(text, "mine")


def test_a_new_workflow_is_valid():
    assert parse_document(new_draft().content).steps == ()


def test_a_step_comes_with_an_algorithm_of_its_own_and_takes_it_away_again(tomography):
    more = tomography.adding(4, "RemoveStripes", {"input_dataobj": "attenuation"})
    assert more.title(4) == "remove_stripes"
    again = more.adding(0, "RemoveStripes", {})
    assert [again.title(0), again.title(5)] == ["remove_stripes_2", "remove_stripes"]
    assert again.class_of(0) == again.class_of(5) == "RemoveStripes"
    assert again.removing(0).removing(4).text == tomography.text


def test_an_algorithm_that_another_step_runs_stays(tomography):
    content = json.loads(tomography.text)
    content["steps"].append(dict(content["steps"][3]))
    shared = read_draft(json.dumps(content))
    assert "stripes" in shared.removing(3).content["algorithms"]
    assert "stripes" not in shared.removing(12).removing(3).content["algorithms"]


def test_a_value_is_put_where_it_stands_already(tomography):
    changed = tomography.setting(5, "filter_name", "hann", once=False)
    assert changed.content["algorithms"]["reconstruct"]["init_paras"]["filter_name"] == "hann"
    changed = tomography.setting(5, "theta", "angles", once=True)
    assert changed.content["steps"][5]["params"]["theta"] == "angles"
    changed = tomography.setting(1, "level", 3, once=True)
    assert changed.content["algorithms"]["inspect"]["init_paras"] == {"level": 3}
    assert changed.clearing(1, "level").params(1) == tomography.params(1)


def test_a_value_of_one_of_two_steps_that_share_an_algorithm_is_its_own(tomography):
    content = json.loads(tomography.text)
    content["steps"].append(dict(content["steps"][5]))
    shared = read_draft(json.dumps(content)).setting(5, "filter_name", "hann", once=True)
    assert shared.params(5)["filter_name"] == "hann"
    assert shared.params(12)["filter_name"] == {"input": "filter"}


def test_a_copy_changes_by_itself(tomography):
    copied = tomography.duplicating(5, {"output_dataobj": "reco_2"})
    assert (copied.title(6), copied.class_of(6)) == ("reconstruct_2", "Reconstruct")
    changed = copied.setting(6, "alg_type", "fbp", once=False)
    assert changed.params(5)["alg_type"] == {"input": "algorithm"}
    assert changed.params(6)["output_dataobj"] == "reco_2"


def test_steps_become_a_workflow_that_hands_on_its_inputs(tomography):
    part = tomography.only(range(5, 7), ["reco"])
    assert list(part.inputs) == ["algorithm", "iterations", "regularisation", "non_negative",
                                 "filter", "mask"]  # fmt: skip
    assert list(part.content["algorithms"]) == ["reconstruct", "mask"]
    outer = tomography.replacing(range(5, 7), "part.daisy.json", part)
    assert outer.steps[5] == {
        "workflow": "part.daisy.json",
        "params": {name: {"input": name} for name in part.inputs},
    }
    assert len(outer.steps) == len(tomography.steps) - 1
    assert not {"reconstruct", "mask"} & set(outer.content["algorithms"])


def test_names_are_numbered_on():
    assert free_name("a", []) == "a"
    assert free_name("a", ["a", "a_2"]) == "a_3"
    assert free_name("a_2", ["a", "a_2"]) == "a_3"


def test_whatever_is_done_the_past_stays_and_comes_back(tomography):
    random_choice = random.Random(4)
    history, seen = DraftHistory(tomography), [tomography.text]
    for _ in range(60):
        draft = history.present
        count = len(draft.steps)
        step, other = random_choice.randrange(count), random_choice.randrange(count)
        changed = random_choice.choice(
            [
                draft.adding(step, "Normalize", {"output_dataobj": f"x{step}"}),
                draft.removing(step) if count > 2 else draft,
                draft.moving(step, other),
                draft.duplicating(step, {}),
                draft.setting(step, "size", other, once=bool(other % 2)),
                draft.clearing(step, "input_dataobj"),
                draft.with_input(f"n{other}", {"type": "number"}),
                draft.adding_workflow(step, "powder", {"scan": {"input": "scan"}}),
            ]
        )
        parse_document(changed.content)  # every change leaves a document that holds together
        before = history
        history = history.changed(changed)
        if history is not before:
            seen.append(changed.text)
        assert read_draft(changed.text).content == changed.content
    back = [history.present.text]
    while history.past:
        history = history.undone()
        back.append(history.present.text)
    assert back == seen[::-1]
    while history.future:
        history = history.redone()
    assert history.present.text == seen[-1]


def test_typing_into_one_field_is_one_change(tomography):
    history = DraftHistory(tomography)
    for text in ("1", "15", "150"):
        history = history.changed(tomography.setting(3, "size", text, once=True), (3, "size"))
    history = history.changed(history.present.with_key("name", "x"), "name")
    assert history.undone().present.params(3)["size"] == "150"
    assert history.undone().undone().present.text == tomography.text
    assert history.undone().undone().undone().present.text == tomography.text
    branch = history.undone().changed(tomography.with_key("name", "y"))
    assert branch.future == ()

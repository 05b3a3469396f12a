"""What a ``%%workflow`` cell says, without a kernel."""

import pytest

from daisy_kernel.errors import DaisyError, InvalidDocument, InvalidParameter, UnknownName
from daisy_kernel.jupyter.workflow_cell import parse_cell


def test_a_value_is_a_literal_a_variable_or_plain_text():
    text = """
    # the scan of last night
    scan = /data/scan 1.h5
    output = "reco.h5"
    center = 31.5
    rows=[1, 2]
    theta = $angles
    normalize.dead_pixels = error
    """
    cell = parse_cell(["tomography", "threads=2"], text, {"angles": "theta"})
    assert cell.workflow == "tomography"
    assert cell.inputs == {
        "threads": 2,
        "scan": "/data/scan 1.h5",
        "output": "reco.h5",
        "center": 31.5,
        "rows": [1, 2],
        "theta": "theta",
    }
    assert cell.overrides == {"normalize.dead_pixels": "error"}


def test_a_cell_may_be_the_document_itself_with_inputs_in_its_first_line():
    cell = parse_cell(["scan=a.h5"], '{"daisy": 1, "name": "mine", "steps": []}\n', {})
    assert cell.workflow == {"daisy": 1, "name": "mine", "steps": []}
    assert cell.inputs == {"scan": "a.h5"}


@pytest.mark.parametrize(
    ("words", "text", "kind", "told"),
    [
        ([], "scan = a.h5", InvalidParameter, "nothing"),
        (["powder"], '{"daisy": 1}', InvalidParameter, "'powder', a document"),
        (["powder", "again"], "", InvalidParameter, "'again'"),
        (["powder"], "scan", InvalidParameter, "'scan'"),
        (["powder"], "scan =", InvalidParameter, "NAME = VALUE"),
        (["powder"], "a b = 1", InvalidParameter, "'a b = 1'"),
        (["powder"], "scan = $nowhere", UnknownName, "nowhere"),
        ([], '{"daisy": 1,}', InvalidDocument, "JSON"),
        ([], '{"daisy": 1, "daisy": 1}', InvalidDocument, "twice"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(words, text, kind, told):
    with pytest.raises(kind, match=told) as caught:
        parse_cell(words, text, {})
    assert isinstance(caught.value, DaisyError)
    assert "\n" not in str(caught.value)

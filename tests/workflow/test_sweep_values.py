import pytest

from daisy_kernel.errors import InvalidParameter
from daisy_kernel.workflow.sweep_values import (
    MOST_COMBINATIONS,
    check_combinations,
    sweep_values,
)


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ("290:292:0.5", [290.0, 290.5, 291.0, 291.5, 292.0]),
        ("290:291.9:0.5", [290.0, 290.5, 291.0, 291.5]),
        ("0:0.3:0.1", [0.0, 0.1, 0.2, 0.3]),
        ("3:-3:-3", [3, 0, -3]),
        ("5:5:1", [5]),
        ("1:9:4", [1, 5, 9]),
        ("1e2:1.2e2:10", [100.0, 110.0, 120.0]),
        ("ramp, parzen", ["ramp", "parzen"]),
        ("flats.h5:/exchange/white", ["flats.h5:/exchange/white"]),
        ("7", ["7"]),
        (7, [7]),
        ([1, "two", 3.0], [1, "two", 3.0]),
    ],
)
def test_ranges_and_lists_give_their_values(given, values):
    found = sweep_values("x", given)
    assert found == values
    assert [type(v) for v in found] == [type(v) for v in values]


def test_a_tenth_is_a_tenth_however_often_it_is_added():
    assert sweep_values("x", "0:100:0.1")[-1] == 100.0
    assert sweep_values("x", "0:100:0.1")[777] == 77.7


@pytest.mark.parametrize(
    "given",
    ["", ",", "1,,2", [], "1:2", "1:2:3:4", "1:x:2", "1:5:0", "5:1:1", "1:5:-1", "nan:1:1",
     "0:inf:1", "0:1:1e-9", "1,1", [2, 2], [[1]], [{"ref": "x"}], [None]],
)  # fmt: skip
def test_nonsense_is_refused_in_one_line_that_names_the_parameter(given):
    with pytest.raises(InvalidParameter, match="'x'") as caught:
        sweep_values("x", given)
    assert "\n" not in str(caught.value)


def test_a_grid_that_is_empty_or_too_large_is_refused():
    check_combinations({"a": [0] * 64, "b": [0] * 64})
    with pytest.raises(InvalidParameter, match=f"4160 combinations.*{MOST_COMBINATIONS}"):
        check_combinations({"a": [0] * 64, "b": [0] * 65})
    with pytest.raises(InvalidParameter, match="NAME=VALUES"):
        check_combinations({})

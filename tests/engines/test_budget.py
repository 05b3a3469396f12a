"""How much memory there is, and how sizes are told."""

import pytest

from daisy_kernel.engines.memory import Budget, available_in_container, default_budget, human


def test_the_default_budget_is_a_share_of_what_there_is():
    budget = default_budget()
    assert 0 < budget.memory_bytes < 2**50
    assert budget.workers >= 1
    assert default_budget(123, 4) == Budget(123, 4)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, []),
        ({"memory.max": "max", "memory.current": "5", "memory.stat": ""}, []),
        (
            {
                "memory.max": "1000",
                "memory.current": "700",
                "memory.stat": "anon 5\ninactive_file 90",
            },
            [390],
        ),
        ({"memory.max": "10", "memory.current": "70", "memory.stat": ""}, [0]),
        (
            {
                "memory/memory.limit_in_bytes": "1000",
                "memory/memory.usage_in_bytes": "300",
                "memory/memory.stat": "total_inactive_file 100",
            },
            [800],
        ),
    ],
)
def test_the_memory_of_a_container_is_what_its_limit_leaves(tmp_path, files, expected):
    (tmp_path / "memory").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text + "\n")
    assert available_in_container(tmp_path) == expected


@pytest.mark.parametrize(
    ("nbytes", "text"),
    [(0, "0 B"), (999, "999 B"), (999_700, "1 MB"), (1500, "1.5 kB"), (2e9, "2 GB"),
     (4e12, "4 TB"), (3e15, "3 PB")],
)  # fmt: skip
def test_sizes_are_written_for_people(nbytes, text):
    assert human(nbytes) == text

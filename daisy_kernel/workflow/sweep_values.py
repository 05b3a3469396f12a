"""The values that a parameter takes in a sweep: ranges and lists."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from math import prod
from typing import Any

from daisy_kernel.errors import InvalidParameter

MOST_COMBINATIONS = 4096


def sweep_values(name: str, given: Any) -> list[Any]:
    """The values of one parameter, in order.

    Parameters
    ----------
    name
        Of the parameter, for errors.
    given
        "first:last:step", which has `last` in it where a whole number of steps leads there;
        "one,two,three"; or a list.

    Raises
    ------
    InvalidParameter
        If it is empty, has a value twice, or is a range that leads nowhere.
    """
    values = _listed(name, given)
    if not values:
        raise InvalidParameter(f"The sweep of {name!r} has no values: give {_FORMS}.")
    for i, value in enumerate(values):
        if isinstance(value, dict | list | tuple) or value is None:
            raise InvalidParameter(
                f"The sweep of {name!r} cannot take {value!r}: give numbers or texts."
            )
        if value in values[:i]:
            raise InvalidParameter(f"The sweep of {name!r} has {value!r} twice: give it once.")
    return values


def check_combinations(values: Mapping[str, list[Any]]) -> None:
    """Make sure that there are not too many.

    Raises
    ------
    InvalidParameter
        If there are more than `MOST_COMBINATIONS`, or nothing is swept.
    """
    if not values:
        raise InvalidParameter("A sweep needs a parameter: give NAME=VALUES.")
    count = prod(len(v) for v in values.values())
    if count > MOST_COMBINATIONS:
        product = " × ".join(f"{len(v)} {name}" for name, v in values.items())
        raise InvalidParameter(
            f"The sweep has {count} combinations ({product}), more than {MOST_COMBINATIONS}: take "
            "larger steps or fewer parameters."
        )


_FORMS = "FIRST:LAST:STEP, VALUE,VALUE,... or a list"


def _listed(name: str, given: Any) -> list[Any]:
    if isinstance(given, str):
        fields = given.split(":")
        numbers = [_number(field) for field in fields]
        if len(fields) > 1 and any(n is not None for n in numbers) and "," not in given:
            return _range(name, given, numbers)
        values = [part.strip() for part in given.split(",")]
        if len(values) > 1 and not all(values):
            raise InvalidParameter(f"The sweep of {name!r}, {given!r}, has an empty value in it.")
        return [value for value in values if value]
    if isinstance(given, list | tuple):
        return list(given)
    return [] if given is None else [given]


def _range(name: str, text: str, numbers: list[Decimal | None]) -> list[Any]:
    if len(numbers) != 3 or None in numbers:
        raise InvalidParameter(
            f"The sweep of {name!r} cannot be {text!r}: a range is FIRST:LAST:STEP, such as "
            "290:302:0.5."
        )
    first, last, step = (number for number in numbers if number is not None)
    if not (first.is_finite() and last.is_finite() and step.is_finite()) or step == 0:
        raise InvalidParameter(
            f"The sweep of {name!r} cannot be {text!r}: a range has finite numbers and a step that "
            "is not 0."
        )
    if (last - first) * step < 0:
        raise InvalidParameter(
            f"The sweep of {name!r} cannot be {text!r}: from {first} no steps of {step} lead to "
            f"{last}."
        )
    # Decimals, so that 0.1 is a tenth and the last value is neither lost nor passed.
    steps = (last - first) / step
    if steps > MOST_COMBINATIONS:
        raise InvalidParameter(
            f"The sweep of {name!r}, {text!r}, has more than {MOST_COMBINATIONS} values: take "
            "larger steps."
        )
    values = [first + i * step for i in range(int(steps) + 1)]
    whole = all("." not in f and "e" not in f.lower() for f in text.split(":"))
    return [int(value) if whole else float(value) for value in values]


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None

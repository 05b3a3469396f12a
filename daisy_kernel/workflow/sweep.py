"""A workflow for every combination of some parameters, on a few slices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.contracts.engine import Engine, Variant, VariantEngine
from daisy_kernel.errors import DaisyError, InvalidParameter
from daisy_kernel.workflow.document import WorkflowDocument
from daisy_kernel.workflow.document_workflow import DocumentWorkflow
from daisy_kernel.workflow.sweep_result import MERITS, Swept, conclude, describe, describe_merit
from daisy_kernel.workflow.sweep_values import check_combinations, sweep_values

VOLUME = ("slice", "y", "x")
_DATA, _FIRST, _MEASURE = "sweep", "sweep reference", "MeasureSlices"


class SweepWorkflow:
    """A document with a sweep in it, ready to be recorded by an engine.

    The volume that the workflow saves, or else the declared output that is one, is computed for
    every combination of the swept parameters, on the chosen slices only. What the workflow itself
    saves is replaced by one file with all of them, and a picture beside it.

    Parameters
    ----------
    document
        The workflow; its `sweep` says what is varied.
    inputs
        Values of its inputs, but for those that are swept.
    overrides
        "step.parameter" -> value, for all combinations.

    Raises
    ------
    UnknownName
        For an input, step, algorithm class or parameter that does not exist.
    InvalidParameter
        If a range leads nowhere, there are too many combinations, or a value does not fit.
    """

    outputs: tuple[str, ...] = ()

    def __init__(
        self,
        document: WorkflowDocument,
        inputs: Mapping[str, Any],
        overrides: Mapping[str, Any] | None = None,
    ):
        plan = document.sweep
        if plan is None:
            raise DaisyError(f"The workflow {document.name!r} has no sweep in it: give one.")
        self.name = document.name
        given = {name: sweep_values(name, v) for name, v in plan.parameters.items()}
        check_combinations(given)
        for name in given:
            if inputs.get(name) is not None or name in (overrides or {}):
                raise InvalidParameter(f"{name!r} is swept and given besides: do one of them.")
        self._slices = None if plan.slices is None else _numbers(plan.slices)
        first = {name: v[0] for name, v in given.items()}
        known = {name: v for name, v in first.items() if name in document.inputs}
        bare = document.model_copy(update={"sweep": None})
        self._base = DocumentWorkflow(bare, {**inputs, **known}, overrides)
        self.parameters = {name: self._parsed(name, v, first) for name, v in given.items()}
        self.document = self._base.document.model_copy(update={"sweep": plan})
        self.inputs = {n: v for n, v in self._base.inputs.items() if n not in given}

    def record_into(self, engine: Engine) -> None:
        """Record the workflow once for every combination."""
        if not isinstance(engine, VariantEngine):
            raise DaisyError("This engine cannot sweep parameters: use --engine inprocess.")
        swept: Swept | None = None
        for place, values in self._combinations():
            with engine.variant() as variant:
                self._base.varied(values).record_into(engine)
                name, path = self._volume(variant)
                if swept is None:
                    swept = self._begin(variant, name, path)
                self._pick(engine, variant, name, swept, place)

    def _combinations(self) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
        names = list(self.parameters)
        for place in product(*(range(len(v)) for v in self.parameters.values())):
            yield place, {n: self.parameters[n][i] for n, i in zip(names, place, strict=True)}

    def _parsed(self, name: str, values: Sequence[Any], first: Mapping[str, Any]) -> list[Any]:
        """The values as the workflow takes them; each is tried once, so that errors name it."""
        parsed = []
        for value in values:
            workflow = self._base.varied({**first, name: value})
            is_input = name in workflow.document.inputs
            parsed.append(workflow.inputs[name] if is_input else workflow.parameter(name))
        return parsed

    def _volume(self, variant: Variant) -> tuple[str, Path]:
        """The object to compare, and the file that the workflow wanted to write."""
        if not variant.saved:
            raise DaisyError(
                f"The workflow {self.name!r} saves nothing, so there is no file for a sweep: add a "
                "step that saves a volume."
            )
        saved = list(dict.fromkeys(name for name, _ in reversed(variant.saved)))
        for name in (*saved, *self._base.outputs):
            if variant.spec(name).axes == VOLUME:
                places = [d for n, d in reversed(variant.saved) if n == name] or [
                    variant.saved[-1][1]
                ]
                files = [d.path for d in places if d.target is None]
                return name, (files or [places[0].path.with_suffix(".h5")])[0]
        raise DaisyError(
            f"The workflow {self.name!r} gives no volume (slice, y, x), of which a sweep could "
            f"compare slices, but {', '.join(saved)}: sweep a workflow that reconstructs."
        )

    def _begin(self, variant: Variant, name: str, path: Path) -> Swept:
        """Make the datasets, now that the shapes are known."""
        spec = variant.spec(name)
        picture = path.with_suffix(".png")
        if picture == path:
            raise InvalidParameter(
                f"{path} would be the name of the picture beside the result: call it .h5."
            )
        swept = Swept(self.name, self.parameters, _checked(self._slices, spec))
        shape = (*swept.shape, len(swept.slices))
        variant.alias(name, _FIRST)
        variant.gather(
            _DATA,
            Destination(
                path,
                "/entry/data/data",
                partial(describe, swept=swept),
                "sweep",
                beside=picture,
                conclude=partial(conclude, swept=swept),
            ),
            (*shape, *spec.shape[1:]),
            spec.dtype,
        )
        for merit in MERITS:
            place = f"/entry/figures_of_merit/{merit}"
            made = Destination(path, place, partial(describe_merit, swept=swept), "sweep")
            variant.gather(f"{_DATA} {merit}", made, shape, np.dtype(np.float32))
        return swept

    def _pick(
        self,
        engine: Engine,
        variant: Variant,
        name: str,
        swept: Swept,
        place: tuple[int, ...],
    ) -> None:
        variant.pick(name, "slice", swept.slices, _DATA, place)
        engine[_MEASURE].execute(
            input_dataobj=name,
            reference_dataobj=_FIRST,
            **{f"{merit}_dataobj": f"{name} {merit}" for merit in MERITS},
        )
        for merit in MERITS:
            variant.pick(f"{name} {merit}", "slice", swept.slices, f"{_DATA} {merit}", place)


def _numbers(given: Any) -> list[int]:
    """Slice numbers as they were given.

    Raises
    ------
    InvalidParameter
        If one is no number from 0 on.
    """
    values = sweep_values("slices", given)
    numbers = []
    for value in values:
        try:
            number = int(str(value))
        except ValueError:
            number = -1
        if number < 0 or isinstance(value, bool):
            raise InvalidParameter(f"slices cannot be {value!r}: give numbers of slices, from 0.")
        numbers.append(number)
    return numbers


def _checked(slices: list[int] | None, spec: Spec) -> tuple[int, ...]:
    count = spec.shape[0]
    if slices is None:
        return (count // 2,)
    for number in slices:
        if number >= count:
            raise InvalidParameter(
                f"There is no slice {number}: the volume has {count}, numbered from 0 to "
                f"{count - 1}."
            )
    return tuple(slices)

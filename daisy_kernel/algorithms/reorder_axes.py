"""Another order of the axes of a volume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Ref, Spec

_AXES = ("slice", "y", "x")


class ReorderAxes(Algorithm):
    """A volume whose axes are stored in another order: cuts along y or x instead of slices, say."""

    along = _AXES

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """The same lengths in another order."""
        spec, order = inputs["input_dataobj"], params["order"]
        if isinstance(order, Ref):
            raise ValueError("order refers to a data object, but shapes must be known: give it")
        axes = tuple(order.split(","))
        return {"output_dataobj": Spec(tuple(map(spec.length, axes)), spec.dtype, axes)}

    def is_idle(self, params: Params) -> bool:
        """The order in which a volume is stored anyway."""
        return bool(params["order"] == ",".join(_AXES))

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("slice", "y", "x")],
        output_dataobj: Annotated[str, Output()],
        order: Annotated[
            Literal["slice,y,x", "slice,x,y", "y,slice,x", "y,x,slice", "x,slice,y", "x,y,slice"],
            Field(description="axes of the result, the outermost one first"),
        ],
    ) -> None:
        """Every element keeps its value."""
        self.data[output_dataobj] = self.data[input_dataobj].transpose(
            [_AXES.index(axis) for axis in order.split(",")]
        )

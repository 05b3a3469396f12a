"""How clean slices are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec
from daisy_kernel.numba_kernels import slice_entropy, slice_negativity


class MeasureSlices(Algorithm):
    """Two figures of merit of every slice, both lowest where nothing is smeared.

    They compare slices of the same sample that differ in the rotation centre, or in another error
    of geometry. They do not tell which filter, regularisation or method is better: whatever is
    smoother has the lower entropy.
    """

    along = ("slice",)

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One number per slice."""
        n_slice, _, _ = inputs["input_dataobj"].shape
        number = Spec((n_slice,), np.dtype(np.float32), ("slice",))
        return {"entropy_dataobj": number, "negativity_dataobj": number}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("slice", "y", "x")],
        reference_dataobj: Annotated[str, Input("slice", "y", "x")],
        entropy_dataobj: Annotated[str, Output("slice")],
        negativity_dataobj: Annotated[str, Output("slice")],
    ) -> None:
        """See `slice_entropy`, whose grey levels are those of the reference."""
        slices, references = self.data[input_dataobj], self.data[reference_dataobj]
        self.data[entropy_dataobj] = _each(
            [slice_entropy(s, r) for s, r in zip(slices, references, strict=True)]
        )
        self.data[negativity_dataobj] = _each([slice_negativity(s) for s in slices])


def _each(values: list[float]) -> NDArray[np.float32]:
    return np.array(values, np.float32)

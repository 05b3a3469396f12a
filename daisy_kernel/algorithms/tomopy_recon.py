"""TomoPy as a back end, as in Fig. 3A of the paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.errors import MissingLibrary


class AlgTomopyRecon(Algorithm):
    """Slices of the sample, reconstructed by TomoPy."""

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One square slice per detector row, as wide as the detector."""
        _, n_row, n_col = inputs["input_dataobj"].shape
        shape = (n_row, n_col, n_col)
        return {"output_dataobj": Spec(shape, np.dtype(np.float32), ("slice", "y", "x"))}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        theta: Annotated[str, Input("angle")],
        output_dataobj: Annotated[str, Output("slice", "y", "x")],
        center: Annotated[float, Unit("pixel"), Field(description="column of the rotation axis")],
        alg_type: Annotated[str, Field(description="TomoPy's name of the method")] = "gridrec",
    ) -> None:
        """Call ``tomopy.recon``; columns count from 0 with pixel centres on integers."""
        try:
            import tomopy  # late: it is not on PyPI and most installations lack it
        except ImportError as error:
            raise MissingLibrary(
                "TomoPy is not installed; it comes from conda-forge only (conda install -c "
                "conda-forge tomopy). Or use Reconstruct, which needs nothing further."
            ) from error
        self.data[output_dataobj] = tomopy.recon(
            self.data[input_dataobj], self.data[theta], center=center, algorithm=alg_type
        )

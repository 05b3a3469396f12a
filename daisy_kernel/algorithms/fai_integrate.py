"""Azimuthal integration: geometry and tables by pyFAI, whole stacks by our own kernels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.fai_geometry import PowderAlgorithm
from daisy_kernel.algorithms.fai_prepared import PatternIntegration, PowderIntegration
from daisy_kernel.algorithms.fai_tables import powder_tables
from daisy_kernel.contracts.algorithm import Params
from daisy_kernel.contracts.declaration import Init, Input, Output, Spec
from daisy_kernel.numba_kernels import (
    InvalidPixels,
)


class AlgFAIIntegrate(PatternIntegration):
    """Powder patterns: intensity against 2 theta or q, one per detector frame."""

    version = "3"

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "row", "col")],
        output_dataobj: Annotated[str, Output("frame", "radial_axis")],
        sigma_dataobj: Annotated[str | None, Output("frame", "radial_axis")] = None,
        mask_dataobj: Annotated[str | None, Input("row", "col")] = None,
        dark_dataobj: Annotated[str | None, Input("row", "col")] = None,
        flat_dataobj: Annotated[str | None, Input("row", "col")] = None,
        monitor_dataobj: Annotated[str | None, Input("frame")] = None,
    ) -> None:
        """Integrate every frame; 1 in the mask excludes a pixel. See `integrate_frames`."""
        intensity, sigma = self._integrated(
            0,
            input_dataobj,
            mask=mask_dataobj,
            dark=dark_dataobj,
            flat=flat_dataobj,
            monitor=monitor_dataobj,
            takes_variance=sigma_dataobj is not None,
        )
        self.data[output_dataobj] = intensity
        if sigma_dataobj is not None:
            self.data[sigma_dataobj] = sigma


class AlgFAIIntegrate2D(PowderIntegration):
    """Maps of intensity against azimuth and 2 theta or q, one per detector frame.

    With exact outlines (splitting ``full``), the first pixel of the range and one in the direct
    beam may be left out: pyFAI cannot say how bins share them.
    """

    version = "3"

    npt_azim: Annotated[
        int | None, Init("number of azimuthal bins; 360 if nothing is said"), Field(gt=0)
    ] = None

    @property
    def n_azimuthal(self) -> int:
        """Number of azimuthal bins."""
        return int(self._told("npt_azim", 360))

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One map per frame, and its standard errors."""
        super().outputs(inputs, params)
        self.settings()
        file = self._file()
        if file is not None and file.is_integration and self.npt_azim is file.npt_azim is None:
            raise ValueError(
                f"{self.poni_file} asks for patterns: use AlgFAIIntegrate (the workflow powder), "
                "or give npt_azim"
            )
        shape = (inputs["input_dataobj"].shape[0], self.n_azimuthal, self.n_radial)
        spec = Spec(shape, np.dtype(np.float32), ("frame", "azimuthal_axis", "radial_axis"))
        return {"output_dataobj": spec, "sigma_dataobj": spec}

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "row", "col")],
        output_dataobj: Annotated[str, Output("frame", "azimuthal_axis", "radial_axis")],
        sigma_dataobj: Annotated[
            str | None, Output("frame", "azimuthal_axis", "radial_axis")
        ] = None,
        mask_dataobj: Annotated[str | None, Input("row", "col")] = None,
        dark_dataobj: Annotated[str | None, Input("row", "col")] = None,
        flat_dataobj: Annotated[str | None, Input("row", "col")] = None,
        monitor_dataobj: Annotated[str | None, Input("frame")] = None,
    ) -> None:
        """Integrate every frame; 1 in the mask excludes a pixel. See `integrate_frames`."""
        intensity, sigma = self._integrated(
            self.n_azimuthal,
            input_dataobj,
            mask=mask_dataobj,
            dark=dark_dataobj,
            flat=flat_dataobj,
            monitor=monitor_dataobj,
            takes_variance=sigma_dataobj is not None,
        )
        self.data[output_dataobj] = self._maps(intensity)
        if sigma_dataobj is not None and sigma is not None:
            self.data[sigma_dataobj] = self._maps(sigma)

    def _n_bin(self) -> int:
        return self.n_radial * self.n_azimuthal

    def _maps(self, flat: NDArray[np.float32]) -> NDArray[np.float32]:
        """(frame, azimuth, radius); pyFAI numbers the bins of a radius in turn."""
        return flat.reshape(-1, self.n_radial, self.n_azimuthal).swapaxes(1, 2)


class AlgFAIAxes(PowderAlgorithm):
    """Where the bins lie: the radial axis in its unit, and the azimuths."""

    npt_azim: Annotated[int | None, Init("number of azimuthal bins; none, for patterns")] = None

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """The centres of the bins."""
        super().outputs(inputs, params)
        self.settings()
        n_azimuthal = self._told("npt_azim", None)
        if (n_azimuthal is None) != (params["azimuth_dataobj"] is None):
            raise ValueError(
                "npt_azim and azimuth_dataobj belong together: give both for maps, none for "
                "patterns"
            )
        floats = np.dtype(np.float64)
        return {
            "output_dataobj": Spec((self.n_radial,), floats, ("radial_axis",)),
            "azimuth_dataobj": Spec((n_azimuthal or 0,), floats, ("azimuthal_axis",)),
        }

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("frame", "row", "col", lazy="frame")],
        output_dataobj: Annotated[str, Output("radial_axis")],
        azimuth_dataobj: Annotated[
            str | None, Output("azimuthal_axis"), Field(description="[degree], of maps")
        ] = None,
        mask_dataobj: Annotated[str | None, Input("row", "col")] = None,
    ) -> None:
        """As the integration with the same settings and mask, which may change the range."""
        tables = powder_tables(
            self.settings(self._told("npt_azim", 0)),
            self.data[input_dataobj].shape[1:],
            mask=self._mask(mask_dataobj),
            flat=None,
            dark=None,
            invalid=InvalidPixels(),
        )
        self.data[output_dataobj] = tables.radial
        if azimuth_dataobj is not None:
            self.data[azimuth_dataobj] = tables.azimuthal

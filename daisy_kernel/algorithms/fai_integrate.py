"""Azimuthal integration: geometry and tables by pyFAI, whole stacks by our own kernels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.diffraction.choices import ErrorModel
from daisy_kernel.algorithms.fai_geometry import PowderAlgorithm
from daisy_kernel.algorithms.fai_tables import powder_tables
from daisy_kernel.contracts.algorithm import Params
from daisy_kernel.contracts.declaration import Init, Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import (
    InvalidPixels,
    azimuthal_scratch_bytes,
    integrate_frames,
    integrate_with_spread,
)


class PowderIntegration(PowderAlgorithm):
    """What patterns and maps have in common: invalid pixels, errors, the integration itself."""

    along: ClassVar[tuple[str, ...]] = ("frame",)
    step = 16  # frames that the kernel takes at a time

    dummy: Annotated[
        float | None,
        Init("value of pixels that saw nothing; else what the detector of the PONI file says"),
    ] = None
    delta_dummy: Annotated[
        float | None, Init("how far from it; 0 if nothing is said"), Field(ge=0)
    ] = None
    saturation: Annotated[
        float | None, Init("counts from here on are left out"), Unit("counts")
    ] = None
    error_model: Annotated[
        ErrorModel | None,
        Init(
            "sigma from counting, variance max(1, counts), or from the spread in a bin; poisson "
            "if nothing is said"
        ),
    ] = None
    empty: Annotated[float, Init("what a bin without pixels gets")] = 0.0

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """Sums of sixteen frames."""
        return azimuthal_scratch_bytes(self._n_bin())

    def _n_bin(self) -> int:
        return self.n_radial

    def _integrated(
        self,
        n_azimuthal: int,
        frames_dataobj: str,
        *,
        mask: str | None,
        dark: str | None,
        flat: str | None,
        monitor: str | None,
        takes_variance: bool,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        """Intensity and sigma (frame, bin) of the data objects with these names."""
        frames = self.data[frames_dataobj]
        dark_image, flat_image = self._image("dark", dark), self._image("flat", flat)
        monitors = self._monitors(monitor, len(frames))
        dummy, delta = self._told("dummy", None), self._told("delta_dummy", 0.0)
        invalid = InvalidPixels(dummy, delta, self.saturation)
        tables = powder_tables(
            self.settings(n_azimuthal),
            frames.shape[1:],
            mask=self._mask(mask),
            flat=flat_image,
            dark=dark_image,
            invalid=invalid,
        )
        if invalid.dummy is None:
            dummy, delta = tables.integrator.detector.get_dummies(frames.dtype)
            if dummy is not None:
                invalid = InvalidPixels(float(dummy), float(delta), self.saturation)
        if takes_variance and self._told("error_model", "poisson") == "azimuthal":
            return integrate_with_spread(
                frames,
                tables.matrix,
                tables.norms,
                invalid=invalid,
                dark=dark_image,
                monitors=monitors,
                empty=self.empty,
            )
        return integrate_frames(
            frames,
            tables.table,
            invalid=invalid,
            dark=None if dark_image is None else tables.table.in_tiles(dark_image),
            monitors=monitors,
            takes_variance=takes_variance,
            empty=self.empty,
        )

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Nothing but checks."""
        super().outputs(inputs, params)
        file = self._file()
        if file is not None and file.remark is not None:
            self.LogWarn(file.remark)
        if file is not None and file.monitor_name and params.get("monitor_dataobj") is None:
            raise ValueError(
                f"{self.poni_file} divides by {file.monitor_name!r} of each frame's header: give "
                "these numbers as monitor_dataobj"
            )
        return {}

    def _monitors(self, given: str | None, n_frame: int) -> NDArray[np.float64] | None:
        file = self._file()
        factor = 1.0 if file is None else file.normalization_factor
        if given is None:
            return None if factor == 1 else np.full(n_frame, factor)
        monitors = np.asarray(self.data[given], np.float64) * factor
        n_bad = np.count_nonzero(~(np.isfinite(monitors) & (monitors > 0)))
        if n_bad:
            self.LogWarn(
                f"the monitor of {n_bad} of {n_frame} frames is not above 0: patterns are NaN there"
            )
        return monitors


class AlgFAIIntegrate(PowderIntegration):
    """Powder patterns: intensity against 2 theta or q, one per detector frame."""

    version = "3"

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """One pattern of `ntth` bins per frame, and its standard errors."""
        super().outputs(inputs, params)
        self.settings()
        file = self._file()
        if file is not None and file.npt_azim is not None:
            raise ValueError(
                f"{self.poni_file} asks for maps with {file.npt_azim} azimuths: use "
                "AlgFAIIntegrate2D (the workflow powder-2d), or a file for patterns"
            )
        n_frame = inputs["input_dataobj"].shape[0]
        spec = Spec((n_frame, self.n_radial), np.dtype(np.float32), ("frame", "radial_axis"))
        return {"output_dataobj": spec, "sigma_dataobj": spec}

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
    """Maps of intensity against azimuth and 2 theta or q, one per detector frame."""

    version = "2"

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

"""What all integrations of frames have in common, whoever does the sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.diffraction.choices import ErrorModel
from daisy_kernel.algorithms.fai_geometry import PowderAlgorithm
from daisy_kernel.algorithms.fai_tables import PowderTables, powder_tables
from daisy_kernel.contracts.algorithm import Params
from daisy_kernel.contracts.declaration import Init, Spec, Unit
from daisy_kernel.numba_kernels import (
    InvalidPixels,
    azimuthal_scratch_bytes,
    integrate_frames,
    integrate_with_spread,
)


@dataclass(frozen=True)
class Prepared:
    """Frames, and all that is applied to them; images lie as the frames do."""

    frames: NDArray[Any]
    tables: PowderTables
    invalid: InvalidPixels
    mask: NDArray[np.bool_] | None
    dark: NDArray[np.float32] | None
    flat: NDArray[np.float32] | None
    monitors: NDArray[np.float64] | None


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

    def _prepared(
        self,
        n_azimuthal: int,
        frames_dataobj: str,
        *,
        mask: str | None,
        dark: str | None,
        flat: str | None,
        monitor: str | None,
    ) -> Prepared:
        """What is needed to integrate the data objects with these names."""
        frames = self.data[frames_dataobj]
        dark_image, flat_image = self._image("dark", dark), self._image("flat", flat)
        dummy, delta = self._told("dummy", None), self._told("delta_dummy", 0.0)
        invalid = InvalidPixels(dummy, delta, self.saturation)
        mask_image = self._mask(mask)
        tables = powder_tables(
            self.settings(n_azimuthal),
            frames.shape[1:],
            mask=mask_image,
            flat=flat_image,
            dark=dark_image,
            invalid=invalid,
        )
        if invalid.dummy is None:
            dummy, delta = tables.integrator.detector.get_dummies(frames.dtype)
            if dummy is not None:
                invalid = InvalidPixels(float(dummy), float(delta), self.saturation)
        monitors = self._monitors(monitor, len(frames))
        return Prepared(frames, tables, invalid, mask_image, dark_image, flat_image, monitors)

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
        given = self._prepared(
            n_azimuthal, frames_dataobj, mask=mask, dark=dark, flat=flat, monitor=monitor
        )
        frames, tables, invalid = given.frames, given.tables, given.invalid
        dark_image, monitors = given.dark, given.monitors
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
        """What each frame is divided by.

        Computed monitors may fail for a frame or two, which then get NaN and are told of; a file
        with such numbers is a mistake, and `LoadFrames` refuses it.
        """
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


class PatternIntegration(PowderIntegration):
    """What gives patterns, not maps."""

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

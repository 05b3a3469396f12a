"""Removing what makes rings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

from pydantic import Field

from daisy_kernel.algorithms.odd_window import OddWindow
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Spec, Unit
from daisy_kernel.numba_kernels import (
    all_stripes_scratch_bytes,
    remove_stripes_all,
    remove_stripes_smoothing,
    remove_stripes_sorting,
    remove_stripes_titarenko,
    remove_stripes_wavelet,
    stripes_scratch_bytes,
    wavelet_scratch_bytes,
)

Method = Literal["sorting", "wavelet", "titarenko", "smoothing", "all"]

_SCRATCH: Mapping[str, Callable[[int, int, int], int]] = {
    "all": all_stripes_scratch_bytes,
    "wavelet": wavelet_scratch_bytes,
}


class RemoveStripes(Algorithm):
    """Sinograms without the stripes of badly calibrated pixels, which would become rings."""

    along = ("row",)

    def is_idle(self, params: Params) -> bool:
        """Without a window nothing is removed."""
        return bool(params["size"] == 0)

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """What the method says of itself."""
        n_angle, n_row, n_col = inputs["input_dataobj"].shape
        method = _SCRATCH.get(params["method"], stripes_scratch_bytes)
        return method(n_angle, n_row, n_col)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        size: Annotated[
            OddWindow,
            Unit("pixel"),
            Field(
                ge=0,
                description="odd window of sorting, smoothing and all, about three times the "
                "widest stripe; 0: remove nothing",
            ),
        ] = 21,
        method: Annotated[
            Method,
            Field(
                description="sorting: safest; wavelet, titarenko, smoothing: stripes that are "
                "constant over the angles; all: also dead, unstable and wide ones"
            ),
        ] = "sorting",
        large_size: Annotated[
            OddWindow,
            Unit("pixel"),
            Field(ge=1, description="all: odd window, about three times the widest stripe"),
        ] = 61,
        snr: Annotated[
            float, Field(ge=1, description="all: how far a stripe stands out; larger finds fewer")
        ] = 3.0,
        level: Annotated[
            int, Field(ge=1, le=12, description="wavelet: stripes up to about 2**level columns")
        ] = 3,
        sigma: Annotated[
            float,
            Unit("cycles per scan"),
            Field(gt=0, description="wavelet: how quickly a stripe may change with the angle"),
        ] = 1.0,
        alpha: Annotated[
            float,
            Field(gt=0, description="titarenko: stripes up to about 6 / sqrt(alpha) columns"),
        ] = 0.1,
    ) -> None:
        """See `remove_stripes_sorting`, `_wavelet`, `_titarenko`, `_smoothing` and `_all`."""
        sinograms = self.data[input_dataobj]
        if not size:
            self.data[output_dataobj] = sinograms
        elif method == "wavelet":
            cleaned = remove_stripes_wavelet(sinograms, level=level, sigma=sigma)
            self.data[output_dataobj] = cleaned
        elif method == "titarenko":
            self.data[output_dataobj] = remove_stripes_titarenko(sinograms, alpha=alpha)
        elif method == "smoothing":
            self.data[output_dataobj] = remove_stripes_smoothing(sinograms, size=size)
        elif method == "all":
            cleaned = remove_stripes_all(sinograms, size=size, large_size=large_size, snr=snr)
            self.data[output_dataobj] = cleaned
        else:
            self.data[output_dataobj] = remove_stripes_sorting(sinograms, size=size)

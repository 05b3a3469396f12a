"""Phase contrast into absorption contrast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Input, Output, Ref, Spec, Unit
from daisy_kernel.numba_kernels import phase_reach, phase_scratch_bytes, retrieve_phase


class RetrievePhase(Algorithm):
    """Transmission without the fringes of propagation, for a sample of one material (Paganin)."""

    along = ("angle",)

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Like the input."""
        _optics(params)
        return {}

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """A padded projection; padded by half of it where the optics are not known yet."""
        _, n_row, n_col = inputs["input_dataobj"].shape
        optics, padding = _optics(params), params["padding"]
        if any(isinstance(value, Ref) for value in (*optics.values(), padding)):
            return phase_scratch_bytes(n_row, n_col, float(n_row + n_col))
        return phase_scratch_bytes(n_row, n_col, phase_reach(**optics), padding)

    def execute(
        self,
        *,
        input_dataobj: Annotated[str, Input("angle", "row", "col")],
        output_dataobj: Annotated[str, Output("angle", "row", "col")],
        delta_beta: Annotated[
            float,
            Field(gt=0, description="delta / beta of the material; larger is smoother"),
        ],
        distance: Annotated[
            float, Unit("m"), Field(gt=0, description="from the sample to the detector")
        ],
        energy: Annotated[
            float | None, Unit("keV"), Field(gt=0, description="photon energy; default, the scan's")
        ] = None,
        pixel_size: Annotated[
            float | None,
            Unit("m"),
            Field(gt=0, description="edge of a pixel at the sample; default, the scan's"),
        ] = None,
        scan_energy: Annotated[
            float | None, Unit("keV"), Field(gt=0, description="what the file says")
        ] = None,
        scan_pixel_size: Annotated[
            float | None, Unit("m"), Field(gt=0, description="what the file says")
        ] = None,
        padding: Annotated[
            int | None,
            Unit("pixel"),
            Field(ge=0, description="continuation of the edges; default, as far as needed"),
        ] = None,
    ) -> None:
        """See `retrieve_phase` for the formula; minus log comes after."""
        params = {
            "delta_beta": delta_beta,
            "distance": distance,
            "energy": energy,
            "pixel_size": pixel_size,
            "scan_energy": scan_energy,
            "scan_pixel_size": scan_pixel_size,
        }
        self.data[output_dataobj] = retrieve_phase(
            self.data[input_dataobj], padding=padding, **_optics(params)
        )


def _optics(params: Params) -> dict[str, float]:
    """The arguments of the kernel; what is given goes before what the file says."""
    chosen = {}
    for name, unit in (("energy", "keV"), ("pixel_size", "m")):
        value = params[name] if params[name] is not None else params[f"scan_{name}"]
        if value is None:
            raise ValueError(
                f"{name} [{unit}] is not known: the file does not say it and nobody else does; "
                "give it"
            )
        chosen[name] = value
    return {
        "delta_beta": params["delta_beta"],
        "distance_m": params["distance"],
        "energy_kev": chosen["energy"],
        "pixel_size_m": chosen["pixel_size"],
    }

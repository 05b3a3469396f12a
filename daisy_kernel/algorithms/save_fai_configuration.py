"""The settings of an integration as a file that pyFAI's own programs read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.diffraction.choices import ErrorModel
from daisy_kernel.algorithms.fai_prepared import PowderIntegration
from daisy_kernel.algorithms.fai_tables import PowderSettings, pyfai_integrator
from daisy_kernel.contracts.algorithm import Params
from daisy_kernel.contracts.declaration import FilePlace, Init, Input, Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.formats import RenderedTarget


class SaveFAIConfiguration(PowderIntegration):
    """The settings of an integration as the JSON of pyFAI-integrate."""

    along = ()
    step = 1
    persistence = "save"
    outputfile_name: Annotated[Path | None, Init("file to write; none if not given")] = None
    npt_azim: Annotated[
        int | None, Init("number of azimuthal bins; none, for patterns"), Field(gt=0)
    ] = None
    mask_file: Annotated[FilePlace | None, Init("image, not 0 for a pixel to leave out")] = None
    dark_file: Annotated[FilePlace | None, Init("image without the beam")] = None
    flat_file: Annotated[FilePlace | None, Init("image of a field that is lit evenly")] = None
    normalization_factor: Annotated[
        float | None, Init("what every frame is divided by; 1 if nothing is said"), Field(gt=0)
    ] = None

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Nothing is computed."""
        return {}

    def execute(
        self,
        *,
        input_dataobj: Annotated[
            str,
            Input("row", "col"),
            Field(description="an image of the detector, its mask say, for its shape"),
        ],
    ) -> Destination | None:
        """Version 5; what pyFAI cannot be told there is refused."""
        if self.outputfile_name is None:
            return None
        for name, is_told in (
            ("flip", self.flip == "none"),
            ("saturation", self.saturation is None),
            ("empty", self.empty == 0),
        ):
            if not is_told:
                raise ValueError(
                    f"{name}={getattr(self, name)} has no place in pyFAI's JSON: save it without, "
                    "and mend frames or mask"
                )
        content = {
            **self._images(),
            "npt_azim": self._told("npt_azim", None),
            "error_model": self._told("error_model", "poisson"),
            "dummy": self._told("dummy", None),
            "delta_dummy": self._told("delta_dummy", None),
            "normalization_factor": self._told("normalization_factor", 1.0),
        }
        render = partial(_render, settings=self.settings(), content=content)
        target = partial(RenderedTarget, render=render)
        return Destination(Path(self.outputfile_name).absolute(), "data", target=target)

    def _images(self) -> dict[str, list[str]]:
        """The files that the user or else the file names."""
        file = self._file()
        named = {
            "mask": (self.mask_file, () if file is None or file.mask is None else (file.mask,)),
            "dark": (self.dark_file, () if file is None else file.darks),
            "flat": (self.flat_file, () if file is None else file.flats),
        }
        return {
            name: [str(Path(path).absolute()) for path in ((given,) if given else stated)]
            for name, (given, stated) in named.items()
        }


def _render(image: NDArray[Any], settings: PowderSettings, content: Mapping[str, Any]) -> bytes:
    integrator = pyfai_integrator(settings.geometry, image.shape)
    return _integration_json(integrator, settings, **content).encode()


def _integration_json(
    integrator: Any,
    settings: PowderSettings,
    *,
    npt_azim: int | None,
    error_model: ErrorModel,
    dummy: float | None,
    delta_dummy: float | None,
    normalization_factor: float,
    mask: list[str],
    dark: list[str],
    flat: list[str],
) -> str:
    """The JSON by which pyFAI's own programs integrate in the same way.

    Parameters
    ----------
    integrator
        Of pyFAI: where the detector is.
    settings
        Bins, ranges and corrections.
    npt_azim
        None for patterns.
    error_model, dummy, delta_dummy, normalization_factor
        As in `IntegrationFile`.
    mask, dark, flat
        Paths of images; at most one for the mask.
    """
    from pyFAI.containers import ErrorModel as PyFAIErrors
    from pyFAI.containers import PolarizationDescription
    from pyFAI.io.integration_config import WorkerConfig
    from pyFAI.io.ponifile import PoniFile
    from pyFAI.units import to_unit

    factor = settings.polarization
    config = WorkerConfig(
        application="pyfai-integrate",
        poni=PoniFile(integrator),
        nbpt_rad=settings.n_radial,
        nbpt_azim=npt_azim or 1,
        unit=to_unit(settings.unit),
        polarization_description=None if factor is None else PolarizationDescription(factor),
        normalization_factor=normalization_factor,
        val_dummy=dummy,
        delta_dummy=None if dummy is None else delta_dummy,
        correct_solid_angle=settings.solid_angle,
        dark_current=dark or None,
        flat_field=flat or None,
        mask_file=mask[0] if mask else None,
        error_model=PyFAIErrors.parse(error_model),
        method=(settings.splitting, "csr", "cython"),
        azimuth_range=_as_list(settings.azimuth_range_deg),
        radial_range=_as_list(settings.radial_range),
    )
    return f"{config!r}\n"


def _as_list(ends: tuple[float, float] | None) -> list[float] | None:
    return None if ends is None else list(ends)

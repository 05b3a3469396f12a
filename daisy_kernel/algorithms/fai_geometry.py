"""What all algorithms of powder diffraction are told about the experiment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from daisy_kernel.algorithms.diffraction.choices import RadialUnit, Splitting
from daisy_kernel.algorithms.diffraction.flips import Flip, flipped
from daisy_kernel.algorithms.diffraction.integration_json import IntegrationFile
from daisy_kernel.algorithms.fai_files import integration_file, mean_image
from daisy_kernel.algorithms.fai_tables import Fit2DGeometry, PowderSettings
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import Advanced, FilePlace, Init, Spec, Unit

_NUMBERS = ("directDist", "centerX", "centerY", "pixelX", "pixelY", "wavelength")
_RANGES = {"radial_range": ("radmin", "radmax"), "azimuth_range_deg": ("azimin", "azimax")}


class PowderAlgorithm(Algorithm):
    """Base of the algorithms that integrate over the azimuth: geometry, bins, corrections.

    What is left open is as an integration JSON of pyFAI says, if one is given, else as described.
    """

    default_splitting: ClassVar[Splitting] = "bbox"

    poni_file: Annotated[
        FilePlace | None,
        Init(
            "geometry instead of the numbers below: PONI file; or JSON of pyFAI-integrate, which "
            "also says what else is not given; or frames whose header is to be believed"
        ),
    ] = None
    wavelength: Annotated[float | None, Init("wavelength"), Unit("angstrom"), Field(gt=0)] = None
    directDist: Annotated[
        float | None, Init("sample to detector along the beam"), Unit("mm"), Field(gt=0)
    ] = None
    centerX: Annotated[float | None, Init("column of the direct beam"), Unit("pixel")] = None
    centerY: Annotated[float | None, Init("row of the direct beam"), Unit("pixel")] = None
    pixelX: Annotated[float | None, Init("width of a pixel"), Unit("um"), Field(gt=0)] = None
    pixelY: Annotated[float | None, Init("height of a pixel"), Unit("um"), Field(gt=0)] = None
    PlanRotation: Annotated[
        float, Init("plane of the tilt, as Fit2D"), Unit("degree"), Advanced()
    ] = 0.0
    tilt: Annotated[float, Init("tilt of the detector, as Fit2D"), Unit("degree"), Advanced()] = 0.0
    flip: Annotated[
        Flip,
        Init("how frames are turned before the geometry applies: ud up-down, lr left-right"),
    ] = "none"
    unit: Annotated[
        RadialUnit | None, Init("what patterns are plotted against; 2th_deg if nothing is said")
    ] = None
    azimin: Annotated[float | None, Init("azimuth from"), Unit("degree"), Advanced()] = None
    azimax: Annotated[float | None, Init("azimuth to"), Unit("degree"), Advanced()] = None
    radmin: Annotated[float | None, Init("first bin begins at"), Unit("as `unit`"), Advanced()] = (
        None
    )
    radmax: Annotated[float | None, Init("last bin ends at"), Unit("as `unit`"), Advanced()] = None
    ntth: Annotated[
        int | None, Init("number of radial bins; 1000 if nothing is said"), Field(gt=0)
    ] = None
    splitting: Annotated[
        Splitting | None,
        Init(
            "how a pixel is shared by bins: not, by its bounding box, by its exact outline; bbox "
            "if nothing is said"
        ),
        Advanced(),
    ] = None
    solid_angle: Annotated[
        bool | None,
        Init("correct for the solid angle of the pixels; so if nothing is said"),
        Advanced(),
    ] = None
    polarization_factor: Annotated[
        float | None,
        Init("1: horizontal, -1: vertical; no correction if not given"),
        Field(ge=-1, le=1),
        Advanced(),
    ] = None

    def settings(self, n_azimuthal: int = 0) -> PowderSettings:
        """Everything but the images.

        Raises
        ------
        ValueError
            If the geometry is incomplete or a range is empty or has one end.
        """
        return PowderSettings(
            geometry=self._geometry(),
            unit=self._told("unit", "2th_deg"),
            n_radial=self.n_radial,
            n_azimuthal=n_azimuthal,
            radial_range=self._range("radial_range"),
            azimuth_range_deg=self._range("azimuth_range_deg"),
            splitting=self._told("splitting", self.default_splitting),
            solid_angle=self._told("solid_angle", True),
            polarization=self._told("polarization_factor", None),
            flip=self.flip,
        )

    @property
    def n_radial(self) -> int:
        """Number of radial bins."""
        return int(self._told("ntth", 1000))

    def _file(self) -> IntegrationFile | None:
        if self.poni_file is None:
            return None
        known = ", ".join(name for name in _NUMBERS if getattr(self, name) is not None)
        if known:
            raise ValueError(
                f"poni_file and {known} both say where the detector is: give one of them"
            )
        return integration_file(self.poni_file)

    def _told(self, name: str, default: Any) -> Any:
        """As the user says, else the file, else the default."""
        value, file = getattr(self, name), self._file()
        if value is None and file is not None:
            value = getattr(file, name)
        return default if value is None else value

    def _range(self, name: str) -> tuple[float, float] | None:
        low_name, high_name = _RANGES[name]
        given = _range(low_name, getattr(self, low_name), high_name, getattr(self, high_name))
        file = self._file()
        return getattr(file, name) if given is None and file is not None else given

    def _mask(self, given: str | None) -> NDArray[Any] | None:
        """Pixels that the user or the file leaves out, as frames are stored; None for none.

        None, and not zeros: the mask that belongs to the detector of a PONI file then counts.
        """
        file, masks = self._file(), []
        if given is not None:
            masks.append(self.data[given] != 0)
        if file is not None and file.mask is not None:
            masks.append(self._stored("mask", (file.mask,)) != 0)
        mask = np.any(masks, axis=0) if masks else np.zeros(1)
        return mask if mask.any() else None

    def _image(self, name: str, given: str | None) -> NDArray[np.float32] | None:
        """A dark or flat of the user, else of the file, as frames are stored."""
        if given is not None:
            return np.asarray(self.data[given], np.float32)
        file = self._file()
        paths = () if file is None else getattr(file, f"{name}s")
        return self._stored(name, paths) if paths else None

    def _stored(self, name: str, paths: tuple[Path, ...]) -> NDArray[np.float32]:
        """Images of the file lie as its geometry does: they are turned as the frames are not."""
        return np.ascontiguousarray(flipped(mean_image(paths), self.flip))

    def _geometry(self) -> Fit2DGeometry | str:
        file = self._file()
        if file is not None:
            return file.poni
        given = {name: getattr(self, name) for name in _NUMBERS}
        missing = [name for name, value in given.items() if value is None]
        if missing:
            raise ValueError(
                f"the geometry lacks {', '.join(missing)}: give them, or a poni_file instead of all"
            )
        return Fit2DGeometry(
            distance_mm=given["directDist"],
            x_pixel=given["centerX"],
            y_pixel=given["centerY"],
            tilt_deg=self.tilt,
            rotation_deg=self.PlanRotation,
            pixel_x_um=given["pixelX"],
            pixel_y_um=given["pixelY"],
            wavelength_angstrom=given["wavelength"],
        )

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Nothing but a check: images are as large as frames."""
        frames = inputs["input_dataobj"].shape[1:]
        for name in ("mask", "dark", "flat"):
            image = inputs.get(f"{name}_dataobj")
            if image is not None and image.shape != frames:
                raise ValueError(
                    f"{name} shows {image.shape} pixels but frames show {frames}: give the {name} "
                    "of this detector, uncut"
                )
        return {}


def _range(
    low_name: str, low: float | None, high_name: str, high: float | None
) -> tuple[float, float] | None:
    if low is None and high is None:
        return None
    if low is None or high is None:
        name = low_name if low is None else high_name
        raise ValueError(f"{name} is missing: a range needs both ends, or none of them")
    if not low < high:
        raise ValueError(f"{low_name}={low} is not below {high_name}={high}: exchange them")
    return low, high

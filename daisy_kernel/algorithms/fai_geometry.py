"""What all algorithms of powder diffraction are told about the experiment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from daisy_kernel.algorithms.diffraction.flips import Flip
from daisy_kernel.algorithms.fai_tables import Fit2DGeometry, PowderSettings, Splitting
from daisy_kernel.contracts.algorithm import Algorithm, Params
from daisy_kernel.contracts.declaration import FilePlace, Init, Spec, Unit

RadialUnit = Literal[
    "2th_deg",
    "2th_rad",
    "q_nm^-1",
    "q_A^-1",
    "d*2_A^-2",
    "d*2_nm^-2",
    "r_mm",
    "r_m",
]


class PowderAlgorithm(Algorithm):
    """Base of the algorithms that integrate over the azimuth: geometry, bins, corrections."""

    poni_file: Annotated[
        FilePlace | None, Init("geometry by pyFAI; the rest of it is then left out")
    ] = None
    wavelength: Annotated[float | None, Init("wavelength"), Unit("angstrom"), Field(gt=0)] = None
    directDist: Annotated[
        float | None, Init("sample to detector along the beam"), Unit("mm"), Field(gt=0)
    ] = None
    centerX: Annotated[float | None, Init("column of the direct beam"), Unit("pixel")] = None
    centerY: Annotated[float | None, Init("row of the direct beam"), Unit("pixel")] = None
    pixelX: Annotated[float | None, Init("width of a pixel"), Unit("um"), Field(gt=0)] = None
    pixelY: Annotated[float | None, Init("height of a pixel"), Unit("um"), Field(gt=0)] = None
    PlanRotation: Annotated[float, Init("plane of the tilt, as Fit2D"), Unit("degree")] = 0.0
    tilt: Annotated[float, Init("tilt of the detector, as Fit2D"), Unit("degree")] = 0.0
    flip: Annotated[
        Flip,
        Init("how frames are turned before the geometry applies: ud up-down, lr left-right"),
    ] = "none"
    unit: Annotated[RadialUnit, Init("what patterns are plotted against")] = "2th_deg"
    azimin: Annotated[float | None, Init("azimuth from"), Unit("degree")] = None
    azimax: Annotated[float | None, Init("azimuth to"), Unit("degree")] = None
    radmin: Annotated[float | None, Init("first bin begins at"), Unit("as `unit`")] = None
    radmax: Annotated[float | None, Init("last bin ends at"), Unit("as `unit`")] = None
    ntth: Annotated[int, Init("number of radial bins"), Field(gt=0)] = 1000
    splitting: Annotated[
        Splitting,
        Init("how a pixel is shared by bins: not, by its bounding box, by its exact outline"),
    ] = "bbox"
    solid_angle: Annotated[bool, Init("correct for the solid angle of the pixels")] = True
    polarization_factor: Annotated[
        float | None,
        Init("1: horizontal, -1: vertical; no correction if not given"),
        Field(ge=-1, le=1),
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
            unit=self.unit,
            n_radial=self.ntth,
            n_azimuthal=n_azimuthal,
            radial_range=_range("radmin", self.radmin, "radmax", self.radmax),
            azimuth_range_deg=_range("azimin", self.azimin, "azimax", self.azimax),
            splitting=self.splitting,
            solid_angle=self.solid_angle,
            polarization=self.polarization_factor,
            flip=self.flip,
        )

    def _geometry(self) -> Fit2DGeometry | str:
        names = ("directDist", "centerX", "centerY", "pixelX", "pixelY", "wavelength")
        given = {name: getattr(self, name) for name in names}
        missing = [name for name, value in given.items() if value is None]
        if self.poni_file is not None:
            if len(missing) < len(names):
                known = ", ".join(name for name in names if name not in missing)
                raise ValueError(
                    f"poni_file and {known} both say where the detector is: give one of them"
                )
            path = Path(self.poni_file)
            if not path.is_file():
                raise ValueError(f"there is no PONI file {path}: give the path of one")
            return path.read_text()
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

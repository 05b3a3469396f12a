"""Loading a whole tomography scan."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from daisy_kernel.configuration import Configuration, read_configuration
from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import FilePlace, Init, Output
from daisy_kernel.contracts.scan_profile import ScanProfile
from daisy_kernel.datastore import DataObject
from daisy_kernel.errors import FileProblem
from daisy_kernel.formats import ProfileFolder, open_scan


class LoadScan(Algorithm):
    """Projections, flats, darks and angles of a scan; Data Exchange, NXtomo or a TIFF stack."""

    persistence = "load"
    inputfile_name: Annotated[FilePlace, Init("file, folder or pattern of the scan")]
    flats_file: Annotated[FilePlace | None, Init("flats, if elsewhere: FILE or FILE:/dataset")] = (
        None
    )
    darks_file: Annotated[FilePlace | None, Init("darks, if elsewhere: FILE or FILE:/dataset")] = (
        None
    )
    angles_file: Annotated[
        FilePlace | None, Init("angles, if elsewhere: FILE:/dataset, text or .npy")
    ] = None
    profile: Annotated[
        str | None, Init("scan profile of an HDF5 file: its name, or written out as JSON")
    ] = None
    counts: Annotated[bool, Init("whether projections are counts, which need flats")] = True

    def execute(
        self,
        *,
        projections_dataobj: Annotated[str, Output("angle", "row", "col")] = "projections",
        flats_dataobj: Annotated[str, Output("shot", "row", "col")] = "flats",
        darks_dataobj: Annotated[str, Output("shot", "row", "col")] = "darks",
        theta_dataobj: Annotated[str, Output("angle")] = "theta",
        pixel_size_dataobj: Annotated[
            str, Output(), Field(description="pixel size [m]; NaN where the file does not say")
        ] = "pixel_size",
        energy_dataobj: Annotated[
            str, Output(), Field(description="photon energy [keV]; NaN where the file does not say")
        ] = "energy",
    ) -> None:
        """Register the parts of the scan; nothing but the angles is read."""
        configuration = read_configuration()
        scan = open_scan(
            self.inputfile_name,
            profile=self._profile(configuration),
            data_roots=configuration.data_roots,
            flats=self.flats_file,
            darks=self.darks_file,
            angles=self.angles_file,
        )
        for warning in scan.warnings:
            self.LogWarn(warning)
        units = scan.units if self.counts else replace(scan.units, value="")
        self.data[projections_dataobj] = DataObject(scan.projections, None, units)
        if self.counts:
            if scan.flats is None:
                raise FileProblem(
                    f"{Path(self.inputfile_name).name} ({scan.format}) holds no flat fields, "
                    "without which counts cannot be normalised: name them with flats_file, or "
                    "use the workflow tomography-attenuation if they are line integrals already."
                )
            self.data[flats_dataobj] = DataObject(scan.flats, None, units)
            # Without darks the dark signal is taken as zero, as the reader's warning says.
            no_darks = np.zeros((1, *scan.projections.shape[1:]), np.float32)
            darks = no_darks if scan.darks is None else scan.darks
            self.data[darks_dataobj] = DataObject(darks, None, units)
        self.data[theta_dataobj] = scan.angles_rad
        self.data[pixel_size_dataobj] = scan.metadata.get("pixel_size_m", math.nan)
        self.data[energy_dataobj] = scan.metadata.get("energy_kev", math.nan)

    def _profile(self, configuration: Configuration) -> ScanProfile | None:
        if self.profile is None:
            return None
        folder = ProfileFolder(configuration.profile_directory, configuration.profiles)
        profile = folder.find(self.profile)
        # A profile may be changed later: the log keeps what it said.
        self.LogInfo(f"Scan profile {self.profile}: {profile}")
        return profile

"""What may be chosen for an integration, by pyFAI's names."""

from __future__ import annotations

from typing import Literal

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
Splitting = Literal["no", "bbox", "full"]
ErrorModel = Literal["poisson", "azimuthal"]

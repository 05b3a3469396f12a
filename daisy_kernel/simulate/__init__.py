"""Samples whose truth is known, and scans of them with a believable detector."""

from daisy_kernel.simulate.detector import Detector
from daisy_kernel.simulate.phantom import Ellipsoid, Phantom
from daisy_kernel.simulate.powder import CERIA_LINES, PowderStack, demo_stack
from daisy_kernel.simulate.samples import foam, off_centre_disk, shepp_logan
from daisy_kernel.simulate.scan import TomographyScan, demo_scan

__all__ = [
    "CERIA_LINES",
    "Detector",
    "Ellipsoid",
    "Phantom",
    "PowderStack",
    "TomographyScan",
    "demo_scan",
    "demo_stack",
    "foam",
    "off_centre_disk",
    "shepp_logan",
]

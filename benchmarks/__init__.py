"""Daisy beside the libraries that do the same: times, errors and the share of the physical limit.

Run ``python -m benchmarks tomography`` or ``powder``. Nothing here is part of the packages.
"""

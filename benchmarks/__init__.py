"""Daisy beside the libraries that do the same: times, errors and the share of the physical limit.

Run ``python -m benchmarks tomography``. Nothing here is part of the installed packages.
"""

"""Frequency filters of filtered back-projection."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

FilterName = Literal["ramp", "shepp", "cosine", "hann", "hamming", "parzen"]


def reconstruction_filter(name: FilterName, n: int) -> NDArray[np.float64]:
    """How much each frequency of a projection counts in the reconstruction.

    Parameters
    ----------
    name
        "ramp" is sharpest and noisiest; then "shepp", "cosine", "hamming", "hann", and "parzen"
        is smoothest.
    n
        Number of samples of the (padded) projection that will be filtered cyclically.

    Returns
    -------
    response : (n // 2 + 1,) [cycles per pixel]
        Factor for each output of ``numpy.fft.rfft``: about the frequency itself, times the window.

    Raises
    ------
    ValueError
        If there is no such filter or `n` is not positive.

    Notes
    -----
    The ramp is the transform of the band-limited kernel h(0) = 1/4, h(odd m) = -1/(pi m)^2,
    h(even m) = 0 (Kak and Slaney, *Principles of Computerized Tomographic Imaging*, 1988,
    eq. 3.29, for pixels of length 1). A ramp sampled in frequency would lose the mean value of
    the projection, which shows as a negative offset of the whole slice.
    """
    if name not in get_args(FilterName):
        raise ValueError(
            f"No reconstruction filter is called {name!r}; known are "
            f"{', '.join(get_args(FilterName))}: choose one of them."
        )
    if n < 1:
        raise ValueError(
            f"The filter was asked for {n} samples; a projection has at least 1: "
            "pass the padded number of columns."
        )
    sample = np.arange(n)
    distance = np.minimum(sample, n - sample)
    kernel = np.zeros(n)
    odd = distance % 2 == 1
    kernel[odd] = -1 / (np.pi * distance[odd]) ** 2
    kernel[0] = 0.25
    ramp = np.fft.rfft(kernel).real
    return ramp * _window(name, np.arange(n // 2 + 1) / n)


def _window(name: FilterName, frequency: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factor on the ramp; `frequency` in cycles per pixel, 0 to 1/2."""
    if name == "shepp":
        return np.sinc(frequency)
    if name == "cosine":
        return np.cos(np.pi * frequency)
    if name == "hann":
        return 0.5 + 0.5 * np.cos(2 * np.pi * frequency)
    if name == "hamming":
        return 0.54 + 0.46 * np.cos(2 * np.pi * frequency)
    if name == "parzen":
        share = 2 * frequency
        return np.where(share <= 0.5, 1 - 6 * share**2 * (1 - share), 2 * (1 - share) ** 3)
    return np.ones_like(frequency)

"""What the kernels accept as a stack of images, checked in one place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def image_stack(name: str, images: NDArray[Any], axes: tuple[str, ...]) -> NDArray[Any]:
    """The images as an array whose elements numba can read, without a copy where possible.

    Parameters
    ----------
    name
        What the error message calls the images.
    images
        Real numbers of any type and byte order.
    axes
        One name per dimension that the images must have.

    Raises
    ------
    ValueError
        If the images are not real numbers, have other dimensions or are empty.
    """
    images = np.asarray(images)
    if images.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} hold {images.dtype} but real numbers are needed: convert them first."
        )
    if images.ndim != len(axes) or 0 in images.shape:
        raise ValueError(
            f"{name} have shape {images.shape}; expected ({', '.join(axes)}) with at least one of "
            "each: check the dataset and the order of its axes."
        )
    if images.dtype.kind == "b":
        return images.astype(np.uint8)
    if images.dtype.kind == "f" and images.dtype.itemsize not in (4, 8):
        return images.astype(np.float32)
    return images if images.dtype.isnative else images.astype(images.dtype.newbyteorder("="))


def dense_rows(images: NDArray[Any]) -> NDArray[Any]:
    """The images such that the pixels of a row follow each other; a copy only if they do not."""
    if images.strides[-1] == images.itemsize or images.shape[-1] == 1:
        return images
    return np.ascontiguousarray(images)

"""Objects that no disk can hold, for tests of what is checked before anything is computed."""

from typing import Annotated

import numpy as np

from daisy_kernel import Algorithm, Output, registry
from daisy_kernel.contracts.declaration import Init


class Zeros:
    """A reference to more zeros than any disk can hold."""

    def __init__(self, shape):
        self.shape, self.dtype = shape, np.dtype(np.float32)

    def read(self, selection):
        raise AssertionError("nothing may be read")

    def identity(self):
        return {}

    def dear_axes(self):
        return ()


@registry.add
class ToyZeros(Algorithm):
    """Loads a huge object."""

    persistence = "load"
    shape: Annotated[tuple[int, int, int], Init("shape")]

    def execute(self, *, output_dataobj: Annotated[str, Output()]) -> None:
        self.data[output_dataobj] = Zeros(self.shape)

"""The algorithm: takes data objects from the store, calls a library, puts data objects back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Protocol

from daisy_kernel.contracts.declaration import Spec

Params = Mapping[str, Any]


class Services(Protocol):
    """What an engine offers to the algorithms that it runs."""

    def service(self, name: str) -> Any:
        """The service of this name; the paper's ``"Datastore"`` has a ``data()``."""
        ...

    def log(self, level: Literal["info", "warning", "error"], message: str) -> None:
        """Put one line into the log of the run."""
        ...


class Algorithm:
    """Base of every algorithm; a workflow is one too.

    The signature of `execute` and the class-level fields marked with `Init` are the schema: form,
    command-line options, validation and documentation come from them.
    """

    along: ClassVar[tuple[str, ...]] = ()
    """Axes the algorithm may be cut along; () means that it needs whole arrays."""
    halo: ClassVar[Mapping[str, int | Callable[[Params], int]]] = {}
    """Neighbours needed on each side of a cut, per axis."""
    combine: ClassVar[Mapping[str, Callable[[Sequence[Any]], Any]]] = {}
    """Outputs that lose the cut axis: how to make one value of the partial ones."""
    step: ClassVar[int] = 1
    """Blocks start at multiples of this."""
    together: ClassVar[int] = 1
    """So many elements at once are fastest; the numbers do not depend on it."""
    per_element: ClassVar[Mapping[str, str]] = {}
    """Parameters of which every element along the cut axis may have its own -> the input that then
    gives them, so that the same data with several values is computed in one call."""
    renames: ClassVar[Mapping[str, str]] = {}
    """Cut axes that have another name in the outputs, such as row -> slice."""
    persistence: ClassVar[Literal["load", "save"] | None] = None
    """Set by the algorithms that touch files. "load" runs when it is recorded and registers
    references; the `execute` of a "save" returns the `Destination` that the engine writes to,
    a mapping of them by input where it saves several, or None where nothing is to be saved."""
    isolated: ClassVar[bool] = False
    """Whether it runs in a process of its own: for what holds Python's global lock for long, such
    as loops in plain Python, or may crash. Inputs and outputs are then copied once each."""
    version: ClassVar[str] = "1"
    """Changes whenever the numbers that the algorithm gives change."""

    data: Any
    """Mapping from name to array, while the algorithm runs."""

    def __init__(self, name: str):
        self.name = name
        self._services: Services | None = None

    def initialize(self) -> Any:
        """Prepare; `self.data` is in place afterwards."""
        self.data = self.get("Datastore").data()
        return True

    def finalize(self) -> Any:
        """Let go of what `initialize` took."""
        return True

    def outputs(self, inputs: Mapping[str, Spec], params: Params) -> Mapping[str, Spec]:
        """Shapes of the outputs without data: parameter -> Spec.

        An output that is left out is float32 with the shape of the first input.

        Raises
        ------
        ValueError
            If the shapes of the inputs do not fit each other or the parameters.
        """
        return {}

    def is_idle(self, params: Params) -> bool:
        """Whether these parameters make the only output equal to the first input.

        Such a step is recorded and then left out: nothing is copied, and what only its parameters
        refer to is not computed.
        """
        return False

    def scratch_bytes(self, inputs: Mapping[str, Spec], params: Params) -> int:
        """Working memory beside inputs and outputs for a block of these shapes [bytes]."""
        return 0

    def get(self, service: str) -> Any:
        """A service of the engine, by the paper's names (``"Datastore"``)."""
        return self._engine().service(service)

    def LogInfo(self, message: str) -> None:
        """Put a line into the log of the run."""
        self._engine().log("info", message)

    def LogWarn(self, message: str) -> None:
        """Put a warning into the log of the run."""
        self._engine().log("warning", message)

    def LogError(self, message: str) -> None:
        """Put an error into the log of the run, without failing."""
        self._engine().log("error", message)

    def _engine(self) -> Services:
        if self._services is None:
            raise RuntimeError(f"Algorithm {self.name!r} was not initialised by an engine.")
        return self._services

"""Recording one workflow several times: what is the same is recorded, and computed, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.engines.graph import Graph, Version, name_of
from daisy_kernel.engines.recording import Pick, Recording
from daisy_kernel.errors import AxesClash


class Recorded:
    """What the variants of a run have recorded so far, by what it does."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._made: dict[Any, dict[str, Version]] = {}
        self.named: dict[str, Version] = {}
        """Names that every variant finds."""
        self.saved: list[tuple[str, Destination]] = []
        """What the variant that is being recorded wants to save."""

    def begin(self) -> None:
        """Start the next variant: like the first it finds the data store, and what is `named`."""
        borrowed = {name_of(version): version for version in self._graph.borrowed}
        self._graph.current = {**borrowed, **self.named}
        self.saved = []

    def again(self, key: Any) -> bool:
        """Whether this was done already; what it made is then the newest of its names again."""
        made = self._made.get(key)
        if made is None:
            return False
        self._graph.current.update(made)
        return True

    def note(self, key: Any, before: Mapping[str, Version]) -> None:
        """Remember what was made since the newest versions were those of `before`."""
        now = self._graph.current
        self._made[key] = {name: v for name, v in now.items() if before.get(name) != v}


def step_key(
    algorithm: type[Algorithm],
    params: Mapping[str, Any],
    inputs: Mapping[str, Version],
    refs: Mapping[str, Version],
) -> Any:
    """Equal for steps that compute the same of the same and call it the same."""
    # Names of inputs stand for versions, which say more.
    values = [(n, repr(v)) for n, v in sorted(params.items()) if n not in inputs and n not in refs]
    return algorithm, tuple(values), tuple(sorted(inputs.items())), tuple(sorted(refs.items()))


class RecordedVariant:
    """One recording of the workflow; see `contracts.engine.Variant`."""

    def __init__(self, graph: Graph, recording: Recording, recorded: Recorded):
        self._graph, self._recording, self._recorded = graph, recording, recorded
        self.saved = recorded.saved

    def spec(self, name: str) -> Spec:
        """What is known of a data object."""
        return self._graph.specs[self._graph.version_of(name)]

    def alias(self, name: str, other: str) -> None:
        """Give the object a second name."""
        version = self._graph.version_of(name)
        self._graph.current[other] = self._recorded.named[other] = version

    def gather(
        self, name: str, destination: Destination, shape: tuple[int, ...], dtype: np.dtype[Any]
    ) -> None:
        """A dataset that is filled by picks; published under its name at the end."""
        version = self._graph.new_version(name, Spec(shape, np.dtype(dtype)))
        self._recorded.named[name] = version
        self._recording.saves.append((version, destination))

    def pick(
        self, name: str, axis: str, indices: Sequence[int], into: str, place: tuple[int, ...]
    ) -> None:
        """Some elements of an object go to a place of a gathered one.

        Raises
        ------
        AxesClash
            If they do not fit there.
        """
        graph = self._graph
        version, target = graph.version_of(name), graph.version_of(into)
        spec, whole = graph.specs[version], graph.specs[target]
        lengths = {axis: len(indices)} if axis in (spec.axes or ()) else {}
        fits = lengths and spec.resized(lengths).shape == whole.shape[len(place) :]
        if not fits or not np.can_cast(spec.dtype, whole.dtype, "same_kind"):
            raise AxesClash(
                f"{len(indices)} elements of {name!r}, {spec.dtype} {spec.shape}, do not fit into "
                f"{into!r}, {whole.dtype} {whole.shape}: all variants must give the same shape."
            )
        self._recording.picks.append(Pick(version, axis, tuple(indices), target, tuple(place)))

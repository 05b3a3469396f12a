"""The files of the user: made before anything is computed, committed at the end of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from daisy_kernel.contracts.destination import Destination, Target, unfinished_name
from daisy_kernel.engines.graph import Graph, Version
from daisy_kernel.engines.recording import Pick, Save
from daisy_kernel.engines.sinks import FileSink, PlacedSink
from daisy_kernel.errors import FileProblem, InvalidParameter
from daisy_kernel.formats import (
    HDF5Dataset,
    HDF5Target,
    RenderedTarget,
    publish,
    read_provenance,
    require_absent,
    stated_units,
)


@dataclass
class OutputFile:
    """One file or folder, with everything that this run saves into it."""

    path: Path
    part: Path
    """Its name until it is complete."""
    target: Target
    saves: list[Save] = field(default_factory=list)
    overwrite: bool = False

    @property
    def compared(self) -> Path | None:
        """The output, if its blocks can be compared once it is complete; not those of a picture."""
        return None if isinstance(self.target, RenderedTarget) else self.path

    @property
    def beside(self) -> list[tuple[Destination, Path, Path]]:
        """Files that are made of this one: destination, name for now, name at the end."""
        named = [(d, d.beside) for _, d in self.saves if d.beside is not None]
        suffix = self.part.name.removeprefix(f".{self.path.name}")
        return [(d, path.with_name(f".{path.name}{suffix}"), path) for d, path in named]


class Outputs:
    """All files that a run makes.

    Parameters
    ----------
    graph
        Knows what is saved.
    run_id
        Part of the names of unfinished files, so that a resumed run finds them again.
    """

    def __init__(self, graph: Graph, run_id: str):
        self._graph, self._run_id = graph, run_id
        self._files: list[OutputFile] = []
        self._streamed: set[Version] = set()

    @property
    def paths(self) -> list[Path]:
        """The files."""
        made = [path for file in self._files for _, _, path in file.beside]
        return [*(file.path for file in self._files), *made]

    def prepare(self, saves: Iterable[Save], *, overwrite: bool, resume: bool) -> None:
        """Create and allocate every file before anything is computed.

        Parameters
        ----------
        saves
            What goes where.
        overwrite
            Whether existing files may be replaced.
        resume
            Whether to look for the blocks of an earlier process.

        Raises
        ------
        OutputExists, DiskFull, FileProblem, RunConflict
            If an output cannot be had, or would replace what the run reads.
        """
        read = {
            Path(place["file"]).resolve()
            for identity in self._graph.identities.values()
            for place in (identity, *identity.get("parts", ()))
            if "file" in place
        }
        for version, destination in saves:
            path = destination.path
            if any(path.resolve() in (file, *file.parents) for file in read):
                raise FileProblem(
                    f"{path} is read by this run, so it cannot be its output: choose another name."
                )
            file = next((f for f in self._files if f.path == path), None)
            if file is None:
                part = unfinished_name(path, self._run_id)
                # A kill may have come after this file was committed, but before the run ended.
                replace = overwrite or (resume and self._is_mine(path))
                make = destination.target or HDF5Target
                target = make(path, part, overwrite=replace)
                file = OutputFile(path, part, target, overwrite=replace)
                self._files.append(file)
            if destination.beside is not None:
                require_absent(destination.beside, overwrite=file.overwrite)
            file.saves.append((version, destination))
        for file in self._files:
            self._allocate(file, resume=resume)

    def sinks(self, version: Version) -> list[FileSink]:
        """Where the blocks of an object go; it counts as written from now on."""
        found = self._places(version)
        if found:
            self._streamed.add(version)
        return found

    def placed(self, picks: Iterable[Pick]) -> dict[Version, list[PlacedSink]]:
        """Where the picked elements of every object go."""
        placed: dict[Version, list[PlacedSink]] = {}
        for pick in picks:
            axis = (self._graph.specs[pick.version].axes or ()).index(pick.axis)
            positions = {index: i for i, index in enumerate(pick.indices)}
            placed.setdefault(pick.version, []).extend(
                PlacedSink(sink, pick.place, axis, positions) for sink in self.sinks(pick.into)
            )
        return placed

    def unwritten(self) -> list[tuple[Version, FileSink]]:
        """What was there before the run, or came in one piece, and has to be copied."""
        versions = dict.fromkeys(v for file in self._files for v, _ in file.saves)
        return [(v, s) for v in versions if v not in self._streamed for s in self._places(v)]

    def commit(
        self, made: Mapping[str, Any], emit: Callable[[Any, dict[str, Any]], None]
    ) -> dict[str, Any]:
        """Rename every file to its name; results that only lie there are read from there.

        Parameters
        ----------
        made
            How the results were made, kept in every file.
        emit
            Is told of every output.

        Returns
        -------
        values
            What the destinations concluded from the complete files.
        """
        values: dict[str, Any] = {}
        for file in self._files:
            for destination, temporary, _ in file.beside:
                if destination.conclude is not None:
                    values.update(destination.conclude(file.part, temporary))
            references = file.target.commit({d.process: made for _, d in file.saves})
            for _, temporary, path in file.beside:
                publish(temporary, path, overwrite=file.overwrite)
            for version, destination in file.saves:
                if version not in self._graph.values:
                    reference = references[destination.dataset]
                    self._graph.values[version] = reference
                    if isinstance(reference, HDF5Dataset):
                        units = stated_units(reference.path, reference.dataset)
                        self._graph.units[version] = units
                emit("output", {"path": str(file.path), "dataset": destination.dataset})
        return values

    def discard(self) -> None:
        """Remove what was written of files that were not committed."""
        for file in self._files:
            file.target.discard()
            for _, temporary, _ in file.beside:
                temporary.unlink(missing_ok=True)

    def _is_mine(self, path: Path) -> bool:
        try:
            return read_provenance(path).get("run") == self._run_id
        except FileProblem:
            return False

    def _places(self, version: Version) -> list[FileSink]:
        return [
            FileSink(file.target, destination.dataset, file.part, file.compared)
            for file in self._files
            for saved, destination in file.saves
            if saved == version
        ]

    def _allocate(self, file: OutputFile, *, resume: bool) -> None:
        specs = self._graph.specs

        def describe(hdf5: Any) -> None:
            for version, destination in file.saves:
                if destination.describe is not None:
                    destination.describe(hdf5, specs[version])

        datasets = {destination.dataset: specs[version] for version, destination in file.saves}
        file.target.allocate(datasets, describe, resume=resume)


def check_place(destination: Destination, others: Iterable[Destination], step: str) -> None:
    """Make sure that a dataset has a place of its own, in a file that takes several.

    Raises
    ------
    InvalidParameter
        If it has no name, another dataset or the provenance lies on its path or below it, or the
        output takes no second one.
    """
    parts = _parts(destination.dataset)
    taken = [("the provenance", _parts(f"/entry/{destination.process}"))]
    for other in others:
        if other.path == destination.path and (other.target or destination.target):
            raise InvalidParameter(
                f"Step {step!r} cannot save to {destination.path}, where another step saves: give "
                "another name."
            )
        if other.path == destination.path:
            taken.append((f"the dataset {other.dataset} of another step", _parts(other.dataset)))
            taken.append(("the provenance", _parts(f"/entry/{other.process}")))
    for what, place in taken:
        n = min(len(parts), len(place))
        if parts[:n] == place[:n]:
            raise InvalidParameter(
                f"Step {step!r} cannot save to {destination.dataset!r} of {destination.path}: "
                f"{what} is at /{'/'.join(place)}; give another dataset."
            )


def _parts(dataset: str) -> list[str]:
    return [part for part in dataset.split("/") if part not in ("", ".")]

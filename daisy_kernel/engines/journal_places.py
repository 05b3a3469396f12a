"""What the journal of a run is told of where its blocks go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.engines.graph import Version
from daisy_kernel.engines.journal import Journal
from daisy_kernel.engines.sinks import FileSink


def note_places(
    journal: Journal,
    stage: str,
    files: Mapping[Version, Sequence[FileSink]],
    specs: Mapping[Version, Spec],
    cut: Mapping[Version, str | None],
) -> None:
    """Journal where the blocks of a stage go.

    Parameters
    ----------
    journal
        Of the run.
    stage
        Key of the stage.
    files
        Where each output is written.
    specs
        Shapes of whole objects.
    cut
        Output -> the axis that the blocks cut; None: it is written in one piece.
    """
    places = {}
    for version, sinks in files.items():
        spec, axis = specs[version], cut[version]
        position = None if axis is None else (spec.axes or ()).index(axis)
        for i, sink in enumerate(sinks):
            places[f"{version}#{i}"] = sink.place(spec, position)
    if places:
        journal.note_stage(stage, places)


def note_copy(
    journal: Journal,
    key: str,
    sink: FileSink,
    spec: Spec,
    axis: int | None,
    checksums: Mapping[tuple[int, int], int],
) -> None:
    """Journal what `copy_object` has written.

    Parameters
    ----------
    journal
        Of the run.
    key
        Name of the checksums.
    sink, spec
        Where it went, and the shape of the whole.
    axis, checksums
        What `copy_object` gave.
    """
    stage = f"copy {sink.part.name} {sink.dataset}"
    journal.note_stage(stage, {key: sink.place(spec, axis)})
    for (lo, hi), crc32 in checksums.items():
        journal.note_block(stage, lo, hi, {key: crc32})

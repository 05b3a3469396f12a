"""``daisy verify``: whether a result is still, block by block, what its run has written."""

from __future__ import annotations

from dataclasses import asdict

from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.terminal import complain, console, short_path, write_json

_NAMED = 10


def verify(words: list[str]) -> int:
    """Compare every block with the checksum in the journal of the run; 1 if one differs."""
    parser = Parser(
        "daisy verify",
        description="Compare every block of a result with the checksum that its run has noted.",
    )
    parser.add_argument(
        "result",
        metavar="RESULT.h5|RUN",
        help="a file or folder written by Daisy; or a run, with what it has left unfinished",
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    values = parser.parse_all(words)
    from daisy_kernel.configuration import read_configuration
    from daisy_kernel.engines.memory import human
    from daisy_kernel.engines.verification import find_run_of
    from daisy_kernel.engines.verification import verify as compare

    folder, result = find_run_of(read_configuration().run_directory, values["result"])
    found = compare(folder, result)
    name = folder.path.name
    if values["json"]:
        damages = [
            {**asdict(d.block), "path": str(d.block.path), "fault": d.fault} for d in found.damages
        ]
        write_json(
            {"run": name, "blocks": found.n_blocks, "bytes": found.nbytes, "damaged": damages}
        )
    elif not found.damages:
        of = short_path(result) if result else f"run {name}"
        console().print(
            f"{of}: {found.n_blocks} blocks, {human(found.nbytes)}, all as they were written",
            markup=False,
            style="green",
        )
    if not found.damages:
        return 0
    for damage in found.damages[:_NAMED]:
        complain(damage.words)
    more = len(found.damages) - _NAMED
    n_damaged = sum(bool(damage.block.dataset) for damage in found.damages)
    complain(
        f"{f'and {more} more; ' if more > 0 else ''}{n_damaged} of {found.n_blocks} "
        f"blocks are damaged: 'daisy resume {name}' computes them again."
        if n_damaged
        else f"All {found.n_blocks} blocks are whole: 'daisy resume {name}' makes the file anew."
    )
    return 1

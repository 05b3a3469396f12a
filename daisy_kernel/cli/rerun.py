"""``daisy rerun``: a result made again from what it says of itself, and compared bit for bit."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.terminal import complain, console, duration, short_path, write_json
from daisy_kernel.errors import FileProblem

if TYPE_CHECKING:
    from daisy_kernel.cli.comparison import Comparison


def rerun(words: list[str]) -> int:
    """Run the workflow that is recorded in a result; 1 if the new numbers differ."""
    parser = Parser(
        "daisy rerun",
        description="Make a result again, as it says it was made, and compare it bit for bit.",
    )
    parser.add_argument(
        "result", type=Path, metavar="RESULT.h5", help="a file or folder written by Daisy"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="default RESULT_rerun.h5 beside it"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the output if it is there already"
    )
    parser.add_argument(
        "--json", action="store_true", help="end with one line of JSON on standard output"
    )
    values = parser.parse_all(words)
    from daisy_kernel.cli.comparison import compare
    from daisy_kernel.cli.outcome import followed, summary
    from daisy_kernel.cli.recorded_run import redirected
    from daisy_kernel.cli.start import open_session, start_run
    from daisy_kernel.engines.provenance import (
        changed_sources,
        check_sources,
        version_differences,
    )
    from daisy_kernel.formats import read_provenance

    result: Path = values["result"].absolute()
    recorded = read_provenance(result)
    check_sources(recorded)
    for difference in version_differences(recorded):
        complain(f"warning: {difference}: the numbers may differ.")
    output = (
        values["output"] or result.with_name(f"{result.stem}_rerun{result.suffix}")
    ).absolute()
    if output.exists() and output.samefile(result):
        raise FileProblem(f"{result} cannot be compared with itself: choose another --output.")
    document, inputs = redirected(recorded, result, output)
    began = time.monotonic()
    run = start_run(
        open_session(), document, inputs=inputs, options={"overwrite": values["overwrite"]}
    )
    record = followed(run)
    seconds = time.monotonic() - began
    saved = [e["data"] for e in run.events() if e["kind"] == "output"]
    datasets = [s["dataset"] for s in saved if Path(s["path"]) == output]
    compared = [compare(result, output, dataset) for dataset in datasets]
    changed = changed_sources(recorded, read_provenance(output)) if datasets else []
    identical = bool(compared) and all(c.identical for c in compared)
    if values["json"]:
        answer = {**summary(record, seconds), "output": str(output), "identical": identical}
        write_json({**answer, "datasets": [asdict(c) for c in compared]})
    else:
        _print(compared, output, seconds)
    if changed:
        complain(f"{', '.join(changed)} has changed since {short_path(result)} was made.")
    if not identical:
        different = ", ".join(c.dataset for c in compared if not c.identical) or "nothing was saved"
        complain(f"{short_path(output)} differs from {short_path(result)}: {different}.")
    return 0 if identical and not changed else 1


def _print(compared: list[Comparison], output: Path, seconds: float) -> None:
    out = console()
    for comparison in compared:
        style = "green" if comparison.identical else "red"
        out.print(f"{comparison.dataset}: {comparison.words}", style=style, markup=False)
    out.print(f"{short_path(output)}, done in {duration(seconds)}", style="dim", markup=False)

"""``daisy run``: a workflow from the command line."""

from __future__ import annotations

from daisy_kernel.cli.workflow_options import parse_request


def run(words: list[str]) -> int:
    """Run a workflow, show its progress, say what came out."""
    request = parse_request(
        "daisy run",
        words,
        description="Run a workflow and save what it gives.",
        switches={
            "--overwrite": "replace the output if it is there already",
            "--json": "end with one line of JSON on standard output",
        },
    )
    # Late, so that --help and wrong options answer at once.
    from daisy_kernel.cli.outcome import finish
    from daisy_kernel.cli.start import open_session, start_run

    started = start_run(
        open_session(),
        request.workflow,
        inputs=request.inputs,
        overrides=request.overrides,
        options={**request.options, "overwrite": request.given["overwrite"]},
        engine=request.engine,
        sweep=request.sweep,
        slices=request.slices,
    )
    return finish(
        started,
        as_json=request.given["json"],
        debug=request.given["debug"],
        overrides=request.overrides,
    )

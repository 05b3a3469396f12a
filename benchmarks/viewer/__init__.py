"""The slice viewer: frames per second in a browser, beside an image of ipympl with a slider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.limits import measure_limits
from benchmarks.machine import describe
from benchmarks.records import OURS, Report, Row
from benchmarks.viewer.claims import viewer_claims
from benchmarks.viewer.lab import Lab
from benchmarks.viewer.scrubbing import IPYMPL, SEEN_AGAIN, SEEN_FIRST, notebook, scrub
from benchmarks.viewer.volume import scrub_volume, volume_notebook
from daisy_kernel.engines.memory import usable_cores

__all__ = ["FULL_PLAN", "QUICK_PLAN", "Plan", "viewer", "viewer_claims"]


@dataclass(frozen=True)
class Plan:
    """How many planes, and how large."""

    n_plane: int
    """At most 64: every plane has a grey of its own."""
    sides: tuple[int, ...] = (1024,)
    """Rows and columns of a plane; one JupyterLab for each."""
    volume_side: int = 512
    """Of a cubic volume on disk."""
    volume_frames: tuple[int, int, int] = (24, 24, 4)
    """Planes across slice, y and x; one across x lies in every page of the file."""


QUICK_PLAN = Plan(n_plane=32)
FULL_PLAN = Plan(n_plane=48, sides=(1024, 2048), volume_side=2048)


def viewer(
    plan: Plan, *, only_ours: bool = False, tell: Callable[[str], None] = lambda message: None
) -> Report:
    """Run the benchmark.

    Parameters
    ----------
    plan
        Sizes.
    only_ours
        Leave ipympl out.
    tell
        Is told what is going on.

    Returns
    -------
    report
        Every frame that counts was seen: a square in its middle had the grey of its plane.
    """
    tell("measuring the limits of this machine")
    machine = describe([measure_limits(usable_cores())], {}, {})
    rows: list[Row] = []
    for side in plan.sides:
        tell(f"{plan.n_plane} planes of {side}x{side} in JupyterLab")
        with Lab(*notebook(plan.n_plane, side)) as lab:
            lab.page.locator("[data-plane][data-detail=full]").wait_for(timeout=60_000)
            lab.page.locator(".jupyter-matplotlib-canvas-div").wait_for(timeout=60_000)
            lab.page.wait_for_timeout(1000)  # until nothing is under way any more
            for case in (SEEN_FIRST, SEEN_AGAIN):
                for who in (OURS,) if only_ours else (OURS, IPYMPL):
                    tell(f"{who}: {case}")
                    rows.append(scrub(lab, who, case, n_plane=plan.n_plane, side=side))
    side, frames = plan.volume_side, plan.volume_frames
    tell(f"a volume of {side}x{side}x{side} on disk in JupyterLab")
    with Lab(*volume_notebook(max(frames), side)) as lab:
        lab.page.locator("[data-plane][data-detail=full]").wait_for(timeout=60_000)
        for row in scrub_volume(lab, frames, side):
            tell(f"{row.who}: {row.case}")
            rows.append(row)
    return Report(machine, rows, viewer_claims(rows))

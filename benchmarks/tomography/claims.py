"""What the rows have to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.records import OURS, Claim, Row, against, find, ours_in, quotient

PADDED_GRIDREC = {1024: (0.054, 0.021), 2048: (0.0535, 0.019)}
"""N -> error, raw and scaled, of TomoPy 1.15.2's gridrec with padding on the same phantom."""
_EQUAL = 1.01
"""Errors that differ by less are called equal."""


def tomography_claims(rows: Sequence[Row]) -> list[Claim]:
    """Those that the rows allow, from nothing but the rows."""
    return [
        *_fourier(rows),
        *_back_projection(rows),
        *_sirt(rows),
        *_normalise(rows),
        *_stripes(rows),
        *_end_to_end(rows),
    ]


def _fourier(rows: Sequence[Row]) -> Iterator[Claim]:
    for ours in ours_in(rows, "fourier"):
        if ours.n in PADDED_GRIDREC and ours.threads == 1:
            raw, scaled = PADDED_GRIDREC[ours.n]
            yield Claim(f"Fourier N = {ours.n}: RMSE raw", ours.error, at_most=raw / 3)  # type: ignore[arg-type]
            yield Claim(
                f"Fourier N = {ours.n}: RMSE after scaling",
                ours.error_scaled,  # type: ignore[arg-type]
                at_most=scaled / 1.5,
            )
    for who in ("ducc0 NUFFT", "finufft", "TomoPy gridrec, padded"):
        least = 3.0 if who.startswith("TomoPy") else 1.3
        for ours, theirs, where in against(rows, "fourier", who):
            ratio = theirs.seconds / ours.seconds
            yield Claim(f"Fourier {where}: times faster than {who}", ratio, at_least=least)


def _back_projection(rows: Sequence[Row]) -> Iterator[Claim]:
    for ours, theirs, where in against(rows, "fbp", "ASTRA linear"):
        ratio = theirs.seconds / ours.seconds
        yield Claim(f"FBP {where}: times faster than ASTRA linear", ratio, at_least=15)
        error = quotient(ours.error, theirs.error)
        yield Claim(f"FBP {where}: RMSE over that of ASTRA linear", error, at_most=_EQUAL)


def _sirt(rows: Sequence[Row]) -> Iterator[Claim]:
    for ours, theirs, where in against(rows, "sirt", "ASTRA linear"):
        ratio = theirs.seconds / ours.seconds
        yield Claim(f"SIRT {where}: iterations faster than ASTRA by", ratio, at_least=10)
        residual = quotient(ours.residual, theirs.residual)
        yield Claim(f"SIRT {where}: residual over that of ASTRA", residual, at_most=_EQUAL)


def _normalise(rows: Sequence[Row]) -> Iterator[Claim]:
    case = "normalise + minus log"
    for who in ("NumPy", "NumPy, all float32"):
        for ours, theirs, _ in against(rows, case, who):
            ratio = theirs.seconds / ours.seconds
            yield Claim(f"Normalise + minus log: times faster than {who}", ratio, at_least=8)
    for ours in ours_in(rows, case):
        error = quotient(ours.error, 1.0)
        yield Claim("Normalise + minus log: largest error over max(1, x)", error, at_most=1e-6)


def _stripes(rows: Sequence[Row]) -> Iterator[Claim]:
    for ours, theirs, where in against(rows, "stripes, sorting", "algotom"):
        error = quotient(ours.error, theirs.error)
        yield Claim(f"Stripes {where}: what is left over that of algotom", error, at_most=_EQUAL)


def _end_to_end(rows: Sequence[Row]) -> Iterator[Claim]:
    case = "end to end"
    ours = find(rows, case=case, who=OURS)
    parts = [row for row in rows if row.case == case and row.who != OURS]
    if ours is None or not parts:
        return
    ratio = ours.seconds / max(row.seconds for row in parts)
    yield Claim(
        "End to end: time over the larger of moving bytes and computing", ratio, at_most=1.5
    )
    memory = quotient(ours.peak_memory, ours.memory_budget)
    yield Claim("End to end: peak memory over the budget", memory, at_most=1)

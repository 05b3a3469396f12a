"""``daisy demo``: an experiment with a known truth, analysed like any other."""

from __future__ import annotations

from pathlib import Path

from daisy_kernel.cli.parser import Parser
from daisy_kernel.errors import FileProblem


def demo(words: list[str]) -> int:
    """Simulate, analyse, compare, draw."""
    parser = Parser(
        "daisy demo",
        description="Simulate an experiment, analyse it with the workflow of the same name, and "
        "compare the result with the truth. 'tomography' reconstructs the scan of a porous "
        "sample, 'powder' integrates the frames of a powder that is heated. Takes seconds; needs "
        "no data.",
    )
    parser.add_argument(
        "technique",
        nargs="?",
        choices=("tomography", "powder"),
        default="tomography",
        help="default tomography",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("daisy-demo"),
        metavar="DIR",
        help="default ./daisy-demo",
    )
    parser.add_argument(
        "--json", action="store_true", help="end with one line of JSON on standard output"
    )
    values = parser.parse_all(words)
    # Late: numba, h5py and matplotlib take a second.
    from daisy_kernel.cli.demo_powder import demo_powder
    from daisy_kernel.cli.demo_tomography import demo_tomography

    folder: Path = values["output"].absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileProblem(
            f"The folder {folder} cannot be made ({error.strerror}): name another with --output."
        ) from error
    perform = demo_powder if values["technique"] == "powder" else demo_tomography
    perform(folder, as_json=values["json"])
    return 0

"""``daisy app``: a panel as a web page of its own, without a notebook around it."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from daisy_kernel.cli.parser import Parser
from daisy_kernel.errors import FileProblem, MissingLibrary

_APPS = ("tomography", "powder", "viewer")
_PAGES = Path(__file__).parents[2] / "daisy_widgets" / "app_pages"
_FURTHER = "further options go to voila: --Voila.ip=0.0.0.0, --base_url=/apps/, ..."


def app(words: list[str]) -> int:
    """Serve the page of an app until Ctrl-C."""
    parser = Parser(
        "daisy app",
        usage="daisy app tomography | powder | viewer FILE  [--port PORT] [--no-browser] "
        "[--theme light|dark] [options of voila]",
        description="A panel as a web page, for whoever wants no notebook. File names in its form "
        "are relative to the folder that this is started in. The page can be reached from this "
        "machine only, by its address with the token ($JUPYTER_TOKEN, else a new one). Its kernel "
        "ends with the page: a run that was cut off so is offered the next time.",
        epilog=_FURTHER,
        debug=False,
    )
    parser.add_argument("app", choices=_APPS)
    parser.add_argument("file", nargs="?", help="what the viewer shows")
    parser.add_argument("--port", type=int, default=8866)
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    asked, further = parser.parse_known_args(words)
    if (asked.app == "viewer") != (asked.file is not None):
        parser.error("the viewer needs a file" if asked.file is None else "only the viewer has one")
    if asked.file is not None and not Path(asked.file.partition(":")[0]).exists():
        raise FileProblem(f"{asked.file} does not exist: give the path of a file to look at.")
    if find_spec("voila") is None:
        raise MissingLibrary(
            'Voila, which serves apps, is not installed: pip install "daisy-xray[app]".'
        )
    from daisy_kernel.cli.app_server import AppServer

    os.environ["DAISY_APP_FOLDER"] = str(Path.cwd())
    os.environ["DAISY_APP_FILE"] = asked.file or ""
    AppServer.launch_instance(
        [
            str(_PAGES / f"{asked.app}.ipynb"),
            f"--port={asked.port}",
            f"--theme={asked.theme}",
            *(["--no-browser"] if asked.no_browser else []),
            *further,
        ]
    )
    return 0

"""Voila as Daisy starts it: for this machine only, behind a token, without JupyterLab's shell."""

from __future__ import annotations

import webbrowser
from typing import Any

from voila.app import Voila


class AppServer(Voila):
    """Serves one notebook as a page."""

    def initialize(self, argv: Any = None) -> None:
        """Read the options; those of the user come after ours."""
        super().initialize(
            [
                "--Voila.ip=127.0.0.1",
                "--Voila.auto_token=True",
                # Our panel beside the page would find nothing there to be a panel of.
                "--VoilaConfiguration.extension_denylist=daisy-labextension",
                *(argv or []),
            ]
        )

    def launch_browser(self) -> None:
        """Open the page with its token; Voila itself would ask for it."""
        webbrowser.open(f"{self.connection_url}?token={self.identity_provider.token}")

"""What the page of a stand-alone app shows; `daisy app` serves the notebooks in `app_pages`."""

from __future__ import annotations

import os
from pathlib import Path

from ipywidgets import DOMWidget

from daisy_kernel.errors import DaisyError
from daisy_kernel.session import local_session
from daisy_widgets import apps
from daisy_widgets.panel_box import PanelBox

PAGES = Path(__file__).parent / "app_pages"
FOLDER_VARIABLE = "DAISY_APP_FOLDER"
"""Names the folder that file names in a form are relative to."""
FILE_VARIABLE = "DAISY_APP_FILE"
"""Names the file that the viewer shows."""


def app_page(app: str) -> DOMWidget:
    """The widget of an app, at work in the folder that the environment names.

    Parameters
    ----------
    app
        "tomography", "powder" or "viewer".

    Returns
    -------
    widget
        A panel that says in a sentence what is wrong, where the app cannot be shown.
    """
    os.chdir(os.environ.get(FOLDER_VARIABLE, "."))
    try:
        if app == "viewer":
            return apps.viewer(local_session().open(os.environ[FILE_VARIABLE])[0].name)
        return {"tomography": apps.tomography, "powder": apps.powder}[app]()
    except DaisyError as error:
        page = PanelBox(app.capitalize())
        page.fill([page.notice.widget])
        page.fail(error)
        return page

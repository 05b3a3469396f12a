"""A panel works on a kernel elsewhere as on the notebook's own: it sees only the session."""

import numpy as np
import pytest

from daisy_widgets import RunView, panel

pytestmark = pytest.mark.kernel


def test_a_panel_runs_and_shows_what_a_kernel_elsewhere_has(elsewhere, quick, tmp_path):
    with elsewhere.connect() as session:
        made = panel("tomography", session=session, expose=["scan", "output", "center"])
        output = tmp_path / "reco.h5"
        made.form.fill(scan=str(quick["scan"]), output=str(output), center=str(quick["center"]))
        made.check.click()
        assert made.jobs.wait(60)
        assert made.notice.text.startswith("tomography can run. Memory ")
        made.start.click()
        assert made.jobs.wait(120)
        assert made.notice.text.startswith("Done in"), made.notice.text
        (shown,) = made.results.opened.children
        assert (shown.title, shown.shape) == ("reco", [160, 64, 64])
        plane = session["reco"][80]
        assert shown.model.value(axis=0, index=80, y=32, x=20) == plane[32, 20]
        assert np.isfinite(plane).all()

        view = RunView(session, next(iter(session.runs)))
        assert view.jobs.wait(60)
        assert view.notice.text == "✓ done"
        for panel_shown in (made, view):
            panel_shown.close()

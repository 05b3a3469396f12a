"""A page of JupyterLab and what is on it, as tests drive it."""

import secrets
from pathlib import Path

_HERE = Path(__file__).parent
PARTS = (
    "input, select, button, label, table, progress, .daisy-help, .daisy-notice, .daisy-centre-curve"
)
WHOLES = (
    ".daisy-slice-viewer, .daisy-pictures, .daisy-scan-opener, .daisy-frame-view, "
    ".jupyter-matplotlib-canvas-div"
)
"""What is in them is their own affair: they are looked at by tests of their own."""
# Lets "auto" take WebGL where no graphics card draws it.
_WITH_A_CARD = """(() => {
  const { prototype } = WebGL2RenderingContext;
  const ask = prototype.getExtension;
  prototype.getExtension = function (name) {
    return name === 'WEBGL_debug_renderer_info' ? null : ask.call(this, name);
  };
})()"""
# Resolves when the notebook is there and its kernel has answered; what the page shows earlier
# ("idle" in the toolbar) does not mean that.
READY = """async () => {
  const { context, sessionContext } = window.jupyterapp.shell.currentWidget;
  await context.ready;
  await sessionContext.ready;
  await sessionContext.session.kernel.info;
}"""
COMMAND = "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args); }"
START_COMMAND = "([name, args]) => { window.jupyterapp.commands.execute(name, args); }"

# The page holds the cells in view only.
SCROLL = """async id => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const ids = Array.from(notebook.model.cells, cell => cell.id);
  notebook.activeCellIndex = ids.indexOf(id);
  await notebook.scrollToItem(ids.indexOf(id), 'start');
}"""
CELLS = "() => window.jupyterapp.shell.currentWidget.model.toJSON().cells"


def overlaps(page, root=".daisy-panel", parts=PARTS, wholes=WHOLES) -> list[str]:
    """What lies over each other or sticks out, in words.

    Parameters
    ----------
    page
        Of the browser.
    root
        The first of these holds everything.
    parts
        What is looked at, by CSS selectors: of two of which one is in the other, neither is at
        fault, and what is scrolled out of sight does not count.
    wholes
        What is looked at from outside only.
    """
    script = (_HERE / "overlaps.js").read_text(encoding="utf-8")
    return page.evaluate(script, [root, parts, wholes])


def reach(page, key: str, selector: str) -> None:
    """Press a key until what has the focus matches this."""
    passed = []
    for _ in range(60):
        page.keyboard.press(key)
        passed.append(page.evaluate("() => document.activeElement.outerHTML.slice(0, 80)"))
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached by {key}: {passed}")


class Manner:
    """Theme, painter and place of the kernel: every panel is used in some of all manners.

    Parameters
    ----------
    lab
        A page that shows nothing yet.
    words
        Such as "light canvas near": light or dark; canvas or webgl; near (the kernel of the
        notebook) or far (another one, over a WebSocket); and, where a journey is made by either,
        keys or mouse.
    session
        Python for the session.
    """

    def __init__(self, lab: "Lab", words: str, session: str):
        self.theme, self.painter, _, *hand = words.split()
        self.has_mouse = hand == ["mouse"]
        self.name = words.replace(" ", "_")
        self._lab, self._session = lab, session
        if self.painter == "webgl":
            lab.page.add_init_script(_WITH_A_CARD)

    def open(self, name: str, *cells: str, is_waiting: bool = True) -> None:
        """Run a notebook on a small screen, if wanted to its end; its cells have a `session`."""
        lab = self._lab
        first = (
            "from daisy_kernel import connect\nfrom daisy_kernel.session import local_session\n\n"
            f"session = {self._session}"
        )
        lab.page.set_viewport_size({"width": 1280, "height": 800})
        lab.open(lab.server.write(f"{name}_{self.name}.ipynb", first, *cells))
        lab.do("apputils:change-theme", theme=f"JupyterLab {self.theme.capitalize()}")
        (lab.do if is_waiting else lab.start)("notebook:run-all-cells")

    def press(self, part) -> None:
        """Press a button."""
        if self.has_mouse:
            part.click()
        else:
            part.press("Enter")

    def fill(self, field, text: str) -> None:
        """Type into a field and leave it."""
        if self.has_mouse:
            field.click(click_count=3)
        else:
            field.focus()
            field.press("Control+A")
        self._lab.page.keyboard.type(text)
        field.press("Tab")

    def choose(self, field, option: str) -> None:
        """Choose from a list; what it opens is the browser's own and no part of the page."""
        if self.has_mouse:
            field.select_option(option)
        else:
            field.focus()
            self._lab.page.keyboard.type(option)

    def assert_painted(self) -> None:
        """Viewers are painted as this manner wants."""
        page, wanted = self._lab.page, f"[data-renderer={self.painter}]"
        page.locator(wanted).first.wait_for(state="attached", timeout=30_000)
        assert page.locator(f"[data-renderer]:not({wanted})").count() == 0


class Lab:
    """A page of JupyterLab, driven by its commands: menus move."""

    def __init__(self, server, page):
        self.server, self.page = server, page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str = "") -> None:
        """Open a notebook of the server's folder, or no document."""
        tree = f"/tree/{path}" if path else ""
        workspace = f"{self.server.url}/lab/workspaces/auto-{secrets.token_hex(4)}"
        self.page.goto(f"{workspace}{tree}?reset&token={self.server.token}")
        self._wait_until_restored()
        if path:
            self.wait_until_ready()

    def reload(self) -> None:
        self.page.reload()
        self._wait_until_restored()

    def _wait_until_restored(self) -> None:
        self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=60_000)
        self.page.evaluate("() => window.jupyterapp.restored.then(() => undefined)")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached", timeout=60_000)

    def wait_until_ready(self) -> None:
        """Wait for the current notebook and its kernel."""
        self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)").wait_for(timeout=30_000)
        self.page.evaluate(READY)

    def do(self, command: str, **arguments) -> None:
        """Execute a command of JupyterLab and wait for its end."""
        self.page.evaluate(COMMAND, [command, arguments])

    def start(self, command: str, **arguments) -> None:
        """Execute a command of JupyterLab and go on."""
        self.page.evaluate(START_COMMAND, [command, arguments])

    def outputs(self) -> list[dict]:
        """All outputs of the current notebook; the page itself holds those in view only."""
        cells = self.page.evaluate(CELLS)
        return [output for cell in cells for output in cell.get("outputs", ())]

    def viewer(self) -> "Viewer":
        return Viewer(self.page)

    def show(self, cell: str) -> None:
        """Scroll to the cell with this id."""
        self.page.evaluate(SCROLL, cell)

    def objects(self):
        """The list of data objects in the side panel."""
        self.do("daisy:show-panel")
        return self.page.get_by_test_id("daisy-objects")


class Viewer:
    """The slice viewer of the current notebook."""

    def __init__(self, page):
        self.slider = page.locator(".daisy-slice-slider")
        self.canvas = page.locator(".daisy-slice-canvas").first
        self.shown = page.locator("[data-plane][data-detail=full]")

    def plane(self) -> int:
        """Number of the plane that is drawn in full, once that is the one of the slider."""
        self.slider.wait_for(timeout=30_000)
        self.slider.scroll_into_view_if_needed()
        wanted = self.slider.input_value()
        self.shown.and_(self.slider.page.locator(f"[data-plane='{wanted}']")).wait_for()
        return int(wanted)

    def press(self, key: str, times: int = 1) -> int:
        """Press a key on the slider; gives the number of the plane that is drawn then."""
        self.slider.focus()
        for _ in range(times):
            self.slider.press(key)
        return self.plane()

    def picture(self) -> bytes:
        """What the canvas shows."""
        return self.canvas.screenshot()

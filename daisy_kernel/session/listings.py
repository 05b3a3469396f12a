"""The mappings of a session: name -> data object, algorithm, workflow or run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from daisy_kernel.contracts.transport import Transport
from daisy_kernel.errors import UnknownName
from daisy_kernel.session.display import html_table, shape_in_words, when_in_words, with_sign
from daisy_kernel.session.run_handle import RunHandle

T = TypeVar("T")


class Listing(Mapping[str, T], Generic[T]):
    """A mapping that asks the kernel each time, and shows itself as a table.

    Parameters
    ----------
    kind
        What the values are, for messages.
    fetch
        Asks the kernel.
    columns
        Entries or attributes of the values that are shown.
    """

    def __init__(self, kind: str, fetch: Callable[[], dict[str, T]], columns: tuple[str, ...]):
        self._kind, self._fetch, self._columns = kind, fetch, columns

    def __getitem__(self, name: str) -> T:
        found = self._fetch()
        if name not in found:
            raise UnknownName(self._kind, name, found)
        return found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fetch())

    def __len__(self) -> int:
        return len(self._fetch())

    def __repr__(self) -> str:
        return f"{self._kind}s: {', '.join(self) or 'none'}"

    def _repr_html_(self) -> str:
        rows = [
            (name, *(_cell(value, column) for column in self._columns))
            for name, value in self._fetch().items()
        ]
        return html_table((self._kind, *self._columns), rows)


class RunListing(Listing[RunHandle]):
    """The recorded runs, newest first; shown without asking for each of them."""

    def __init__(self, transport: Transport):
        super().__init__("run", self._handles, ())
        self._transport = transport

    def current(self, workflow: str | None = None) -> RunHandle | None:
        """The run that goes on, or else the newest one; None if there is none.

        Parameters
        ----------
        workflow
            Look at the runs of this one only, and at no sweeps.
        """
        runs = self.summaries(workflow)
        chosen = next((r for r in runs if r["state"] == "running"), runs[0] if runs else None)
        return None if chosen is None else RunHandle(self._transport, chosen["id"])

    def summaries(self, workflow: str | None = None) -> list[dict[str, Any]]:
        """Id, workflow, state, times, outputs and error of every run, newest first.

        Parameters
        ----------
        workflow
            Those of this one only, and no sweeps: these did not run it as it is.
        """
        told: list[dict[str, Any]] = self._transport.call("runs.list", {})[0]["runs"]
        runs = [
            run
            for run in told
            if workflow is None or (run["workflow"] == workflow and not run["is_sweep"])
        ]
        return sorted(runs, key=lambda run: run["created"], reverse=True)  # ids tell the second

    def _repr_html_(self) -> str:
        rows = [
            (
                run["id"],
                run["workflow"],
                with_sign(run["state"]),
                when_in_words(run["created"]),
                ", ".join(run["outputs"]) if run["state"] == "done" else run["error"],
            )
            for run in self.summaries()
        ]
        return html_table(("run", "workflow", "state", "asked for", "output"), rows)

    def _handles(self) -> dict[str, RunHandle]:
        return {run["id"]: RunHandle(self._transport, run["id"]) for run in self.summaries()}


def _cell(value: Any, column: str) -> str:
    found = value.get(column, "") if isinstance(value, Mapping) else getattr(value, column)
    if column == "shape":
        return shape_in_words(found)
    if column == "axes":
        return ", ".join(found or ())
    return str(found)

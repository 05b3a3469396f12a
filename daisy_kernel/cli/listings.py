"""``daisy workflows`` and ``daisy algorithms``: what there is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daisy_kernel.cli.parser import Parser
from daisy_kernel.cli.terminal import console, show, write_json

_KINDS = {"init": "set once", "input": "data in", "output": "data out", "value": "parameter"}
_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}


def workflows(words: list[str]) -> int:
    """List the workflows, or show the inputs of one."""
    values = _parse("workflow", words, "The workflows there are, with inputs, units and defaults.")
    from daisy_kernel.cli.documents import documents as find_documents

    name, known = values["name"], find_documents()
    found = {n: known.find(n) for n in (known.names() if name is None else [name])}
    documents = {n: d.model_dump(mode="json", by_alias=True) for n, d in found.items()}
    if values["json"]:
        write_json({"workflows": documents})
    elif name is None:
        _print_names("workflow", {n: d["help"] for n, d in documents.items()})
    else:
        _print_workflow(documents[name])
    return 0


def algorithms(words: list[str]) -> int:
    """List the algorithms, or show the parameters of one."""
    values = _parse("algorithm", words, "The algorithms there are, with parameters and units.")
    from daisy_kernel.cli.start import open_session

    session, name = open_session(), values["name"]
    schemas = dict(session.algorithms) if name is None else {name: session.algorithms[name]}
    if values["json"]:
        write_json({"algorithms": schemas})
    elif name is None:
        _print_names("algorithm", {n: s["description"] for n, s in schemas.items()})
    else:
        _print_algorithm(schemas[name])
    return 0


def _parse(kind: str, words: list[str], description: str) -> dict[str, Any]:
    parser = Parser(f"daisy {kind}s", description=description)
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"show this {kind} only")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    return parser.parse_all(words)


def _print_names(kind: str, described: Mapping[str, str]) -> None:
    table = _table(kind, "what it does")
    for name, text in described.items():
        _row(table, name, text)
    out = console()
    show(table)
    out.print(f"\n'daisy {kind}s NAME' shows one with its parameters.", style="dim", markup=False)


def _print_workflow(document: Mapping[str, Any]) -> None:
    out = console()
    out.print(f"{document['name']}: {document['help']}", style="bold", markup=False)
    table = _table("input", "type", "unit", "default", "what it is")
    for name, declared in document["inputs"].items():
        kind = " | ".join(map(str, declared["choices"])) or declared["type"]
        default = "required" if declared["required"] else _default(declared["default"])
        _row(table, name, kind, declared["unit"], default, declared["help"])
    show(table)
    steps = [s["algorithm"] or s["workflow"] for s in document["steps"]]
    out.print(f"\nsteps: {' > '.join(steps)}", markup=False)
    out.print(
        f"'daisy run {document['name']} --NAME VALUE ...' runs it.", style="dim", markup=False
    )


def _print_algorithm(schema: Mapping[str, Any]) -> None:
    out = console()
    out.print(f"{schema['title']}: {schema['description']}", style="bold", markup=False)
    table = _table("name", "kind", "type", "unit", "default", "what it is")
    for name, declared in schema["properties"].items():
        kind = declared["x-kind"]
        axes = ", ".join(declared.get("x-axes", ()))
        default = "required" if name in schema["required"] else _default(declared.get("default"))
        _row(
            table,
            name,
            _KINDS[kind],
            _type(declared) if kind in ("init", "value") else f"({axes})" if axes else "any",
            declared.get("x-unit", ""),
            default,
            declared.get("description", ""),
        )
    show(table)


def _type(schema: Mapping[str, Any]) -> str:
    """A JSON Schema in words: 'number above 0', 'fourier | fbp', 'a list'."""
    if "anyOf" in schema:
        kinds = [_type(s) for s in schema["anyOf"] if s.get("type") != "null"]
        return " | ".join(kinds)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    kind = "path" if schema.get("format") == "path" else str(schema.get("type", "any"))
    limits = [f"{words} {schema[key]:g}" for key, words in _LIMITS.items() if key in schema]
    return " ".join([kind, *limits])


def _default(value: Any) -> str:
    return "" if value is None else str(value)


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, style="bold" if heading == headings[0] else "")
    return table


def _row(table: Any, *cells: str) -> None:
    from rich.text import Text

    # As Text, or a [unit] would be taken for rich's own markup.
    table.add_row(*(Text(cell) for cell in cells))

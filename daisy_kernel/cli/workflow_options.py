"""The inputs of a workflow document as command-line options."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from daisy_kernel.cli.parser import Parser, with_joined_numbers

if TYPE_CHECKING:
    from daisy_kernel.workflow import WorkflowDocument
    from daisy_kernel.workflow.document import WorkflowInput

_INPUT = "input of the workflow: "
"""Begins the destination of an input, so that one called `json` does not meet the option --json."""

_OPTIONS: dict[str, dict[str, Any]] = {
    "--engine": {
        "default": "inprocess",
        "metavar": "NAME",
        "help": "inprocess (default) or spark",
    },
    "--set": {
        "action": "append",
        "metavar": "STEP.PARAM=VALUE",
        "help": "a parameter that is no input of the workflow; may be repeated",
    },
    "--sweep": {
        "action": "append",
        "metavar": "NAME=VALUES",
        "help": "compute some slices for every value: FIRST:LAST:STEP (LAST included where the "
        "steps meet it) or VALUE,VALUE,... of an input or STEP.PARAM; may be repeated",
    },
    "--slices": {
        "metavar": "N,N,...",
        "help": "numbers of the slices of a sweep, or FIRST:LAST:STEP (default the middle one)",
    },
    "--memory": {
        "metavar": "SIZE",
        "help": "budget for arrays, such as 4GB (default 60 %% of the memory)",
    },
    "--threads": {
        "type": int,
        "metavar": "N",
        "help": "blocks computed at once (default one per core)",
    },
}


@dataclass(frozen=True)
class Request:
    """What to run or check, and how, as the words of a command line have it."""

    workflow: str | dict[str, Any]
    document: WorkflowDocument
    inputs: dict[str, Any]
    overrides: dict[str, Any]
    options: dict[str, Any]
    """Those of the session: memory, threads."""
    engine: str
    given: dict[str, Any]
    """Further options of the command, by destination."""
    sweep: dict[str, str] | None = None
    """Input or "step.parameter" -> its values."""
    slices: str | None = None


def parse_request(
    command: str, words: Sequence[str], *, description: str, switches: Mapping[str, str]
) -> Request:
    """The words after ``daisy run`` or ``daisy check``.

    Parameters
    ----------
    command
        "daisy run", say.
    words
        WORKFLOW among its options.
    description
        What the command does, for its help.
    switches
        Options that only this command has, without values: "--json" -> help.

    Raises
    ------
    SystemExit
        With code 0 after --help, 2 for words that make no sense.
    DaisyError
        If the workflow is not known or cannot be read.
    """
    from daisy_kernel.cli.documents import documents  # late: pydantic

    known_documents = documents()
    words = with_joined_numbers(words)
    first = Parser(
        command,
        usage=f"{command} WORKFLOW [--NAME VALUE ...] [options]",
        description=description,
        show_help=False,
    )
    first.add_argument(
        "workflow", nargs="?", metavar="WORKFLOW", help="name, or file of a document"
    )
    _add_options(first, switches)
    known, rest = first.parse_known_args(words)
    if known.workflow is None:
        if not {"-h", "--help"}.intersection(rest):
            first.error("which workflow? Name one, or the file of a document")
        first.epilog = (
            f"workflows: {', '.join(known_documents.names())}\n"
            f"'{command} WORKFLOW --help' shows the options of a workflow."
        )
        first.print_help()
        raise SystemExit(0)
    if set(words[: words.index(known.workflow)]).intersection(rest):
        first.error(f"name the workflow before its own options: {command} WORKFLOW {rest[0]} VALUE")
    document = known_documents.find(known.workflow)
    second = Parser(
        f"{command} {known.workflow}",
        usage=f"{command} {known.workflow} [--NAME VALUE ...] [options]",
        description=f"{document.name}: {document.help}" if document.help else description,
    )
    flags = _add_inputs(second, document, {*_OPTIONS, *switches})
    _add_options(second, switches)
    values = second.parse_all(_canonical(rest, flags), known)
    inputs = {}
    sweep = _sweep(second, values.pop("sweep") or ())
    for name, declared in document.inputs.items():
        value = values.pop(_INPUT + name, None)
        if value is not None:
            inputs[name] = known_documents.absolute(declared, value)
        elif declared.required and name not in sweep:
            second.error(f"{flags[name]} is missing{f': {declared.help}' if declared.help else ''}")
    return Request(
        known_documents.as_asked(known.workflow, document),
        document,
        inputs,
        dict(_override(second, text) for text in values.pop("set") or ()),
        {"memory": values.pop("memory"), "threads": values.pop("threads")},
        values.pop("engine"),
        values,
        sweep=sweep or None,
        slices=values.pop("slices"),
    )


def _add_options(parser: Parser, switches: Mapping[str, str]) -> None:
    group = parser.add_argument_group("how to run")
    for flag, entries in _OPTIONS.items():
        group.add_argument(flag, **entries)
    for flag, text in switches.items():
        group.add_argument(flag, action="store_true", help=text)


def _add_inputs(parser: Parser, document: WorkflowDocument, taken: set[str]) -> dict[str, str]:
    """Add an option per input; how each is spelled."""
    group = parser.add_argument_group(f"inputs of the workflow {document.name}")
    flags: dict[str, str] = {}
    taken = {*taken, "--help", "--debug"}
    for name, declared in document.inputs.items():
        flag = f"--{name.replace('_', '-')}"
        while flag in taken:  # an input called like an option of the command, `threads` say
            flag = f"--input-{flag[2:]}"
        taken.add(flag)
        flags[name] = flag
        may_stand_alone = declared.type == "boolean"
        group.add_argument(
            flag,
            dest=_INPUT + name,
            metavar=_metavar(declared),
            nargs="?" if may_stand_alone else None,
            const="true" if may_stand_alone else None,
            help=_help(declared).replace("%", "%%"),
        )
    return flags


def _canonical(words: Sequence[str], flags: Mapping[str, str]) -> list[str]:
    """The words with --dead_pixels written as --dead-pixels."""
    spelled = {f"--{name}": flag for name, flag in flags.items() if "_" in name}
    canonical = []
    for word in words:
        flag, equals, value = word.partition("=")
        canonical.append(f"{spelled.get(flag, flag)}{equals}{value}")
    return canonical


def _metavar(declared: WorkflowInput) -> str:
    if declared.choices:
        return "{" + ",".join(map(str, declared.choices)) + "}"
    names = {"path": "PATH", "string": "TEXT", "boolean": "yes|no"}
    return names.get(declared.type, "NUMBER")


def _help(declared: WorkflowInput) -> str:
    details = [f"[{declared.unit}]"] if declared.unit else []
    if declared.required:
        details.append("(required)")
    elif declared.default is not None:
        details.append(f"(default {declared.default})")
    return " ".join([declared.help, *details]).strip()


def _sweep(parser: Parser, given: Sequence[str]) -> dict[str, str]:
    sweep: dict[str, str] = {}
    for text in given:
        name, equals, values = text.partition("=")
        name = name if "." in name else name.replace("-", "_")
        if not equals or not name:
            parser.error(f"--sweep takes NAME=VALUES, not {text!r}")
        if name in sweep:
            parser.error(f"--sweep gives {name} twice: put its values into one")
        sweep[name] = values
    return sweep


def _override(parser: Parser, text: str) -> tuple[str, Any]:
    target, equals, value = text.partition("=")
    if not equals or "." not in target:
        parser.error(f"--set takes STEP.PARAM=VALUE, not {text!r}")
    if value == "null" or value[:1] in ("{", "["):  # nothing, a reference, a list
        try:
            return target, json.loads(value)
        except json.JSONDecodeError as error:
            parser.error(f"--set {target}: {value!r} is not valid JSON ({error})")
    return target, value

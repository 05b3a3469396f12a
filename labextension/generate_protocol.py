"""Writes ``src/protocol.ts``: the messages of `daisy_kernel.contracts.protocol` for TypeScript.

``python labextension/generate_protocol.py`` after a change of the dataclasses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from daisy_kernel import errors
from daisy_kernel.contracts import protocol, protocol_fields, protocol_objects, protocol_runs
from daisy_kernel.contracts.events import Event, KernelEvent
from daisy_kernel.contracts.protocol_fields import Message

TARGET = Path(__file__).with_name("src") / "protocol.ts"
ENVELOPES = (protocol.Request, protocol.Reply, protocol.Refusal, protocol.CommEnvelope)
CONSTANTS = {
    "PROTOCOL": protocol.PROTOCOL,
    "REQUEST_TYPE": protocol.REQUEST,
    "REPLY_TYPE": protocol.REPLY,
    "EVENT_TYPE": protocol.EVENT,
    "COMM_TARGET": protocol.COMM_TARGET,
    "MAX_READ_BYTES": protocol_objects.MAX_READ_BYTES,
    "MAX_CHUNK_BYTES": protocol_objects.MAX_CHUNK_BYTES,
    "MAX_NAME": protocol_fields.MAX_NAME,
}
HEADER = """\
// Generated from the dataclasses in daisy_kernel/contracts/protocol*.py by
//   python labextension/generate_protocol.py
// Change them and run that; a test compares.

/** What a value must look like: the part of JSON Schema that these messages need. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** A JSON object whose keys are not of the protocol. */
export type Json = Readonly<Record<string, unknown>>;
"""
_KEPT = (
    "$ref", "type", "const", "enum", "anyOf", "items", "minItems", "maxItems", "minLength",
    "maxLength", "minimum", "maximum", "properties", "required", "additionalProperties",
)  # fmt: skip
_SIMPLE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean"}


def generate() -> str:
    """The whole file."""
    schemas, given = _schemas()
    parts = [HEADER]
    parts += [f"export const {name} = {_literal(value)};" for name, value in CONSTANTS.items()]
    parts.append(_constant("ERROR_KINDS", _error_kinds()))
    for name, schema in schemas.items():
        parts.append(_interface(name, schema, all_given=name in given))
    parts += [*_event_types(), *_operation_types()]
    checked = {n: _compact(s, all_given=n in given) for n, s in schemas.items()}
    for kind, data in protocol_runs.EVENT_DATA.items():
        checked[_event_name(kind)] = _event_schema(checked, Event, kind, data)
        checked[f"Kernel{_event_name(kind)}"] = _event_schema(checked, KernelEvent, kind, data)
    for event, prefix in ((Event, ""), (KernelEvent, "Kernel")):
        kinds = [{"$ref": f"{prefix}{_event_name(kind)}"} for kind in protocol_runs.EVENT_DATA]
        checked[event.__name__] = {"anyOf": kinds}
    lines = [f"  {name}: {json.dumps(schema)}" for name, schema in checked.items()]
    joined = ",\n".join(lines)
    parts.append(f"export const SCHEMAS: Readonly<Record<string, Schema>> = {{\n{joined}\n}};")
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _schemas() -> tuple[dict[str, Any], set[str]]:
    """Name -> JSON Schema of every message, and the names of those whose fields are all given."""
    asked = [o.arguments for o in protocol.OPERATIONS.values()]
    asked += [*protocol_runs.EVENT_DATA.values(), *ENVELOPES]
    results = [o.result for o in protocol.OPERATIONS.values()]
    _, both = TypeAdapter.json_schemas(
        [(m, "validation", TypeAdapter(m)) for m in dict.fromkeys([*asked, *results])]
    )
    schemas: dict[str, Any] = both["$defs"]
    from_asked = {name for m in asked for name in _reached(schemas, m.__name__)}
    classes = {m.__name__: m for m in _messages(Message)}
    for name, schema in schemas.items():
        _inherit_descriptions(schema, classes.get(name), schemas)
    return schemas, set(schemas) - from_asked


def _messages(kind: type) -> Iterator[type]:
    for message in kind.__subclasses__():
        yield message
        yield from _messages(message)


def _reached(schemas: dict[str, Any], name: str) -> Iterator[str]:
    yield name
    for reference in _references(schemas[name]):
        yield from _reached(schemas, reference)


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield _last(schema["$ref"])
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _inherit_descriptions(schema: dict[str, Any], message: type | None, schemas: Any) -> None:
    """What a base class says about a field holds for those who inherit it."""
    for base in message.__mro__[1:] if message else ():
        if is_dataclass(base) and base.__name__ in schemas:
            for name in {f.name for f in fields(base)} & set(schema["properties"]):
                told = schemas[base.__name__]["properties"][name].get("description")
                if told:
                    schema["properties"][name].setdefault("description", told)


def _error_kinds() -> list[str]:
    return [n for n, e in vars(errors).items() if isinstance(e, type) and issubclass(e, Exception)]


def _interface(name: str, schema: dict[str, Any], *, all_given: bool) -> str:
    if name in ("Event", "KernelEvent"):
        return ""
    lines = _comment(schema.get("description", ""), "")
    required = schema["properties"] if all_given else schema.get("required", ())
    if not schema.get("properties"):
        return "\n".join([*lines, f"export type {name} = Readonly<Record<string, never>>;"])
    lines.append(f"export interface {name} {{")
    for field, declared in schema["properties"].items():
        lines += _comment(declared.get("description", ""), "  ")
        mark = "" if field in required else "?"
        lines.append(f"  readonly {field}{mark}: {_type(declared)};")
    return "\n".join([*lines, "}"])


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = _last(schema["$ref"])
        return "DaisyEvent" if name == "Event" else name  # a page has events of its own
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(option) for option in schema["anyOf"]))
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return " | ".join(map(_literal, schema["enum"]))
    if schema.get("type") == "array":
        item = _type(schema.get("items", {}))
        return f"readonly ({item})[]" if "|" in item or "readonly" in item else f"readonly {item}[]"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        inner = _type(values) if isinstance(values, dict) and values else ""
        return f"Readonly<Record<string, {inner}>>" if inner else "Json"
    return _SIMPLE.get(
        schema.get("type", ""), "null" if schema.get("type") == "null" else "unknown"
    )


def _event_types() -> list[str]:
    kinds = protocol_runs.EVENT_DATA
    data = "\n".join(f"  readonly {kind}: {m.__name__};" for kind, m in kinds.items())
    common = "\n".join(
        f"  readonly {name}: {_type(declared)};"
        for name, declared in TypeAdapter(Event).json_schema()["properties"].items()
        if name not in ("kind", "data")
    )
    return [
        f"/** What an event of each kind holds. */\nexport interface EventData {{\n{data}\n}}",
        "export type EventKind = keyof EventData;",
        "/** An event of one kind. */\n"
        f"export interface EventOf<K extends EventKind> {{\n{common}\n"
        "  readonly kind: K;\n  readonly data: EventData[K];\n}",
        "/** One thing that happened in a run, or to a data object; `n` counts within the run. */\n"
        "export type DaisyEvent = { [K in EventKind]: EventOf<K> }[EventKind];",
        "/** An event as a kernel tells it to everybody; `kernel_n` counts all of the kernel. */\n"
        "export type KernelEvent = DaisyEvent & { readonly kernel_n: number };",
    ]


def _operation_types() -> list[str]:
    typed, named = [], []
    for name, operation in protocol.OPERATIONS.items():
        asked, result = operation.arguments.__name__, operation.result.__name__
        typed.append(f"  readonly '{name}': {{ arguments: {asked}; result: {result} }};")
        named.append(
            f"  '{name}': {{ arguments: '{asked}', result: '{result}', "
            f"buffersIn: {operation.buffers_in}, buffersOut: {operation.buffers_out} }}"
        )
    joined = ",\n".join(named)
    lines = "\n".join(typed)
    return [
        "/** Arguments and result of every operation. */\n"
        f"export interface Operations {{\n{lines}\n}}",
        "export type Operation = keyof Operations;",
        "export type Arguments<O extends Operation> = Operations[O]['arguments'];",
        "export type Result<O extends Operation> = Operations[O]['result'];",
        "/** The schemas of arguments and result, and how many buffers travel beside them. */\n"
        f"export const OPERATIONS = {{\n{joined}\n}} as const;",
    ]


def _event_name(kind: str) -> str:
    return f"{kind.capitalize()}Event"


def _event_schema(
    checked: dict[str, Any], event: type, kind: str, data: type[Message]
) -> dict[str, Any]:
    schema = json.loads(json.dumps(_compact(TypeAdapter(event).json_schema(), all_given=True)))
    schema["properties"] |= {"kind": {"const": kind}, "data": {"$ref": data.__name__}}
    return {**schema, "additionalProperties": False}


def _compact(schema: Any, *, all_given: bool) -> Any:
    """A schema without what only people read."""
    kept = {key: schema[key] for key in _KEPT if key in schema}
    for key, value in kept.items():
        if key == "$ref":
            kept[key] = _last(value)
        elif key == "anyOf":
            kept[key] = [_compact(option, all_given=False) for option in value]
        elif key == "properties":
            kept[key] = {n: _compact(s, all_given=False) for n, s in value.items()}
        elif key == "items" or (key == "additionalProperties" and isinstance(value, dict)):
            kept[key] = _compact(value, all_given=False)
    if all_given and "properties" in kept:
        kept["required"] = list(kept["properties"])
    return kept


def _comment(text: str, indent: str) -> list[str]:
    lines = text.strip().splitlines()
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    inner = [f"{indent} * {line}".rstrip() for line in lines]
    return [f"{indent}/**", *inner, f"{indent} */"] if lines else []


def _constant(name: str, values: list[str]) -> str:
    return f"export const {name} = [{', '.join(map(_literal, values))}] as const;"


def _literal(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]


if __name__ == "__main__":
    TARGET.write_text(generate())

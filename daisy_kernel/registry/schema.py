"""The schema of an algorithm, read from the signature of its `execute` and its `Init` fields."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal
from weakref import WeakKeyDictionary

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Advanced, Init, Input, Output, Ref, Unit
from daisy_kernel.errors import DaisyError, InvalidParameter, UnknownName

MISSING: Any = inspect.Parameter.empty
_SCHEMAS: WeakKeyDictionary[type[Algorithm], Schema] = WeakKeyDictionary()
_STRICT_NUMBERS = ConfigDict(allow_inf_nan=False)


@dataclass(frozen=True)
class Parameter:
    """One parameter of an algorithm."""

    name: str
    kind: Literal["init", "input", "output", "value"]
    adapter: TypeAdapter[Any]
    """Parses and describes the values."""
    default: Any = MISSING
    axes: tuple[str, ...] = ()
    """For data objects: the axes that the algorithm names."""
    lazy: str | None = None
    """For inputs: axis along which the object is read piece by piece."""
    unit: str = ""
    description: str = ""
    is_advanced: bool = False

    @property
    def required(self) -> bool:
        """Whether a value must be given."""
        return self.default is MISSING

    @cached_property
    def is_place(self) -> bool:
        """Whether the value says where a file is."""
        if self.kind not in ("init", "value"):
            return False
        schema = self.adapter.json_schema()
        return any(one.get("format") == "path" for one in (schema, *schema.get("anyOf", ())))

    def parse(self, value: Any) -> Any:
        """The value in its declared type; numbers may come as strings."""
        return self.adapter.validate_python(value)

    def json_schema(self) -> dict[str, Any]:
        """The parameter as JSON Schema, with unit and default."""
        schema: dict[str, Any] = {"type": "string", "x-axes": list(self.axes)}
        if self.kind in ("init", "value"):
            schema = dict(self.adapter.json_schema())
        if self.default is not MISSING:
            schema["default"] = to_jsonable_python(self.default, fallback=str)
        schema["x-kind"] = self.kind
        for key, text in (("x-unit", self.unit), ("description", self.description)):
            if text:
                schema[key] = text
        if self.is_advanced:
            schema["x-level"] = "advanced"
        return schema


@dataclass(frozen=True)
class Schema:
    """What an algorithm takes and makes."""

    name: str
    summary: str
    declared: bool
    """False for a class in the paper's style, without annotations: it runs on whole arrays."""
    parameters: Mapping[str, Parameter]

    def of_kind(self, kind: str) -> dict[str, Parameter]:
        """The parameters of one kind, in the order of the signature."""
        return {n: p for n, p in self.parameters.items() if p.kind == kind}

    def validate(self, given: Mapping[str, Any], step: str) -> dict[str, Any]:
        """Complete and parse the parameters of one step.

        Raises
        ------
        UnknownName
            For a parameter that the algorithm does not have.
        InvalidParameter
            For one that is missing or does not fit its type; says what was given.
        """
        for name in given:
            if name not in self.parameters:
                kind = f"parameter of {self.name} (step {step!r})"
                raise UnknownName(kind, name, self.parameters)
        return {name: self.value(name, given, step) for name in self.parameters}

    def value(self, name: str, given: Mapping[str, Any], step: str) -> Any:
        """One parameter of a step, complete and parsed.

        Raises
        ------
        InvalidParameter
            As `validate`.
        """
        parameter = self.parameters[name]
        value = given.get(name, parameter.default)
        if value is MISSING:
            raise InvalidParameter(
                f"Step {step!r} ({self.name}) lacks the parameter {name!r}"
                f"{f' ({parameter.description})' if parameter.description else ''}: give it."
            )
        if isinstance(value, Ref) and parameter.kind in ("input", "output"):
            raise InvalidParameter(
                f"Step {step!r} ({self.name}): parameter {name!r} names a data object: give "
                f"{value.name!r} itself instead of {value!r}."
            )
        if isinstance(value, Ref) or name not in given:
            return value
        try:
            return parameter.parse(value)
        except ValidationError as error:
            unit = f" [{parameter.unit}]" if parameter.unit else ""
            raise InvalidParameter(
                f"Step {step!r} ({self.name}): parameter {name!r}{unit} cannot be {value!r}: "
                f"{error.errors()[0]['msg']}."
            ) from error

    def json_schema(self) -> dict[str, Any]:
        """The algorithm as one JSON Schema object."""
        return {
            "title": self.name,
            "description": self.summary,
            "type": "object",
            "properties": {n: p.json_schema() for n, p in self.parameters.items()},
            "required": [n for n, p in self.parameters.items() if p.required],
            "additionalProperties": False,
        }


def schema_of(algorithm: type[Algorithm]) -> Schema:
    """The schema of an algorithm class.

    Raises
    ------
    DaisyError
        If the class cannot be described: ``**kwargs``, unknown annotations, an output without axes.
    """
    schema = _SCHEMAS.get(algorithm)
    if schema is None:
        schema = _SCHEMAS[algorithm] = _read_schema(algorithm)
    return schema


def check_algorithm(algorithm: Any) -> None:
    """Make sure that a class can be used as an algorithm.

    Raises
    ------
    DaisyError
        If it is none, cannot be described, or contradicts itself.
    """
    if not (isinstance(algorithm, type) and issubclass(algorithm, Algorithm)):
        raise DaisyError(
            f"{algorithm!r} is not an algorithm class: derive a class from daisy_kernel.Algorithm."
        )
    schema = schema_of(algorithm)
    if schema.declared:
        _check_cuts(algorithm, schema)
    if algorithm.isolated:
        _check_isolated(algorithm, schema)


def _check_isolated(algorithm: type[Algorithm], schema: Schema) -> None:
    """What runs in another process gets arrays there and nothing else."""
    name = algorithm.__name__
    if not schema.declared:
        raise DaisyError(
            f"Algorithm {name} is isolated, but does not declare its data objects: annotate its "
            "parameters with Input and Output."
        )
    if algorithm.persistence or any(p.lazy for p in schema.of_kind("input").values()):
        raise DaisyError(
            f"Algorithm {name} is isolated, but touches files or reads an input lazily: only "
            "arrays get into its process; drop `isolated` or take a whole input."
        )


def _check_cuts(algorithm: type[Algorithm], schema: Schema) -> None:
    """The class attributes that say how it may be cut fit its signature."""
    along, name = algorithm.along, algorithm.__name__
    inputs, outputs = schema.of_kind("input"), schema.of_kind("output")
    if not isinstance(along, tuple):
        raise DaisyError(f"Algorithm {name} has along={along!r}: write a tuple of axes.")
    named = {axis for parameter in inputs.values() for axis in parameter.axes}
    if unknown := set(along) - named:
        raise DaisyError(
            f"Algorithm {name} may be cut along {sorted(unknown)}, but its inputs only have the "
            f"axes {sorted(named)}: mend `along`."
        )
    for attribute, axes in (("halo", algorithm.halo), ("renames", algorithm.renames)):
        if unknown := set(axes) - set(along):
            raise DaisyError(
                f"Algorithm {name} gives a {attribute} for {sorted(unknown)}, along which it "
                f"cannot be cut: mend `{attribute}` or `along`."
            )
    if algorithm.combine and set(algorithm.combine) != set(outputs):
        raise DaisyError(
            f"Algorithm {name} combines {sorted(algorithm.combine)}, but makes {sorted(outputs)}: "
            "an algorithm combines all of its outputs or none; make two of it."
        )
    if along and any(parameter.lazy for parameter in inputs.values()):
        raise DaisyError(
            f"Algorithm {name} reads an input lazily and may be cut: drop `along` or `lazy`."
        )
    if algorithm.step < 1:
        raise DaisyError(f"Algorithm {name} has step={algorithm.step}: 1 is the least.")
    if algorithm.together < 1:
        raise DaisyError(f"Algorithm {name} has together={algorithm.together}: 1 is the least.")
    for parameter, source in algorithm.per_element.items():
        if parameter not in schema.of_kind("value") or source not in inputs:
            raise DaisyError(
                f"Algorithm {name} takes {parameter!r} per element from {source!r}, but must have "
                "a parameter and an input of these names: mend `per_element`."
            )


def _read_schema(algorithm: type[Algorithm]) -> Schema:
    name = algorithm.__name__
    try:
        hints = typing.get_type_hints(algorithm.execute, include_extras=True)  # type: ignore[attr-defined]
        fields = typing.get_type_hints(algorithm, include_extras=True)
        signature = inspect.signature(algorithm.execute)  # type: ignore[attr-defined]
    except AttributeError as error:
        raise DaisyError(f"Algorithm {name} has no execute method: give it one.") from error
    except (NameError, TypeError) as error:
        raise DaisyError(f"The annotations of {name} cannot be understood: {error}.") from error
    parameters = {}
    for field_name, annotation in fields.items():
        if any(isinstance(m, Init) for m in _markers(annotation)):
            default = getattr(algorithm, field_name, MISSING)
            parameters[field_name] = _parameter(field_name, annotation, default)
    for argument in list(signature.parameters.values())[1:]:
        if argument.kind in (argument.VAR_KEYWORD, argument.VAR_POSITIONAL):
            raise DaisyError(
                f"Algorithm {name} takes *args or **kwargs: name every parameter, "
                "because the signature is the form that users fill in."
            )
        annotation = hints.get(argument.name, Any)
        parameters[argument.name] = _parameter(argument.name, annotation, argument.default)
    declared = any(m for a in hints.values() for m in _markers(a) if isinstance(m, Input | Output))
    declared = declared or getattr(algorithm, "persistence", None) is not None
    summary = (inspect.getdoc(algorithm) or "").split("\n", 1)[0]
    return Schema(name, summary, declared, parameters)


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    kind: Literal["init", "input", "output", "value"] = "value"
    axes: tuple[str, ...] = ()
    lazy = None
    unit = description = ""
    for marker in _markers(annotation):
        if isinstance(marker, Init):
            kind, description = "init", marker.description or description
        elif isinstance(marker, Input):
            kind, axes, lazy = "input", marker.axes, marker.lazy
        elif isinstance(marker, Output):
            kind, axes = "output", marker.axes
        elif isinstance(marker, Unit):
            unit = marker.name
        elif isinstance(marker, FieldInfo):
            description = marker.description or description
    if annotation is Any and name.endswith("_dataobj"):  # the paper's style: only names tell
        kind = "output" if name.startswith("output") else "input"
    try:
        adapter = _adapter(annotation)
        adapter.json_schema()
    except (PydanticUserError, NameError) as error:
        raise DaisyError(f"Parameter {name!r} has a type that no form can show: {error}") from error
    is_advanced = any(isinstance(marker, Advanced) for marker in _markers(annotation))
    return Parameter(name, kind, adapter, default, axes, lazy, unit, description, is_advanced)


def _markers(annotation: Any) -> tuple[Any, ...]:
    return getattr(annotation, "__metadata__", ())


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(annotation, config=_STRICT_NUMBERS)
    except PydanticUserError:  # a model brings its own configuration
        return TypeAdapter(annotation)

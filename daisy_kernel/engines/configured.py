"""An algorithm as a workflow configures it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daisy_kernel import registry
from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.errors import InvalidParameter, UnknownName

_FIELDS = ("class_name", "init_paras", "version")


@dataclass(frozen=True)
class Configured:
    """An algorithm as a workflow configures it."""

    class_name: str
    """Under which it is registered."""
    algorithm: type[Algorithm]
    schema: registry.Schema
    paras: Mapping[str, Any]
    """`init_paras` overlaid with the entries of `algorithms_cfg`."""


def configured_algorithm(name: str, entry: Any, cfg: Mapping[str, Any]) -> Configured:
    """The algorithm that an entry of a workflow's environment stands for.

    Parameters
    ----------
    name
        Under which the workflow calls it.
    entry
        ``{'class_name': ..., 'init_paras': {...}}``
    cfg
        Parameters; they win over `init_paras`.

    Raises
    ------
    UnknownName
        For a class that nobody registered or a parameter that the class does not have.
    InvalidParameter
        If the entry is not of the expected form.
    """
    fields = entry if isinstance(entry, Mapping) else {}
    class_name, init_paras = fields.get("class_name"), fields.get("init_paras", {})
    if not isinstance(class_name, str) or not isinstance(init_paras, Mapping):
        raise InvalidParameter(
            f"workflow_environment[{name!r}] is {entry!r}: expected "
            "{'class_name': ..., 'init_paras': {...}}."
        )
    for field in fields:
        if field not in _FIELDS:
            raise UnknownName(f"field of workflow_environment[{name!r}]", field, _FIELDS)
    algorithm = registry.algorithms.get(class_name)
    schema = registry.schema_of(algorithm)
    paras = {**init_paras, **cfg}
    for parameter in paras:
        if parameter not in schema.parameters:
            kind = f"parameter of {class_name} (algorithm {name!r})"
            raise UnknownName(kind, parameter, schema.parameters)
    return Configured(class_name, algorithm, schema, paras)

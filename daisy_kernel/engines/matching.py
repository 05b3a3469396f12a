"""Whether the objects that a step is given fit what its algorithm declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.engines.graph import Graph, Version
from daisy_kernel.errors import AxesClash, DaisyError
from daisy_kernel.registry import Parameter, Schema

FREE_AXIS = "shot"
"""Repeated images of the same thing, such as flats and darks: each set has its own number."""


def match_inputs(
    graph: Graph, schema: Schema, params: Mapping[str, Any], step: str
) -> tuple[dict[str, Version], dict[str, Spec]]:
    """The objects that a step reads, as it names their axes.

    Parameters
    ----------
    graph
        What has been recorded so far; not changed, except that objects of the store are entered.
    schema
        What the algorithm declares.
    params
        The step's parameters.
    step
        Its name, for errors.

    Raises
    ------
    UnknownName
        For an object that nobody made.
    AxesClash
        If an object does not fit the declared axes, or two objects do not fit each other.
    """
    versions: dict[str, Version] = {}
    specs: dict[str, Spec] = {}
    named: dict[Version, tuple[str, tuple[str, ...]]] = {}
    for name, parameter in schema.of_kind("input").items():
        if params[name] is None:  # an optional input that was not given
            continue
        version = graph.version_of(params[name])
        spec = graph.as_consumed(version, parameter.axes, step, name)
        _check_lengths(params, name, spec, specs, step)
        other, axes = named.setdefault(version, (name, parameter.axes))
        if parameter.axes and axes and axes != parameter.axes:
            raise AxesClash(
                f"Step {step!r}: {params[name]!r} cannot be {other} ({', '.join(axes)}) and "
                f"{name} ({', '.join(parameter.axes)}) at once: pass two objects."
            )
        versions[name], specs[name] = version, spec
    return versions, specs


def match_outputs(
    declared: Mapping[str, Spec],
    graph: Graph,
    inputs: Mapping[str, Version],
    schema: Schema,
    step: str,
) -> dict[str, Spec]:
    """Shape, type and axes of everything that a step makes.

    Parameters
    ----------
    declared
        What the `outputs` of the algorithm gave.
    graph
        Knows the inputs.
    inputs
        Parameter -> version that the step reads.
    schema
        What the algorithm declares.
    step
        Its name, for errors.

    Raises
    ------
    DaisyError
        If the algorithm contradicts itself.
    """
    parameters = schema.of_kind("output")
    for name in declared:
        if name not in parameters:
            raise DaisyError(
                f"The `outputs` of {schema.name} (step {step!r}) gives {name!r}, but its outputs "
                f"are {', '.join(parameters) or 'none'}: mend it."
            )
    like = graph.specs[next(iter(inputs.values()))] if inputs else None
    return {n: _output(declared.get(n), like, p, step) for n, p in parameters.items()}


def _check_lengths(
    params: Mapping[str, Any], name: str, spec: Spec, others: Mapping[str, Spec], step: str
) -> None:
    """Axes of the first input have the same length everywhere, except for `FREE_AXIS`."""
    if not others or spec.axes is None:
        return
    first, first_spec = next(iter(others.items()))
    for axis, length in zip(spec.axes, spec.shape, strict=True):
        shared = axis in (first_spec.axes or ()) and axis != FREE_AXIS
        if shared and first_spec.length(axis) != length:
            raise AxesClash(
                f"Step {step!r}: {name}={params[name]!r} has shape {spec.shape} but "
                f"{first}={params[first]!r} has shape {first_spec.shape}: "
                f"they must have the same number along {axis!r}."
            )


def _output(declared: Spec | None, like: Spec | None, parameter: Parameter, step: str) -> Spec:
    if declared is None:
        if like is None:
            raise DaisyError(
                f"Step {step!r} has no input to take the shape of {parameter.name!r} from: "
                "its class must define `outputs`."
            )
        declared = Spec(like.shape, np.dtype(np.float32), parameter.axes or like.axes)
    shape = tuple(int(n) for n in declared.shape)
    axes = declared.axes if declared.axes is not None else parameter.axes or None
    if axes is None and not shape:
        axes = ()
    fits = axes is None or (len(axes) == len(shape) and parameter.axes in ((), axes))
    if not fits or any(n < 0 for n in shape):
        raise DaisyError(
            f"Step {step!r} declares {parameter.name!r} with axes {parameter.axes or axes}, but "
            f"its `outputs` gives shape {shape} with axes {axes}: mend it."
        )
    return Spec(shape, np.dtype(declared.dtype), axes)

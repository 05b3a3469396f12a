"""Running one recorded step on arrays that are at hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.engine import Log
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.engines.graph import Graph, Node, Version
from daisy_kernel.engines.isolation import run_isolated
from daisy_kernel.errors import Cancelled, DaisyError, StepFailed, UnknownName
from daisy_kernel.registry import Schema

Level = Literal["info", "warning", "error"]
Scalars = Mapping[Version, Any]
"""Scalar objects that are known, for parameters that refer to them."""


class LocalData(dict[str, Any]):
    """The data store as one step sees it: its own inputs and outputs by name."""

    def data(self) -> LocalData:
        """The mapping itself (the paper's ``get("Datastore").data()``)."""
        return self

    def __missing__(self, name: str) -> Any:
        raise UnknownName("input of this step", name, self)


class StepServices:
    """What one step can ask of its engine."""

    def __init__(self, data: Any, log: Log, step: str):
        self._data, self._log, self._step = data, log, step

    def service(self, name: str) -> Any:
        """Only the data store is on offer."""
        if name != "Datastore":
            raise UnknownName("service", name, ["Datastore"])
        return self._data

    def log(self, level: Level, message: str) -> None:
        """One line of the run's log, with the step in front."""
        self._log(level, f"{self._step}: {message}")


def make_instance(
    algorithm: type[Algorithm],
    schema: Schema,
    step: str,
    params: Mapping[str, Any],
    services: StepServices,
) -> tuple[Algorithm, dict[str, Any]]:
    """An algorithm with its `Init` fields set, and what is left for its `execute`."""
    instance, left = algorithm(step), dict(params)
    for name in schema.of_kind("init"):
        setattr(instance, name, left.pop(name))
    instance._services = services
    return instance, left


def scratch_bytes(node: Node, specs: Mapping[str, Spec]) -> int:
    """Working memory of a step beside inputs of these shapes and its outputs [bytes]."""
    services = StepServices(None, lambda level, message: None, node.step)
    instance, _ = make_instance(node.algorithm, node.schema, node.step, node.params, services)
    needed = instance.scratch_bytes(specs, node.params)
    if node.algorithm.isolated:  # its process has copies of inputs and outputs
        first = next(iter(specs.values()), None)
        like = None if first is None else Spec(first.shape, np.dtype(np.float32))
        made = instance.outputs(specs, node.params)
        copied = [*specs.values(), *(made.get(parameter, like) for parameter in node.outputs)]
        needed += sum(spec.nbytes for spec in copied if spec is not None)
    return needed


def run_step(
    node: Node,
    inputs: Mapping[str, NDArray[Any] | Reference],
    outputs: Mapping[str, Spec],
    scalars: Scalars,
    log: Log,
) -> dict[str, NDArray[Any]]:
    """Execute one step.

    Parameters
    ----------
    node
        The recorded step.
    inputs
        Parameter -> array (a reference where the step reads lazily). The step gets them in C order
        and cannot change them: other steps, other blocks and the data store hold the same arrays.
    outputs
        Parameter -> the shape and type that the result must have.
    scalars
        Values of the objects that parameters refer to.
    log
        Takes what the algorithm logs.

    Returns
    -------
    results
        Parameter -> array.

    Raises
    ------
    StepFailed
        Whatever went wrong inside, with step, shapes and the recording line.
    """
    data = LocalData({node.params[p]: _protected(array) for p, array in inputs.items()})
    services = StepServices(data, log, node.step)
    try:
        params = resolved_params(node.params, node.refs, node.schema, scalars)
        if node.algorithm.isolated:
            _run_elsewhere(node, params, data, services)
            results = _checked_results(node, data, outputs)
        else:
            instance, call = make_instance(node.algorithm, node.schema, node.step, params, services)
            instance.initialize()
            instance.execute(**call)  # type: ignore[attr-defined]
            results = _checked_results(node, data, outputs)
            instance.finalize()
    except (Cancelled, StepFailed):
        raise
    except Exception as error:
        shapes = ", ".join(f"{p}={node.params[p]!r} {tuple(a.shape)}" for p, a in inputs.items())
        raise StepFailed(
            f"Step {node.step!r} ({node.algorithm.__name__}) failed on {shapes or 'no input'}: "
            f"{one_line(error)} [{node.where}]"
        ) from error
    return results


def known_scalars(graph: Graph, node: Node) -> dict[Version, Any]:
    """The values that the parameters of a step refer to.

    Raises
    ------
    DaisyError
        If one is not a single number.
    """
    return {version: graph.scalar(version) for version in node.refs.values()}


def resolved_params(
    params: Mapping[str, Any], refs: Mapping[str, Version], schema: Schema, scalars: Scalars
) -> dict[str, Any]:
    """The parameters of a step, with references to scalars replaced by their values."""
    resolved = dict(params)
    for name, version in refs.items():
        scalar = scalars[version]
        # A loader says NaN for what the file does not tell; for a parameter that is "not given".
        unknown = isinstance(scalar, float) and math.isnan(scalar)
        resolved[name] = schema.parameters[name].parse(None if unknown else scalar)
    return resolved


def one_line(error: BaseException) -> str:
    """The message of an error, led by its type where it would not explain itself."""
    message, kind = " ".join(str(error).split()), type(error).__name__
    if isinstance(error, DaisyError | ValueError) and message:
        return message
    return f"{kind}: {message}" if message else kind


def _protected(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    # One layout in memory for every block size: NumPy's sums depend on it, and numba would compile
    # every kernel a second time.
    view = np.asarray(value, order="C").view()
    view.flags.writeable = False
    return view


def _run_elsewhere(
    node: Node, params: dict[str, Any], data: LocalData, services: StepServices
) -> None:
    """Execute the step in a process of its own; its outputs are then in `data`."""
    fields = {name: params.pop(name) for name in node.schema.of_kind("init")}
    made = [node.params[p] for p in node.outputs]
    results, surplus = run_isolated(node.algorithm, node.step, fields, params, data, made, services)
    data.update(results)
    data.update(dict.fromkeys(surplus))


def _checked_results(
    node: Node, data: LocalData, outputs: Mapping[str, Spec]
) -> dict[str, NDArray[Any]]:
    results = {p: _checked(node, p, data, spec) for p, spec in outputs.items()}
    _check_nothing_else(node, data)
    return results


def _check_nothing_else(node: Node, data: LocalData) -> None:
    declared = {node.params[p] for p in (*node.inputs, *node.outputs)}
    if unexpected := sorted(set(data) - declared):
        raise ValueError(
            f"it made {', '.join(map(repr, unexpected))}, which it does not declare: annotate a "
            "parameter with Output"
        )


def _checked(node: Node, parameter: str, data: LocalData, expected: Spec) -> NDArray[Any]:
    name = node.params[parameter]
    if name not in data:
        raise ValueError(f"it did not make {parameter}={name!r}")
    result = np.asarray(data[name])
    if result.shape != expected.shape:
        raise ValueError(
            f"it made {parameter}={name!r} with shape {result.shape}, but declares "
            f"{expected.shape}: mend its `outputs`"
        )
    if not np.can_cast(result.dtype, expected.dtype, "same_kind"):
        raise ValueError(
            f"it made {parameter}={name!r} of type {result.dtype}, but declares {expected.dtype}: "
            "convert it or mend its `outputs`"
        )
    return np.asarray(result, dtype=expected.dtype, order="C")

"""Running one recorded step on arrays that are at hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Spec
from daisy_kernel.contracts.reference import Reference
from daisy_kernel.engines.graph import Node, Version
from daisy_kernel.errors import Cancelled, StepFailed, UnknownName

Log = Callable[[Literal["info", "warning", "error"], str], None]
Values = Mapping[Version, NDArray[Any] | Reference]


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

    def log(self, level: Literal["info", "warning", "error"], message: str) -> None:
        """One line of the run's log, with the step in front."""
        self._log(level, f"{self._step}: {message}")


def make_instance(
    algorithm: type[Algorithm], step: str, init: Mapping[str, Any], services: StepServices
) -> Algorithm:
    """An algorithm with its `Init` fields set and initialised."""
    instance = algorithm(step)
    for name, value in init.items():
        setattr(instance, name, value)
    instance._services = services
    instance.initialize()
    return instance


def run_step(
    node: Node,
    inputs: Mapping[str, NDArray[Any] | Reference],
    outputs: Mapping[str, Spec],
    values: Values,
    log: Log,
) -> dict[str, NDArray[Any]]:
    """Execute one step.

    Parameters
    ----------
    node
        The recorded step.
    inputs
        Parameter -> array (a reference where the step reads lazily).
    outputs
        Parameter -> the shape and type that the result must have.
    values
        Data that exists already; scalars for parameters are taken from it.

    Returns
    -------
    results
        Parameter -> array.

    Raises
    ------
    StepFailed
        Whatever went wrong inside, with step, shapes and the recording line.
    """
    data = LocalData({node.params[p]: array for p, array in inputs.items()})
    services = StepServices(data, log, node.step)
    try:
        params = resolved_params(node, values)
        init = {n: params.pop(n) for n in node.schema.of_kind("init")}
        instance = make_instance(node.algorithm, node.step, init, services)
        instance.execute(**params)  # type: ignore[attr-defined]
        results = {p: _checked(node, p, data, spec) for p, spec in outputs.items()}
        instance.finalize()
    except (Cancelled, StepFailed):
        raise
    except Exception as error:
        shapes = ", ".join(f"{p}={node.params[p]!r} {tuple(a.shape)}" for p, a in inputs.items())
        raise StepFailed(
            f"Step {node.step!r} ({node.algorithm.__name__}) failed on {shapes or 'no input'}: "
            f"{error} [{node.where}]"
        ) from error
    return results


def resolved_params(node: Node, values: Values) -> dict[str, Any]:
    """The parameters of a step, with references to scalars replaced by their values."""
    params = dict(node.params)
    for name, version in node.refs.items():
        value = values[version]
        scalar = np.asarray(value if isinstance(value, np.ndarray) else value.read(())).item()
        # A loader says NaN for what the file does not tell; for a parameter that is "not given".
        unknown = isinstance(scalar, float) and math.isnan(scalar)
        params[name] = node.schema.parameters[name].parse(None if unknown else scalar)
    return params


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
    return np.asarray(result, dtype=expected.dtype, order="C")

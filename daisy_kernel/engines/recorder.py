"""Recording: every step is checked where it is written and put into the graph."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from daisy_kernel import registry
from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Ref, Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.engines.data_views import LoadedData, WholeData
from daisy_kernel.engines.graph import Graph, Node, Version
from daisy_kernel.engines.recording import Recording, json_values, plain_values
from daisy_kernel.engines.step import Log, StepServices, make_instance, resolved_params
from daisy_kernel.errors import AxesClash, DaisyError, InvalidParameter, StepFailed, UnknownName

_PACKAGE = str(Path(__file__).parents[1])
_MAX_NESTING = 16


@dataclass(frozen=True)
class Configured:
    """An algorithm as a workflow configures it."""

    algorithm: type[Algorithm]
    paras: Mapping[str, Any]
    """`init_paras` overlaid with the entries of `algorithms_cfg`."""


class Recorder:
    """Turns calls of ``engine[name].execute(...)`` into nodes of the graph.

    Parameters
    ----------
    graph
        Where the steps go.
    compute
        Gives the array of a version now; used by algorithms that declare nothing and therefore run
        at once on whole arrays.
    log
        Takes the lines that algorithms log.
    """

    def __init__(self, graph: Graph, compute: Callable[[Version], NDArray[Any]], log: Log):
        self.graph, self._compute, self._log = graph, compute, log
        self.recording = Recording()
        self._configured: dict[str, Configured] = {}
        self._prefix: tuple[str, ...] = ()
        self.is_planning = False
        """Whether steps that would have to compute in order to be recorded are refused."""

    def configure(self, environment: Mapping[str, Any], cfg: Mapping[str, Any]) -> None:
        """Take the paper's two dictionaries: classes with `init_paras`, and parameters.

        Raises
        ------
        UnknownName
            For a class that nobody registered or a parameter that the class does not have.
        InvalidParameter
            For an entry that is not of the expected form.
        """
        for name in cfg:
            if name not in environment:
                raise UnknownName("algorithm in workflow_environment", name, environment)
        for name, entry in environment.items():
            class_name = entry.get("class_name") if isinstance(entry, Mapping) else None
            if not isinstance(class_name, str):
                raise InvalidParameter(
                    f"workflow_environment[{name!r}] is {entry!r}: expected "
                    "{'class_name': ..., 'init_paras': {...}}."
                )
            algorithm = registry.algorithms.get(class_name)
            paras = {**entry.get("init_paras", {}), **cfg.get(name, {})}
            schema = registry.schema_of(algorithm)
            for parameter in paras:
                if parameter not in schema.parameters:
                    raise UnknownName(
                        f"parameter of {class_name} (algorithm {name!r})",
                        parameter,
                        schema.parameters,
                    )
            self._configured[name] = Configured(algorithm, paras)

    def keys(self) -> list[str]:
        """Names of the configured algorithms."""
        return list(self._configured)

    def record(self, step: str, call: Mapping[str, Any], engine: Any) -> None:
        """Check one step and put it into the graph.

        Raises
        ------
        UnknownName, InvalidParameter, AxesClash, FileProblem
            Whatever can be known without computing.
        """
        configured = self._configured.get(step)
        if configured is None:
            if step not in registry.algorithms.names():
                raise UnknownName(
                    "algorithm", step, {*self._configured, *registry.algorithms.names()}
                )
            configured = Configured(registry.algorithms.get(step), {})
        algorithm = configured.algorithm
        schema = registry.schema_of(algorithm)
        params = schema.validate({**configured.paras, **plain_values(call, step)}, step)
        if getattr(algorithm, "is_workflow", False):
            self._record_workflow(step, algorithm, params, engine)
            return
        self._note(step, configured, call)
        if algorithm.persistence == "load":
            self._load(step, algorithm, schema, params)
            return
        if not schema.declared:
            self._run_undeclared(step, algorithm, schema, params)
            return
        node = self._node(step, algorithm, schema, params)
        if algorithm.persistence == "save":
            self._save(node)
        else:
            self.graph.add_node(node)

    @contextmanager
    def planning_only(self) -> Iterator[None]:
        """Within it, a step that would have to compute in order to be recorded is refused."""
        self.is_planning = True
        try:
            yield
        finally:
            self.is_planning = False

    def _record_workflow(
        self, step: str, workflow: type[Algorithm], params: dict[str, Any], engine: Any
    ) -> None:
        if step in self._prefix or len(self._prefix) >= _MAX_NESTING:
            path = " > ".join((*self._prefix, step))
            raise DaisyError(f"Workflow {step!r} contains itself ({path}): break the circle.")
        outer = self._configured
        self._prefix, self._configured = (*self._prefix, step), {}
        try:
            instance: Any = workflow(step)
            instance.record_into(engine, params)
        finally:
            self._prefix, self._configured = self._prefix[:-1], outer

    def _note(self, step: str, configured: Configured, call: Mapping[str, Any]) -> None:
        name = "/".join((*self._prefix, step))
        self.recording.algorithms.setdefault(
            name,
            {
                "class": configured.algorithm.__name__,
                "version": configured.algorithm.version,
                "init_paras": json_values(configured.paras, step),
            },
        )
        self.recording.steps.append({"algorithm": name, "params": json_values(call, step)})

    def _load(
        self, step: str, algorithm: type[Algorithm], schema: registry.Schema, params: dict[str, Any]
    ) -> None:
        services = StepServices(LoadedData(self.graph), self._log, step)
        init = {n: params.pop(n) for n in schema.of_kind("init")}
        instance = make_instance(algorithm, step, init, services)
        instance.execute(**params)  # type: ignore[attr-defined]
        instance.finalize()

    def _run_undeclared(
        self, step: str, algorithm: type[Algorithm], schema: registry.Schema, params: dict[str, Any]
    ) -> None:
        if self.is_planning:
            raise DaisyError(
                f"Step {step!r} declares no axes, so what follows it cannot be planned without "
                "running it: declare its inputs and outputs, or run the workflow."
            )
        for parameter in schema.of_kind("input"):
            self.graph.version_of(params[parameter])
        params = {
            n: self._compute(self.graph.version_of(v.name)).item() if isinstance(v, Ref) else v
            for n, v in params.items()
        }
        where = _calling_line()
        data = WholeData(self.graph, self._compute)
        init = {n: params.pop(n) for n in schema.of_kind("init")}
        try:
            instance = make_instance(algorithm, step, init, StepServices(data, self._log, step))
            instance.execute(**params)  # type: ignore[attr-defined]
            instance.finalize()
        except DaisyError:
            raise
        except Exception as error:
            raise StepFailed(
                f"Step {step!r} ({algorithm.__name__}) failed: {type(error).__name__}: {error} "
                f"[{where}]"
            ) from error

    def _node(
        self, step: str, algorithm: type[Algorithm], schema: registry.Schema, params: dict[str, Any]
    ) -> Node:
        inputs: dict[str, Version] = {}
        specs: dict[str, Spec] = {}
        lengths: dict[str, tuple[int, str]] = {}
        for name, parameter in schema.of_kind("input").items():
            if params[name] is None:  # an optional input that was not given
                continue
            version = self.graph.version_of(params[name])
            spec = self.graph.consume(version, parameter.axes, step, name)
            for axis, length in zip(parameter.axes, spec.shape, strict=False):
                # Flats and darks may differ in their number of shots: only axes of the first
                # input are shared by all.
                other = lengths.get(axis, (length, name))
                if not specs:
                    lengths[axis] = other
                if other[0] != length:
                    raise AxesClash(
                        f"Step {step!r}: {name}={params[name]!r} has shape {spec.shape} but "
                        f"{other[1]}={params[other[1]]!r} has shape {specs[other[1]].shape}: "
                        f"they must have the same number along {axis!r}."
                    )
            inputs[name], specs[name] = version, spec
        refs = {n: self.graph.version_of(v.name) for n, v in params.items() if isinstance(v, Ref)}
        instance = algorithm(step)
        for name in schema.of_kind("init"):
            setattr(instance, name, params[name])
        try:
            declared = dict(instance.outputs(specs, params))
        except ValueError as error:
            if isinstance(error, DaisyError):
                raise
            raise AxesClash(f"Step {step!r} ({algorithm.__name__}): {error}") from error
        outputs, output_specs = {}, {}
        for name, parameter in schema.of_kind("output").items():
            spec = _output_spec(declared.get(name), specs, parameter, step)
            outputs[name] = self.graph.new_version(params[name], spec)
            output_specs[name] = spec
        where = _calling_line()
        return Node(
            step, algorithm, schema, params, inputs, outputs, refs, specs, output_specs, where
        )

    def _save(self, node: Node) -> None:
        services = StepServices(None, self._log, node.step)
        known = {n: v for n, v in node.refs.items() if v in self.graph.values}
        if len(known) < len(node.refs):
            unknown = ", ".join(n for n in node.refs if n not in known)
            raise InvalidParameter(
                f"Step {node.step!r}: {unknown} must be known before anything is computed, because "
                "the output file is made first: give a value or an object of a loading step."
            )
        params = resolved_params(node, self.graph.values)
        init = {n: params.pop(n) for n in node.schema.of_kind("init")}
        instance = node.algorithm(node.step)
        for name, value in init.items():
            setattr(instance, name, value)
        instance._services = services
        destination = instance.execute(**params)  # type: ignore[attr-defined]
        if not isinstance(destination, Destination):
            raise DaisyError(
                f"Save algorithm {node.algorithm.__name__} returned {destination!r}: "
                "its execute must return a Destination."
            )
        for _, other in self.recording.saves:
            if (other.path, other.dataset) == (destination.path, destination.dataset):
                raise InvalidParameter(
                    f"Step {node.step!r} saves to {destination.dataset} of {destination.path}, "
                    "which another step of this run saves to already: give another dataset."
                )
        version = next(iter(node.inputs.values()))
        self.recording.saves.append((version, destination))


def _output_spec(
    declared: Spec | None, inputs: Mapping[str, Spec], parameter: registry.Parameter, step: str
) -> Spec:
    if declared is None:
        if not inputs:
            raise DaisyError(
                f"Step {step!r} has no input to take the shape of {parameter.name!r} from: "
                "its class must define `outputs`."
            )
        first = next(iter(inputs.values()))
        declared = Spec(first.shape, np.dtype(np.float32), parameter.axes or first.axes)
    axes = declared.axes or parameter.axes
    if len(axes) != len(declared.shape):
        raise DaisyError(
            f"Step {step!r} declares {parameter.name!r} with axes {axes} but shape "
            f"{declared.shape}: mend its `outputs`."
        )
    return Spec(tuple(declared.shape), np.dtype(declared.dtype), tuple(axes))


def _calling_line() -> str:
    """The innermost line outside of Daisy, as 'file:line'."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"

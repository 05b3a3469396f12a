"""Recording: every step is checked where it is written and put into the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from daisy_kernel import registry
from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.contracts.declaration import Ref, Spec
from daisy_kernel.contracts.destination import Destination
from daisy_kernel.contracts.engine import Log
from daisy_kernel.engines.calling_line import calling_line
from daisy_kernel.engines.configured import Configured, configured_algorithm
from daisy_kernel.engines.data_views import LoadedData, WholeData
from daisy_kernel.engines.graph import Graph, Node, Version
from daisy_kernel.engines.matching import match_inputs, match_outputs
from daisy_kernel.engines.outputs import check_place
from daisy_kernel.engines.recording import Recording, json_values, plain_values
from daisy_kernel.engines.step import (
    StepServices,
    known_scalars,
    make_instance,
    one_line,
    resolved_params,
)
from daisy_kernel.engines.variants import Recorded, RecordedVariant, step_key
from daisy_kernel.errors import AxesClash, DaisyError, InvalidParameter, StepFailed, UnknownName
from daisy_kernel.formats import require_reach

_MAX_NESTING = 16


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
        self._compute, self._log = compute, log
        self._configured: dict[str, Configured] = {}
        self._prefix: tuple[str, ...] = ()
        self.is_planning = False
        """Whether steps that would have to compute in order to be recorded are refused."""
        self.begin(graph)

    def begin(self, graph: Graph) -> None:
        """Start anew on an empty graph; the configured algorithms stay."""
        self.graph, self.recording = graph, Recording()
        self.variants: Recorded | None = None
        """Set while one of several variants of a workflow is recorded."""
        self._recorded = Recorded(graph)

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
            self._configured[name] = configured_algorithm(name, entry, cfg.get(name, {}))

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
        configured = self._find(step)
        algorithm, schema = configured.algorithm, configured.schema
        params = schema.validate({**configured.paras, **plain_values(call, step)}, step)
        for name, parameter in schema.parameters.items():
            if parameter.is_place and params[name] is not None:
                require_reach(params[name])
        if getattr(algorithm, "is_workflow", False):
            self._record_workflow(step, algorithm, params, engine)
            return
        entry = self._entry(step, configured, call)
        if algorithm.persistence == "load":
            self._load(step, configured, params)
        elif not schema.declared:
            self._run_undeclared(step, configured, params)
        else:
            inputs, specs = match_inputs(self.graph, schema, params, step)
            refs = self._refs(params)
            key = step_key(algorithm, params, inputs, refs)
            if self.variants is None or not self.variants.again(key):
                before = dict(self.graph.current) if self.variants else {}
                self._add(self._node(step, configured, params, inputs, specs, refs))
                if self.variants and algorithm.persistence != "save":
                    self.variants.note(key, before)
        self._note(entry)

    @contextmanager
    def variant(self) -> Iterator[RecordedVariant]:
        """Within it, what was recorded before is not repeated, and saves are only noted."""
        self.variants = self._recorded
        self._recorded.begin()
        try:
            yield RecordedVariant(self.graph, self.recording, self._recorded)
        finally:
            self.variants = None

    @contextmanager
    def planning_only(self) -> Iterator[None]:
        """Within it, a step that would have to compute in order to be recorded is refused."""
        self.is_planning = True
        try:
            yield
        finally:
            self.is_planning = False

    def _find(self, step: str) -> Configured:
        """The algorithm that a step runs: configured, else registered under this name."""
        if step in self._configured:
            return self._configured[step]
        if step not in registry.algorithms.names():
            raise UnknownName("algorithm", step, {*self._configured, *registry.algorithms.names()})
        return configured_algorithm(step, {"class_name": step}, {})

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

    def _entry(
        self, step: str, configured: Configured, call: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """A step as it stands in a document: name, algorithm and parameters."""
        algorithm = {
            "class": configured.class_name,
            "version": configured.algorithm.version,
            "init_paras": json_values(configured.paras, step),
        }
        return "/".join((*self._prefix, step)), algorithm, json_values(call, step)

    def _note(self, entry: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
        name, algorithm, params = entry
        self.recording.algorithms.setdefault(name, algorithm)
        self.recording.steps.append({"algorithm": name, "params": params})

    def _load(self, step: str, configured: Configured, params: Mapping[str, Any]) -> None:
        key, before = step_key(configured.algorithm, params, {}, {}), dict(self.graph.current)
        fixed = self.variants is not None and not any(map(_is_ref, params.values()))
        if fixed and self._recorded.again(key):
            return
        self._run_now(step, configured, params, LoadedData(self.graph))
        if fixed:
            self._recorded.note(key, before)

    def _run_now(
        self, step: str, configured: Configured, params: Mapping[str, Any], data: Any
    ) -> None:
        refs = self._refs(params)
        where = calling_line()
        if refs and self.is_planning:
            raise DaisyError(
                f"Step {step!r} needs {', '.join(r.name for r in params.values() if _is_ref(r))}, "
                "so it cannot be planned without running: give a value, or run the workflow."
            )
        scalars = {v: self._compute(v).item() for v in refs.values()}
        services = StepServices(data, self._log, step)
        algorithm, schema = configured.algorithm, configured.schema
        try:
            given = resolved_params(params, refs, schema, scalars)
            instance, call = make_instance(algorithm, schema, step, given, services)
            instance.initialize()
            instance.execute(**call)  # type: ignore[attr-defined]
            instance.finalize()
        except DaisyError:
            raise
        except Exception as error:
            raise StepFailed(
                f"Step {step!r} ({algorithm.__name__}) failed: {one_line(error)} [{where}]"
            ) from error

    def _run_undeclared(self, step: str, configured: Configured, params: Mapping[str, Any]) -> None:
        if self.is_planning:
            raise DaisyError(
                f"Step {step!r} declares no axes, so what follows it cannot be planned without "
                "running it: declare its inputs and outputs, or run the workflow."
            )
        for parameter in configured.schema.of_kind("input"):
            if isinstance(params[parameter], str):
                self.graph.version_of(params[parameter])
        self._run_now(step, configured, params, WholeData(self.graph, self._compute))

    def _refs(self, params: Mapping[str, Any]) -> dict[str, Version]:
        return {n: self.graph.version_of(v.name) for n, v in params.items() if _is_ref(v)}

    def _node(
        self,
        step: str,
        configured: Configured,
        params: dict[str, Any],
        inputs: dict[str, Version],
        specs: dict[str, Spec],
        refs: dict[str, Version],
    ) -> Node:
        algorithm, schema, graph = configured.algorithm, configured.schema, self.graph
        services = StepServices(None, self._log, step)
        instance, _ = make_instance(algorithm, schema, step, params, services)
        try:
            declared = dict(instance.outputs(specs, params))
        except ValueError as error:
            if isinstance(error, DaisyError):
                raise
            raise AxesClash(f"Step {step!r} ({algorithm.__name__}): {error}") from error
        made = match_outputs(declared, graph, inputs, schema, step)
        made = {n: spec for n, spec in made.items() if params[n] is not None}  # not wanted
        outputs = {n: graph.new_version(params[n], spec) for n, spec in made.items()}
        where = calling_line()
        return Node(step, algorithm, schema, params, inputs, outputs, refs, specs, made, where)

    def _add(self, node: Node) -> None:
        if node.algorithm.persistence == "save":
            self._save(node)
        elif self._instance(node).is_idle(node.params) and self.graph.stand_in(node):
            pass  # later steps read what this one would have read
        else:
            self.graph.add_node(node)

    def _instance(self, node: Node) -> Algorithm:
        services = StepServices(None, self._log, node.step)
        return make_instance(node.algorithm, node.schema, node.step, node.params, services)[0]

    def _save(self, node: Node) -> None:
        unknown = [n for n, v in node.refs.items() if v not in self.graph.values]
        if unknown:
            raise InvalidParameter(
                f"Step {node.step!r}: {', '.join(unknown)} must be known before anything is "
                "computed, because the output file is made first: give a value or an object of a "
                "loading step."
            )
        scalars = known_scalars(self.graph, node)
        params = resolved_params(node.params, node.refs, node.schema, scalars)
        services = StepServices(None, self._log, node.step)
        instance, call = make_instance(node.algorithm, node.schema, node.step, params, services)
        places = instance.execute(**call)  # type: ignore[attr-defined]
        if isinstance(places, Destination):
            places = {next(iter(node.inputs)): places}
        for parameter, place in (places or {}).items():  # none where an optional file is not given
            if not isinstance(place, Destination) or parameter not in node.inputs:
                raise DaisyError(
                    f"Save algorithm {node.algorithm.__name__} returned {place!r} for "
                    f"{parameter!r}: its execute must return a Destination, one for each input "
                    "that it saves, or None to save nothing."
                )
            if self.variants is not None:
                self.variants.saved.append((node.params[parameter], place))
                continue
            check_place(place, [other for _, other in self.recording.saves], node.step)
            self.recording.saves.append((node.inputs[parameter], place))
        if places:
            self.graph.name_axes(node)


def _is_ref(value: Any) -> bool:
    return isinstance(value, Ref)

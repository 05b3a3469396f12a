"""What is installed: algorithms, engines, workflows by name; the schema of each algorithm."""

from __future__ import annotations

from daisy_kernel.contracts.algorithm import Algorithm
from daisy_kernel.registry.registry import Registry, algorithms, engines, views, workflows
from daisy_kernel.registry.schema import Parameter, Schema, check_algorithm, schema_of

__all__ = [
    "Parameter",
    "Registry",
    "Schema",
    "add",
    "algorithms",
    "engines",
    "schema_of",
    "views",
    "workflows",
]


def add(algorithm: type[Algorithm]) -> type[Algorithm]:
    """Register an algorithm class under its name; usable as a decorator in a notebook.

    Raises
    ------
    DaisyError
        If the class is not an algorithm or its signature cannot be described.
    """
    check_algorithm(algorithm)
    algorithms.add(algorithm.__name__, algorithm)
    return algorithm

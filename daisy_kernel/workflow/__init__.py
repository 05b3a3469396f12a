"""Workflows: scripts, documents, and where to find them."""

from daisy_kernel.workflow.document import (
    SweepPlan,
    WorkflowDocument,
    parse_document,
    read_document,
    ref_of,
)
from daisy_kernel.workflow.document_workflow import DocumentWorkflow
from daisy_kernel.workflow.library import find_workflow, known_workflows
from daisy_kernel.workflow.pyworkflow import PyWorkflow, singleton
from daisy_kernel.workflow.sweep import SweepWorkflow

__all__ = [
    "DocumentWorkflow",
    "PyWorkflow",
    "SweepPlan",
    "SweepWorkflow",
    "WorkflowDocument",
    "find_workflow",
    "known_workflows",
    "parse_document",
    "read_document",
    "ref_of",
    "singleton",
]

"""Workflows: scripts, documents, and where to find them."""

from daisy_kernel.workflow.diagnosis import diagnose, sizes_of_steps
from daisy_kernel.workflow.document import (
    SweepPlan,
    WorkflowDocument,
    load_json,
    parse_document,
    read_document,
    read_document_text,
    ref_of,
)
from daisy_kernel.workflow.document_workflow import DocumentWorkflow
from daisy_kernel.workflow.library import SUFFIX, find_workflow, known_workflows
from daisy_kernel.workflow.pyworkflow import PyWorkflow, singleton
from daisy_kernel.workflow.sweep import SweepWorkflow

__all__ = [
    "SUFFIX",
    "DocumentWorkflow",
    "PyWorkflow",
    "SweepPlan",
    "SweepWorkflow",
    "WorkflowDocument",
    "diagnose",
    "find_workflow",
    "known_workflows",
    "load_json",
    "parse_document",
    "read_document",
    "read_document_text",
    "ref_of",
    "singleton",
    "sizes_of_steps",
]

"""Engines: record a workflow, plan it, run it block by block."""

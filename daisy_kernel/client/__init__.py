"""Connecting to a kernel, near or far."""

from daisy_kernel.client.connecting import connect, list_kernels
from daisy_kernel.client.jupyter_server import KernelEntry

__all__ = ["KernelEntry", "connect", "list_kernels"]

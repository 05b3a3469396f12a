"""The command ``daisy``: everything that the session offers, from a terminal."""

from daisy_kernel.cli.main import main

__all__ = ["main"]

"""The one place where Daisy's version number is written."""

__version__ = "0.1.0"

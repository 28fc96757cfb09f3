"""The command line: one file a command, imported only when it is used."""

from cliprt.cli.main import main

__all__ = ["main"]

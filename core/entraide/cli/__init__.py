"""The command line: `entraide`."""

from entraide.cli.main import entraide, main

__all__ = ["entraide", "main"]

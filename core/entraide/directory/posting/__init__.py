"""Posting an offer or a request in five steps, kept as a draft, without JavaScript."""

from entraide.directory.posting.sides import SIDES

__all__ = ["SIDES"]

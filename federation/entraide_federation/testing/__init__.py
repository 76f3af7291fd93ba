"""Peers to test against, shipped for every implementation of the protocol."""

from __future__ import annotations

from .behaviours import (
    Behaviour,
    answer,
    build,
    drip,
    endless,
    endless_continue,
    half_close,
    many_headers,
    raw,
    reset,
    silent,
    truncated,
)
from .hostile import HostilePeer
from .origin import FakeOrigin
from .publication import FakePublication

__all__ = [
    "Behaviour",
    "FakeOrigin",
    "FakePublication",
    "HostilePeer",
    "answer",
    "build",
    "drip",
    "endless",
    "endless_continue",
    "half_close",
    "many_headers",
    "raw",
    "reset",
    "silent",
    "truncated",
]

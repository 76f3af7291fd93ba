"""The guarded HTTP client: the one door through which an instance asks its peers."""

from __future__ import annotations

from .answers import EFP_JSON, EFP_NDJSON, PROBLEM_JSON, PeerAnswer
from .client import PeerClient
from .dialling import Dialler
from .errors import (
    PeerError,
    PeerMisbehaved,
    PeerRefused,
    PeerTimeout,
    PeerUnreachable,
    TargetRefused,
)

__all__ = [
    "EFP_JSON",
    "EFP_NDJSON",
    "PROBLEM_JSON",
    "Dialler",
    "PeerAnswer",
    "PeerClient",
    "PeerError",
    "PeerMisbehaved",
    "PeerRefused",
    "PeerTimeout",
    "PeerUnreachable",
    "TargetRefused",
]

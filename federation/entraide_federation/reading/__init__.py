"""The reader of the federation: pulls peers, verifies everything, stores what is proved."""

from __future__ import annotations

from entraide_federation.reading.confirming import confirm_due
from entraide_federation.reading.pull import bootstrap, pull_source
from entraide_federation.reading.puller import pull_due
from entraide_federation.reading.states import Outcome, Result
from entraide_federation.store.models import SourceState

__all__ = [
    "Outcome",
    "Result",
    "SourceState",
    "bootstrap",
    "confirm_due",
    "pull_due",
    "pull_source",
]

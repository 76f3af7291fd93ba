"""Requests of kinds whose plugin is off: after a long pause their authors are told, once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from entraide.directory.pausing import tell_once
from entraide.help_requests.models import HelpRequest, RequestState
from entraide.plugins.choices import PausedKind


def tell_authors() -> None:
    """Tell the authors of requests that have paused for long, once, that they are not shown."""
    tell_once(PausedKind.requests_ended_at, _authors_of, "/requests/mine")


def _authors_of(kind: str) -> Select[Any]:
    seeking = HelpRequest.kind == kind, HelpRequest.state.in_(RequestState.SEEKING)
    return select(HelpRequest.member_id).where(*seeking)

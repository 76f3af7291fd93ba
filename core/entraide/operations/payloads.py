"""Whether today's release of each kind reads what older ones have stored; tried on the oldest rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from entraide import database, runtime
from entraide.directory.models import Offer
from entraide.directory.payloads.values import stored_parts
from entraide.directory.payloads.versions import UpcastFailed
from entraide.help_requests.models import HelpRequest
from entraide.kinds import Kind

MOST = 500
"""How many offers, and how many requests, of one kind are read."""


@dataclass(frozen=True)
class Walk:
    """Of `total` offers and requests of a kind `tried` were read; `failures` are told once each."""

    kind: str
    tried: int
    total: int
    failures: tuple[str, ...] = ()


def read_payloads(most: int = MOST) -> list[Walk]:
    """Return what comes of the kinds of the active site that have upcasts; nothing is written."""
    kinds = [kind for kind in runtime.current().kinds.values() if kind.upcasts]
    return [_read(kind, most) for kind in kinds]


def _read(kind: Kind, most: int) -> Walk:
    total = tried = 0
    failures: dict[str, None] = {}
    for model in (Offer, HelpRequest):
        count, rows = _oldest(model, kind, most)
        total, tried = total + count, tried + len(rows)
        failures |= dict.fromkeys(_failures(kind, rows))
    return Walk(kind.name, tried, total, tuple(failures))


def _oldest(model: Any, kind: Kind, most: int) -> tuple[int, list[Any]]:
    ours = model.kind.in_((kind.name, *kind.formerly))
    # Those that nobody has changed for long lack most likely what later releases ask for.
    oldest = select(model.payload, model.details).where(ours).order_by(model.updated_at)
    with database.reading() as session:
        count = session.scalar(select(func.count()).where(ours)) or 0
        return count, list(session.execute(oldest.limit(most)))


def _failures(kind: Kind, rows: list[Any]) -> Iterator[str]:
    for row in rows:
        try:
            stored_parts(kind, row.payload, row.details)
        except UpcastFailed as error:
            yield str(error)

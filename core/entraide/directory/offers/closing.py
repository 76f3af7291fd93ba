"""Fields that a release of a plugin made private: they leave what is public, in every row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import clock, runtime
from entraide.directory.listing.own_rows import list_offer
from entraide.directory.models import Offer
from entraide.directory.payloads.values import public_part
from entraide.kinds import Kind


def close_offer_fields(session: Session) -> int:
    """Move what is not public any more to the details of each offer; return how many had some.

    Asked when the marks changed, before the site answers anybody.
    """
    changed = 0
    for kind in runtime.current().kinds.values():
        for offer in session.scalars(select(Offer).where(Offer.kind == kind.name)).all():
            if not move_closed(kind, offer):
                continue
            offer.updated_at, offer.revision = clock.now(), offer.revision + 1
            list_offer(session, offer)
            changed += 1
    return changed


def move_closed(kind: Kind, row: Any) -> bool:
    """Move the closed fields of a row from `payload` to `details`; return whether it had any."""
    public = public_part(kind, row.payload)
    closed = {name: value for name, value in row.payload.items() if name not in public}
    if closed:
        row.payload, row.details = public, {**closed, **(row.details or {})}
    return bool(closed)

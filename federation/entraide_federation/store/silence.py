"""Origins whose Keyset has expired: still followed, greyed, and nothing new of them is shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import orjson
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from entraide_federation.protocol import spelling
from entraide_federation.store.models import KeysetVersion, Origin

KEYSET_EXPIRED = "keyset-expired"
"""Reason of an origin, and problem of its objects, until its root signs the next Keyset."""


def expiries(session: Session, bases: Iterable[str]) -> dict[str, datetime]:
    """Return when the newest Keyset of each of these origins expires, by address."""
    newest = and_(
        KeysetVersion.origin_id == Origin.id, KeysetVersion.version == Origin.keyset_version
    )
    rows = session.execute(
        select(Origin.base, KeysetVersion.body)
        .join(KeysetVersion, newest)
        .where(Origin.base.in_(list(bases)))
    )
    moments = {base: spelling.parse_time(orjson.loads(body)["expires"]) for base, body in rows}
    return {base: moment for base, moment in moments.items() if moment}

"""Requests follow their kinds: renamed ones, newer versions, fields that were closed."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import runtime
from entraide.directory.offers.renewing import renew
from entraide.help_requests.models import HelpRequest


def renew_requests(session: Session) -> int:
    """Bring every request to what its kind is today; return how many changed."""
    site = runtime.current()
    names = [*site.kinds, *site.former_kinds]
    rows = session.scalars(select(HelpRequest).where(HelpRequest.kind.in_(names))).all()
    return sum(renew(site.kinds[runtime.kind_name(row.kind)], row) for row in rows)

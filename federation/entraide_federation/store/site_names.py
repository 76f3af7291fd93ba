"""How other sites call themselves: for pages only, unsigned, never believed more than an address."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import runtime, store_site_name, text
from entraide.errors import BadText
from entraide_federation.store.models import Origin

LONGEST_NAME = 100


def learn(session: Session, base: str, value: Any) -> None:
    """Keep the name of a known origin and give it to the pages; nothing usable changes nothing."""
    name = _clean(value)
    origin = session.scalar(select(Origin).where(Origin.base == base))
    if not name or origin is None or origin.is_own:
        return
    if origin.name != name:
        origin.name = name
        store_site_name(session, base, name)


def name_of(origin: Origin) -> str:
    """Return how an origin calls itself, empty when that is not known; ours is in the settings."""
    return runtime.current().settings.site.name if origin.is_own else origin.name


def _clean(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    try:
        return text.clean(value, single_line=True)[:LONGEST_NAME].strip()
    except BadText:
        return ""

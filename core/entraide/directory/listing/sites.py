"""Other sites by name: the federation tells the names, pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import database
from entraide.directory.listing.models import Listing, OtherSite

LIKE_AN_ADDRESS = re.compile(r"\w\.[^\W\d_]{2,}|\d\.\d|://|:\d|@")
"""What no name of a site holds: a name must not pass for the address of another site."""

Names = Mapping[str, str]
"""The names of sites by their addresses; a site without a known name is missing."""


def store_site_name(session: Session, base: str, name: str) -> None:
    """Remember how another site calls itself; an empty name, or one like an address, is none."""
    kept = "" if LIKE_AN_ADDRESS.search(name) else name.strip()
    statement = database.insert(session, OtherSite).values(base=base, name=kept)
    # Two readers may hear of one site at the same time.
    session.execute(statement.on_conflict_do_update(index_elements=["base"], set_={"name": kept}))


def site_names(session: Session, bases: Iterable[str | None]) -> Names:
    """Return the known names of these sites in one query, in none when all are ours (None)."""
    others = {base for base in bases if base}
    if not others:
        return {}
    rows = session.execute(
        select(OtherSite.base, OtherSite.name).where(
            OtherSite.base.in_(others), OtherSite.name != ""
        )
    )
    return {row.base: row.name for row in rows}


def names_for(session: Session, *rows: Listing) -> Names:
    """Return the names of the sites that these rows come from."""
    return site_names(session, [row.origin for row in rows])


def origin_of(base: str | None, names: Names) -> dict[str, str] | None:
    """Return the site that an object comes from; None when it is ours.

    `host` is always the address that was proved, `name` what the site calls itself, else the host.
    """
    if base is None:
        return None
    host = urlsplit(base).netloc
    return {"name": names.get(base) or host, "host": host, "url": base}

"""Addresses of objects: public ones, and the paths by which our pages name them."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit
from uuid import UUID

from entraide import runtime
from entraide.ids import public_id

HOST = re.compile(r"[a-z0-9.-]{1,253}(?::[0-9]{1,5})?")


def foreign_uids(host: str, identifier: UUID) -> list[str]:
    """Return what an object of `host` may be called: https, and http for development sites."""
    if not HOST.fullmatch(host):
        return []
    return [public_id(f"{scheme}://{host}", identifier) for scheme in ("https", "http")]


def uid_of(identifier: UUID) -> str:
    """Return the public address of one of this site's objects."""
    return public_id(runtime.current().settings.site.base_url, identifier)


def offer_url(uid: str, origin: str | None) -> str:
    """Return the address of an offer's page on this site."""
    return f"/offers/{reference_of(uid, origin)}"


def organisation_url(uid: str, origin: str | None) -> str:
    """Return the address of an organisation's page on this site."""
    return f"/organisations/{reference_of(uid, origin)}"


def reference_of(uid: str, origin: str | None) -> str:
    """Return how pages name an object: its UUID, with the site's host when it is not ours."""
    identifier = uid.rpartition("/")[2]
    return identifier if origin is None else f"{quote(urlsplit(origin).netloc)}/{identifier}"

"""Addresses of other sites' objects, from the way in which our pages name them."""

from __future__ import annotations

import re
from uuid import UUID

from entraide.ids import public_id

HOST = re.compile(r"[a-z0-9.-]{1,253}(?::[0-9]{1,5})?")


def foreign_uids(host: str, identifier: UUID) -> list[str]:
    """Return what an object of `host` may be called: https, and http for development sites."""
    if not HOST.fullmatch(host):
        return []
    return [public_id(f"{scheme}://{host}", identifier) for scheme in ("https", "http")]

"""The address of a site is for life: where it is written down, and what stops another one."""

from __future__ import annotations

import orjson
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from entraide import database, runtime
from entraide.errors import ConfigurationError
from entraide_federation.keys import identity
from entraide_federation.store.models import Origin

_SETTING = ("site", "base_url")
_TRIAL = (
    " This is a trial site (development = true): you may also delete its folder and let "
    "`entraide serve --dev` make a new one."
)


def require() -> None:
    """Raise ConfigurationError, with the way back, under another address than the written one.

    Whatever writes or signs asks this first, so that a slip in the settings changes nothing.
    """
    if words := mistake():
        raise ConfigurationError([words])


def mistake() -> str:
    """Return what is wrong with the address of the running site; "" when nothing is."""
    settings = runtime.current().settings
    here = settings.site.base_url
    other = next((place for place in _written().items() if place[1] != here), None)
    if other is None:
        return ""
    place, address = other
    source = settings.key_positions.find(_SETTING)
    cure = (
        f"unset {source}, or set it to {address}"
        if source.line is None
        else f'write base_url = "{address}" there'
    )
    return (
        f"{source}, [site] base_url: is {here}, but this site lives at {address}: so it is written "
        f"in {place}, and in every identifier that it has signed. An address is for life. Nothing "
        f"was changed. The way back: {cure}. A site cannot move yet: there is no command for it. "
        f"To use {here} as well, keep {address} and let the other one redirect to it."
    ) + (_TRIAL if settings.development else "")


def _written() -> dict[str, str]:
    """Return where an address is written down → which: beside the keys, and in the database."""
    written = {str(identity.folder() / identity.KEYSET): _of_keys(), "the database": _of_database()}
    return {place: address for place, address in written.items() if address}


def _of_keys() -> str:
    try:
        document = orjson.loads((identity.folder() / identity.KEYSET).read_bytes())
    except (OSError, ValueError):
        return ""
    origin = document.get("origin") if isinstance(document, dict) else None
    # Without the last file of `init` the keys were never used: the attempt was cut short.
    return origin if isinstance(origin, str) and identity.is_initialised() else ""


def _of_database() -> str:
    try:
        with database.reading() as session:
            return session.scalar(select(Origin.base).where(Origin.is_own)) or ""
    except DBAPIError:
        # There are no tables yet.
        return ""

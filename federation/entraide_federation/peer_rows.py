"""What an operator is told of each site that this one reads: one row, with what to do about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide_federation.client.asking import DIFFERS
from entraide_federation.models import Origin, Source
from entraide_federation.silence import KEYSET_EXPIRED

WAITS_FOR_A_PERSON = ("frozen", "held")

Row = dict[str, Any]


def describe_peers(session: Session) -> list[Row]:
    """Return a row for each configured peer, then one for each other origin stored here.

    Those came through a hub, or from a peer that was taken out of the settings (`role`).
    An origin behind a hub can be frozen or held while the hub itself is read without an error.
    """
    others = select(Origin).where(Origin.is_own.is_(False)).order_by(Origin.base)
    origins = {one.base: one for one in session.scalars(others)}
    rows = [
        _describe_source(source, origins.pop(source.base, None))
        for source in session.scalars(select(Source).order_by(Source.base))
    ]
    role = "relayed" if any(row["role"] == "hub" for row in rows) else "removed"
    return rows + [_describe_other(origin, role) for origin in origins.values()]


def _describe_source(source: Source, origin: Origin | None) -> Row:
    error = f"{source.error_name}: {source.error}" if source.error_name else ""
    return {
        "base": source.base,
        "role": source.role,
        "state": source.state,
        **_describe_origin(origin),
        "last_success_at": source.last_success_at,
        "error": error,
        "remedy": _remedy(source.base, origin, source.state),
    }


def _describe_other(origin: Origin, role: str) -> Row:
    return {
        "base": origin.base,
        "role": role,
        "state": None,
        **_describe_origin(origin),
        "last_success_at": origin.verified_at,
        "error": "",
        "remedy": _remedy(origin.base, origin),
    }


def _describe_origin(origin: Origin | None) -> Row:
    """Return what is known of the origin; `reason` is why it was refused, until it is read well.

    The last error of a source may be a younger one: a frozen peer can be down as well.
    """
    return {
        "origin_state": origin.state if origin else None,
        "reason": origin.reason if origin else "",
        "root": origin.root_fingerprint if origin else None,
        "pinned_by": origin.pinned_by if origin else None,
    }


def _remedy(base: str, origin: Origin | None, *states: str) -> str:
    reason = origin.reason if origin else ""
    if reason == KEYSET_EXPIRED:
        return f"Tell its operator: {base} has to run: entraide federation renew"
    if not {*states, origin.state if origin else ""} & set(WAITS_FOR_A_PERSON):
        return ""
    if reason == DIFFERS:
        return (
            "Ask its operator by telephone for the fingerprint on the recovery sheet; to follow "
            f'the new key: [[federation.peers]] base = "{base}", root = "sha256:…"'
        )
    return f"Ask its operator what happened; to accept it: entraide federation release {base}"

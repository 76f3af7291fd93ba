"""What an operator is told of each site that this one reads: one row, with what to do about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide_federation.reading.receiving.asking import DIFFERS
from entraide_federation.store.models import KeptBack, Origin, OriginState, Source
from entraide_federation.store.silence import KEYSET_EXPIRED

WAITS_FOR_A_PERSON = (OriginState.FROZEN, OriginState.HELD, "accused", OriginState.DROPPED)

Row = dict[str, Any]


def describe_peers(session: Session) -> list[Row]:
    """Return a row for each configured peer, for each other origin, for each thing withheld.

    Those came through a hub, or from a peer that was taken out of the settings (`role`).
    An origin behind a hub can be frozen or held while the hub itself is read without an error.
    """
    others = select(Origin).where(Origin.is_own.is_(False)).order_by(Origin.base)
    origins = {origin.base: origin for origin in session.scalars(others)}
    rows = [
        _describe_source(source, origins.pop(source.base, None))
        for source in session.scalars(select(Source).order_by(Source.base))
    ]
    role = "relayed" if any(row["role"] == "hub" for row in rows) else "removed"
    rows += [_describe_other(origin, role) for origin in origins.values()]
    kept = select(KeptBack).where(KeptBack.reason != "").order_by(KeptBack.uid, KeptBack.by)
    return rows + [_describe_kept_back(row) for row in session.scalars(kept)]


def _describe_source(source: Source, origin: Origin | None) -> Row:
    error = f"{source.error_name}: {source.error}" if source.error_name else ""
    accusation = f"forged-keys: {source.accusation}" if source.accusation else ""
    return {
        "base": source.base,
        "role": source.role,
        "state": source.state,
        **_describe_origin(origin),
        "last_success_at": source.last_success_at,
        "error": "; ".join(filter(None, (accusation, error))),
        "remedy": _remedy(source.base, origin, source.state, "accused" if accusation else ""),
    }


def _describe_kept_back(row: KeptBack) -> Row:
    """Return what is withheld here: by whom, since when, and how a person takes it back."""
    command = "unsuspend" if row.uid == row.origin else "unhide"
    return {
        "base": row.uid,
        "role": "withheld",
        "state": None,
        "origin_state": None,
        "reason": row.reason,
        "root": None,
        "pinned_by": row.by or "this site",
        "last_success_at": row.since,
        "error": "",
        "remedy": "" if row.by else f"To take it back: entraide federation {command} {row.uid}",
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
        "origin_state": _state_of(origin) or None,
        "reason": origin.reason if origin else "",
        "root": origin.root_fingerprint if origin else None,
        "pinned_by": origin.pinned_by if origin else None,
    }


def _state_of(origin: Origin | None) -> str:
    """Return what keeps an origin from being shown, else its state as it is stored."""
    if origin is None:
        return ""
    if origin.suspended_at is not None:
        return "suspended"
    is_waiting = not origin.is_confirmed and origin.keyset_version > 0
    return "unconfirmed" if is_waiting else origin.state


def _remedy(base: str, origin: Origin | None, *states: str) -> str:
    reason, state = origin.reason if origin else "", _state_of(origin)
    if state == "suspended":
        return f"To show and relay it again: entraide federation unsuspend {base}"
    if reason == KEYSET_EXPIRED:
        return f"Tell its operator: {base} has to run: entraide federation renew"
    if not {*states, state} & set(WAITS_FOR_A_PERSON):
        return ""
    if reason == DIFFERS:
        return (
            "Ask its operator by telephone for the fingerprint on the recovery sheet; to follow "
            f'the new key: [[federation.peers]] base = "{base}", root = "sha256:…"'
        )
    return f"Ask its operator what happened; to accept it: entraide federation release {base}"

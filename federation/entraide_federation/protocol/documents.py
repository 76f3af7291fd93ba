"""What may leave an instance: documents built from explicit public arguments, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from entraide import clock
from entraide_federation.protocol.members import OFFER_OPTIONAL
from entraide_federation.protocol.profile import CONTEXT


def next_version(previous: int, now: datetime) -> int:
    """Return the hybrid counter: milliseconds, and more than `previous` even if the clock jumps."""
    return max(previous + 1, int(now.timestamp() * 1000))


def project_offer(
    *,
    id: str,  # noqa: A002 - the protocol's own word
    origin: str,
    version: int,
    created: datetime,
    updated: datetime,
    lang: str,
    kind: str,
    title: str,
    summary: str,
    org: str,
    territory: Sequence[str],
    contact_url: str,
    valid_until: date,
    **optional: Any,
) -> dict[str, Any]:
    """Return an unsigned Offer; `ext` maps the kind to the fields its plugin marked public.

    `optional` are members of the core schema by name; days are spelled, what is empty is left out.
    Raises TypeError for any other name.
    """
    if unknown := optional.keys() - OFFER_OPTIONAL:
        raise TypeError(f"no members of an Offer: {sorted(unknown)}")
    required = _start("Offer", id, origin, version) | _describe(created, updated, lang)
    required |= {
        "kind": kind,
        "title": title,
        "summary": summary,
        "org": org,
        "territory": list(territory),
        "contactUrl": contact_url,
        "relay": "public",
        "validUntil": valid_until.isoformat(),
    }
    return required | {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in optional.items()
        # Zero and "no" say something.
        if value or value == 0
    }


def project_organisation(
    *,
    id: str,  # noqa: A002 - the protocol's own word
    origin: str,
    version: int,
    created: datetime,
    updated: datetime,
    lang: str,
    name: str,
    form: str,
    territory: Sequence[str],
    summary: str | None = None,
    url: str | None = None,
    identifiers: Mapping[str, str] | None = None,
    hosted_by: str | None = None,
) -> dict[str, Any]:
    """Return an unsigned Organisation; it has no contact person, phone or e-mail address."""
    required = _start("Organisation", id, origin, version) | _describe(created, updated, lang)
    required |= {
        "name": name,
        "form": form,
        "territory": list(territory),
    }
    return required | _keep_given(
        summary=summary,
        url=url or None,
        identifiers=dict(identifiers) if identifiers else None,
        hostedBy=hosted_by or None,
    )


def make_tombstone(
    *,
    id: str,  # noqa: A002 - the protocol's own word
    origin: str,
    version: int,
    deleted: datetime,
    reason: str,
) -> dict[str, Any]:
    """Return an unsigned Tombstone: nothing of the dead object but its id, version and end."""
    return _start("Tombstone", id, origin, version) | {
        "deleted": clock.rfc3339(deleted),
        "reason": reason,
    }


def make_withheld(
    *,
    id: str,  # noqa: A002 - the protocol's own word
    origin: str,
    version: int,
    target: str,
    target_version: int,
    element: bytes,
    reason: str,
    since: datetime,
) -> dict[str, Any]:
    """Return an unsigned Withheld: `origin` is the relay, `element` the hash of what it hides."""
    return _start("Withheld", id, origin, version) | {
        "target": target,
        "targetVersion": target_version,
        "element": element.hex(),
        "reason": reason,
        "since": clock.rfc3339(since),
    }


def _start(type_name: str, identifier: str, origin: str, version: int) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": identifier,
        "type": type_name,
        "origin": origin,
        "version": version,
    }


def _describe(created: datetime, updated: datetime, lang: str) -> dict[str, Any]:
    return {"created": clock.rfc3339(created), "updated": clock.rfc3339(updated), "lang": lang}


def _keep_given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}

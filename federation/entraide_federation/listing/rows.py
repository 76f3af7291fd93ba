"""Which remote documents are shown, and under whose name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import (
    RemoteOffer,
    hooks,
    public_part,
    runtime,
    store_described_kinds,
    store_listings,
)
from entraide_federation.protocol import objects, types
from entraide_federation.protocol.errors import Refusal
from entraide_federation.protocol.limits import Limits
from entraide_federation.store.models import SignedObject

REFUSED_BY_PLUGIN = "refused-by-plugin"
JUDGE = "accept_remote_offer"


def judge_all(
    documents: Sequence[tuple[dict[str, Any], bytes]],
    *,
    source: str,
    now: datetime,
    limits: Limits,
    problems: Sequence[str | None],
) -> list[str | None]:
    """Return why each document is not shown (rule 7), None for those to be shown.

    Documents come with their canonical form and with what is known to be wrong with them.
    Plugins are asked too, about offers.
    """
    judged = [
        problem or _judge(document, canonical, now, limits)
        for (document, canonical), problem in zip(documents, problems, strict=True)
    ]
    if hooks.listeners(JUDGE):
        _add_refusals(judged, [document for document, _ in documents], source)
    return judged


def _add_refusals(
    problems: list[str | None], documents: Sequence[dict[str, Any]], source: str
) -> None:
    """Ask the plugins about the acceptable offers; write which one refuses into the problems."""
    offers = [
        position
        for position, document in enumerate(documents)
        if problems[position] is None and document["type"] == types.OFFER.name
    ]
    questions = [
        {"offer": _remote_offer(documents[position]), "peer": source} for position in offers
    ]
    for position, results in zip(offers, hooks.ask_batch(JUDGE, questions), strict=True):
        refusing = [result.plugin for result in results if result.value is False]
        if refusing:
            problems[position] = f"{REFUSED_BY_PLUGIN}:{refusing[0]}"


def _judge(document: dict[str, Any], canonical: bytes, now: datetime, limits: Limits) -> str | None:
    try:
        objects.acceptable(document, now=now, limits=limits, canonical=canonical)
    except Refusal as error:
        return error.reason
    return None


def organisation_names(
    session: Session, documents: Sequence[Mapping[str, Any]], known: Mapping[str, str]
) -> dict[str, str]:
    """Return the names of the organisations that these objects belong to, stored ones included."""
    owners = {owner for document in documents if (owner := types.owner_of(document))}
    uids = owners - known.keys()
    bodies = select(SignedObject.body).where(
        SignedObject.uid.in_(uids),
        SignedObject.type == types.ORGANISATION.name,
        SignedObject.problem.is_(None),
    )
    organisations = [document_of(body) for body in session.scalars(bodies)] if uids else []
    return {**known, **{organisation["id"]: organisation["name"] for organisation in organisations}}


def show(
    session: Session, documents: Sequence[Mapping[str, Any]], names: Mapping[str, str]
) -> None:
    """Write what pages show of acceptable documents: their public rows, their descriptions."""
    rows = (types.row_of(document, names) for document in documents)
    store_listings(session, [row for row in rows if row])
    kinds = map(types.described_kind_of, documents)
    store_described_kinds(session, [kind for kind in kinds if kind])


def document_of(body: bytes) -> dict[str, Any]:
    """Parse a stored body, which was held to the profile when it came."""
    value: dict[str, Any] = orjson.loads(body)
    return value


def _remote_offer(document: Mapping[str, Any]) -> RemoteOffer:
    kind = document["kind"]
    name = runtime.kind_name(kind)
    given = document.get("ext", {}).get(kind) or {}
    return RemoteOffer(
        uid=document["id"],
        origin=document["origin"],
        kind=name,
        title=document["title"],
        summary=document["summary"],
        payload=public_part(runtime.current().kinds.get(name), given),
        schedule=document.get("schedule"),
    )

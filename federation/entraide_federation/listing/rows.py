"""From a remote document to the public row that lists, pages and the search show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, cast

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import ListingRow, RemoteOffer, hooks
from entraide_federation.protocol import objects
from entraide_federation.protocol.errors import Refusal
from entraide_federation.protocol.limits import Limits
from entraide_federation.store.models import SignedObject

REFUSED_BY_PLUGIN = "refused-by-plugin"
JUDGE = "accept_remote_offer"


def _same(value: Any) -> Any:
    return value


CARRIED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("verified", "verified_on", date.fromisoformat),
    ("schedule", "schedule", _same),
    ("places", "places", _same),
)
"""Optional members of an Offer that the listing keeps: the member, the column of the offer and of
the listing, how it is read. What is published and what is listed both follow from this."""


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
        if problems[position] is None and document["type"] == "Offer"
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


def row_of(document: Mapping[str, Any], names: Mapping[str, str]) -> ListingRow | None:
    """Return the row of an acceptable document; None for types that are kept but not shown.

    `names` maps organisations to their names; an offer of an unknown one names none.
    """
    if document["type"] == "Offer":
        return _offer_row(document, names)
    return _organisation_row(document) if document["type"] == "Organisation" else None


def organisation_names(
    session: Session, documents: Sequence[Mapping[str, Any]], known: Mapping[str, str]
) -> dict[str, str]:
    """Return the names of the organisations that these offers belong to, stored ones included."""
    uids = {document["org"] for document in documents if document["type"] == "Offer"} - known.keys()
    bodies = select(SignedObject.body).where(
        SignedObject.uid.in_(uids),
        SignedObject.type == "Organisation",
        SignedObject.problem.is_(None),
    )
    organisations = [document_of(body) for body in session.scalars(bodies)] if uids else []
    return {**known, **{organisation["id"]: organisation["name"] for organisation in organisations}}


def document_of(body: bytes) -> dict[str, Any]:
    """Parse a stored body, which was held to the profile when it came."""
    value: dict[str, Any] = orjson.loads(body)
    return value


def _offer_row(document: Mapping[str, Any], names: Mapping[str, str]) -> ListingRow:
    kind, organisation = document["kind"], document["org"]
    name = names.get(organisation)
    row: Any = {
        "uid": document["id"],
        "type": "offer",
        "origin": document["origin"],
        "kind": kind,
        "title": document["title"],
        "summary": document["summary"],
        "organisation": None if name is None else {"id": organisation, "name": name},
        "territory": document["territory"],
        "payload": document.get("ext", {}).get(kind) or {},
        "lang": document["lang"],
        "contact_url": document["contactUrl"],
        "created_at": datetime.fromisoformat(document["created"]),
        "updated_at": datetime.fromisoformat(document["updated"]),
        "verify_by": date.fromisoformat(document["validUntil"]),
    }
    for member, column, read in CARRIED:
        if member in document:
            row[column] = read(document[member])
    return cast("ListingRow", row)


def _organisation_row(document: Mapping[str, Any]) -> ListingRow:
    return ListingRow(
        uid=document["id"],
        type="organisation",
        origin=document["origin"],
        title=document["name"],
        summary=document.get("summary", ""),
        territory=document["territory"],
        payload={"form": document["form"], "url": document.get("url")},
        lang=document["lang"],
        created_at=datetime.fromisoformat(document["created"]),
        updated_at=datetime.fromisoformat(document["updated"]),
    )


def _remote_offer(document: Mapping[str, Any]) -> RemoteOffer:
    kind = document["kind"]
    return RemoteOffer(
        uid=document["id"],
        origin=document["origin"],
        kind=kind,
        title=document["title"],
        summary=document["summary"],
        payload=document.get("ext", {}).get(kind) or {},
        schedule=document.get("schedule"),
    )

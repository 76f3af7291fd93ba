"""What the page of an offer says of its signature: who signed it, when, and where to read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import Panel, catalogue, clock, database, i18n
from entraide_federation.listing.rows import document_of
from entraide_federation.store import site_names
from entraide_federation.store.models import Origin, SignedObject

_ = catalogue("entraide_federation")

LAST = 90
"""The proof stands below whatever other plugins say of an offer."""


def proof_panel(uid: str) -> Panel | None:
    """Return the box with the proof of who published an object; None before it is signed."""
    with database.reading() as session:
        context = _describe(session, uid)
    if context is None:
        return None
    return Panel(_("Origin checked"), "federation/proof.html", LAST, context)


def _describe(session: Session, uid: str) -> dict[str, Any] | None:
    stored = session.execute(
        select(SignedObject.body, SignedObject.is_vouched, Origin)
        .join(Origin, Origin.id == SignedObject.origin_id)
        .where(SignedObject.uid == uid, SignedObject.deleted_at.is_(None))
    ).one_or_none()
    if stored is None:
        return None
    return _context(uid, stored.body, stored.Origin, is_vouched=stored.is_vouched)


def _context(uid: str, body: bytes, origin: Origin, *, is_vouched: bool) -> dict[str, Any]:
    host = urlsplit(origin.base).netloc
    name = site_names.name_of(origin)
    signed_at = datetime.fromisoformat(document_of(body)["proof"]["created"])
    signed = signed_at.astimezone(clock.PARIS).date()
    return {
        "published": _(
            "Published by %(name)s on %(day)s.", name=name or host, day=i18n.date_in(signed)
        ),
        "question": _("Technical details"),
        "signer_label": _("Signed by"),
        "signer": f"{name} ({host})" if name else host,
        "signed_label": _("Signed on"),
        "signed_at": signed_at,
        "words": _assurance(origin, is_vouched=is_vouched),
        "document_url": uid,
        "document_label": _("Read the signed document (JSON)"),
    }


def _assurance(origin: Origin, *, is_vouched: bool) -> i18n.LazyText:
    """Return what the signature is worth to whoever reads the offer here."""
    if origin.is_own:
        return _("Every site of the network can check this signature.")
    if is_vouched:
        return _("This offer stands in a list that its site has signed. We have checked the list.")
    return _("We have checked this signature ourselves. Nobody can change the text on its way.")

"""What of an offer not everyone may read, for whoever looks at it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from entraide import audit, runtime
from entraide.directory.models import Offer
from entraide.directory.offers.authors import GONE
from entraide.directory.payloads.readers import readable, relations_to
from entraide.directory.payloads.values import described, public_part
from entraide.i18n import catalogue
from entraide.members.models import Member
from entraide.policy import Actor
from entraide.readers import Reader

_ = catalogue("entraide")


def note_reading(member: Actor | None, offer: Offer) -> None:
    """Write in the journal that somebody read what not everyone may of another's offer, once a day.

    Their own and that of the site itself leave no trace.
    """
    if member is None or offer.member_id is None or Reader.TEAM not in relations_to(offer, member):
        return
    audit.record_reading(
        audit.Reading(member.id, "directory.read_private", str(offer.id), offer.member_id)
    )


def details_for(session: Session, member: Actor | None, offer: Offer) -> list[tuple[str, str]]:
    """Return (label, words) of what `member` may read beside what everyone reads.

    Whoever looks after the offer of somebody else also reads who wrote it.
    """
    kind = runtime.current().kinds.get(offer.kind)
    written_by: list[tuple[str, str]] = []
    if Reader.TEAM in relations_to(offer, member) and offer.member_id is not None:
        author = session.get(Member, offer.member_id)
        written_by = [(str(_("Who wrote it")), author.shown_name if author else str(GONE))]
    if kind is None or member is None:
        return written_by
    shown = public_part(kind, offer.payload)
    own = {name: value for name, value in readable(member, offer).items() if name not in shown}
    return [*written_by, *described(kind, own)]

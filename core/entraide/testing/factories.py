"""Factories without surprises: synthetic members, organisations, offers, requests, answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from entraide import clock
from entraide.directory.listing.own_rows import list_organisation
from entraide.directory.models import Offer, Organisation, OrganisationMember
from entraide.directory.offers.schemas import OfferInput
from entraide.directory.offers.service import create_offer
from entraide.help_requests.models import Answer, HelpRequest
from entraide.help_requests.service import RequestInput, answer_request, open_request
from entraide.members import accounts
from entraide.members.models import Member


def add_member(session: Session, number: int = 1, *roles: str) -> Member:
    """Add a visibly synthetic member with roles of the site."""
    role = roles[0] if roles else "member"
    member = accounts.open_account(
        session,
        email=f"{role}{number}@example.org",
        display_name=f"{role.title()} Exemple {number}",
    )
    # The roles are read now, so that the member can act after the transaction has ended.
    held = set(member.roles)
    for granted in roles:
        if granted not in held:
            accounts.grant_role(session, member=member, role=granted, actor=None)
    session.flush()
    return member


def add_organisation(
    session: Session, number: int = 1, coordinator: Member | None = None, **values: Any
) -> Organisation:
    """Add an organisation, listed, with a coordinator when one is given."""
    now = clock.now()
    defaults: dict[str, Any] = {
        "name": f"Association Exemple {number}",
        "territory": ["58079"],
        "created_at": now,
        "updated_at": now,
        "form": "association",
        "publication": "public",
        "revision": 1,
        "summary": "",
    }
    organisation = Organisation(**(defaults | values))
    session.add(organisation)
    session.flush()
    if coordinator is not None:
        session.add(
            OrganisationMember(
                organisation_id=organisation.id, member_id=coordinator.id, role="coordinator"
            )
        )
    list_organisation(session, organisation)
    return organisation


def add_offer(
    session: Session,
    number: int = 1,
    *,
    kind: str,
    organisation_id: UUID | None = None,
    actor: Member | None = None,
    **values: Any,
) -> Offer:
    """Create an offer through the service, as the site itself unless `actor` is given."""
    defaults: dict[str, Any] = {
        "title": f"Offre exemple {number}",
        "summary": "Un exemple.",
        "territory": ["58079"],
        "verify_by": in_days(90),
    }
    data = OfferInput(kind=kind, organisation_id=organisation_id, **(defaults | values))
    return create_offer(session, actor=actor, data=data)


def add_request(
    session: Session, number: int = 1, *, kind: str, actor: Member, **values: Any
) -> HelpRequest:
    """Open a request through the service, as `actor`."""
    defaults: dict[str, Any] = {
        "title": f"Demande exemple {number}",
        "summary": "Un exemple.",
        "territory": ["58079"],
        "verify_by": in_days(30),
    }
    return open_request(session, actor=actor, data=RequestInput(kind=kind, **(defaults | values)))


def add_answer(
    session: Session,
    *,
    request: HelpRequest,
    actor: Member,
    message: str = "Je peux aider.",
    organisation_id: UUID | None = None,
) -> Answer:
    """Answer a request through the service, as `actor`."""
    return answer_request(
        session, request=request, actor=actor, message=message, organisation_id=organisation_id
    )


def in_days(days: int) -> date:
    """Return the day so many days after today."""
    return clock.today() + timedelta(days=days)

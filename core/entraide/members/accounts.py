"""Accounts: opened by an e-mail address, found by a blind index, with roles."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entraide import audit, clock
from entraide.database import blind_index
from entraide.errors import BadInput
from entraide.events import MemberJoined
from entraide.members.models import Member, MemberRole
from entraide.members.models import Session as MemberSession
from entraide.outbox import record

ROLES = ("parent", "volunteer", "moderator", "administrator")
"""Roles on the whole site; `coordinator` belongs to an organisation."""
STAFF = frozenset({"moderator", "administrator"})
"""Roles whose sessions are short."""


def normalise_email(address: str) -> str:
    """Return an address as it is compared: without spaces around, in lower case."""
    return address.strip().lower()


def email_index(address: str) -> str:
    """Return the blind index under which an address is stored."""
    return blind_index(normalise_email(address))


def find_member(session: Session, *, email: str) -> Member | None:
    """Return the member with this address, None when there is none."""
    return session.scalar(select(Member).where(Member.email_index == email_index(email)))


def open_account(
    session: Session, *, email: str, display_name: str = "", language: str = "fr"
) -> Member:
    """Return the member with this address; a new one starts without any role."""
    known = find_member(session, email=email)
    if known is not None:
        return known
    address = normalise_email(email)
    member = Member(
        email=address, email_index=email_index(address), language=language,
        display_name=display_name or address.partition("@")[0], created_at=clock.now(),
    )  # fmt: skip
    session.add(member)
    session.flush()
    record(session, MemberJoined(member.id))
    return member


def grant_role(session: Session, *, member: Member, role: str, actor: UUID | None) -> None:
    """Give a member a role on the site; BadInput for a role that does not exist.

    With a role of the staff, whoever is logged in as this member has to log in again.
    """
    if role not in ROLES:
        raise BadInput(f"There is no role {role!r}. The roles are: {', '.join(ROLES)}.")
    if role not in member.roles:
        held = MemberRole(member_id=member.id, role=role, granted_at=clock.now())
        member.roles_held.append(held)
        audit.record(
            session, actor=actor, action=f"members.grant.{role}", subject=member.id,
            person=member.id,
        )  # fmt: skip
        if role in STAFF:
            # A session from before would have more rights and its old, longer life.
            _end_sessions(session, member.id)


def _end_sessions(session: Session, member_id: UUID) -> None:
    session.execute(
        update(MemberSession)
        .where(MemberSession.member_id == member_id, MemberSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )

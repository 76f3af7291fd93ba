"""Accounts: opened by an e-mail address, found by a blind index, with roles."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from entraide import audit, clock
from entraide.database import blind_index
from entraide.errors import BadInput, Refused
from entraide.event_types import MemberJoined, MemberRoleGranted
from entraide.i18n import catalogue
from entraide.members.models import Member, MemberRole
from entraide.members.models import Session as MemberSession
from entraide.outbox import record

_ = catalogue("entraide")

ROLES = ("parent", "volunteer", "moderator", "administrator")
"""Roles on the whole site; `coordinator` belongs to an organisation."""
STAFF = frozenset({"moderator", "administrator"})
"""Roles of those who run the site."""

READS_FAMILIES = STAFF | {"volunteer"}
"""Roles of those who read what families write: their sessions are short."""


STOPPED = _(
    "This account cannot be used at the moment. Do you have a question? Write to us: "
    "the address is at the foot of this page."
)


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
    """Return the member with this address; a new one starts without any role.

    Without a `display_name` they are asked for one at their first login.
    """
    known = find_member(session, email=email)
    if known is not None:
        return known
    address = normalise_email(email)
    member = Member(
        email=address,
        email_index=email_index(address),
        language=language,
        display_name=display_name,
        created_at=clock.now(),
        name_asked_at=clock.now() if display_name else None,
        roles_held=[],
    )
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
        record(session, MemberRoleGranted(member.id, role))
        audit.record(
            session,
            actor=actor,
            action=f"members.grant.{role}",
            subject=member.id,
            person=member.id,
        )
        if role in READS_FAMILIES:
            # A session from before would have more rights and its old, longer life.
            _end_sessions(session, member.id)


def lock_member(session: Session, member_id: UUID) -> None:
    """Let one request of a member count at a time, so that a limit holds on PostgreSQL too.

    Raises Refused when the account was suspended after the request began: what ended with the
    account has been gone through already, and would not find what is written now.
    """
    row = select(Member.suspended_at).where(Member.id == member_id)
    if session.scalar(row.with_for_update(key_share=True)) is not None:
        raise Refused(STOPPED)


def _end_sessions(session: Session, member_id: UUID) -> None:
    session.execute(
        update(MemberSession)
        .where(MemberSession.member_id == member_id, MemberSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )

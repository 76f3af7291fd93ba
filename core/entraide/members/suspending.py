"""Stopping an account: a role taken back, a suspension, and what ends with them at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from entraide import audit, clock, mail, outbox, runtime
from entraide.errors import BadInput, Refused
from entraide.event_types import MemberReinstated, MemberRoleRevoked, MemberSuspended
from entraide.i18n import catalogue
from entraide.members.models import Member, MemberRole
from entraide.members.service import end_logins
from entraide.runtime import Slot

_ = catalogue("entraide")

COORDINATOR = "coordinator"
"""The one role that belongs to an organisation: the room of organisations takes it back."""

SUBJECT = _("news of your account")
SUSPENDED = _(
    "Hello,\n\nyour account on %(site)s cannot be used at the moment. Do you have a question, or do "
    "you not agree? Write to us: %(contact)s\n"
)


@dataclass(frozen=True)
class AccessEnd:
    """What ends for a member: one `role`, or with an empty one the whole account.

    `actor` None is the command line. `is_take_down`: every offer is taken down for `reason`,
    instead of being hidden for as long as the account is suspended.
    """

    member: Member
    actor: UUID | None
    role: str = ""
    is_take_down: bool = False
    reason: str = ""


EndAccess = Callable[[Session, AccessEnd], bool]
ACCESS_ENDS: Slot[list[EndAccess]] = Slot("list of what ends with an account", list)
"""What the rooms end, each in its `access_ends`, and whether it had anything to end."""


def revoke_role(session: Session, *, member: Member, role: str, actor: UUID | None) -> None:
    """Take a role back and end what only this role gave; sessions and tokens end with it.

    Raises BadInput when the member has no such role, Refused for the last administrator.
    """
    session.refresh(member, with_for_update={"of": Member})
    held = next((grant for grant in member.roles_held if grant.role == role), None)
    if held is not None:
        _keep_an_administrator(session, member, role)
        session.flush()
        session.delete(held)
        session.flush()
        session.refresh(member, ["roles_held"])
    has_ended = _end(session, AccessEnd(member, actor, role))
    if held is None and not (role == COORDINATOR and has_ended):
        roles = ", ".join(sorted(member.roles)) or "none"
        raise BadInput(f"{member.email} has no role {role}. Its roles on the site: {roles}.")
    end_logins(session, member_id=member.id)
    outbox.record(session, MemberRoleRevoked(member.id, role))
    _note(session, member, f"members.revoke.{role}", actor)


def suspend(
    session: Session,
    *,
    member: Member,
    actor: UUID | None,
    is_take_down: bool = False,
    reason: str = "",
) -> None:
    """Stop an account at once: nobody logs in with it, its offers are gone, its contacts end.

    Raises Refused when it is suspended already, or the last administrator's.
    """
    session.refresh(member, with_for_update={"of": Member})
    if member.suspended_at is not None:
        raise Refused(_("This account is suspended already."))
    _keep_an_administrator(session, member, "administrator")
    member.suspended_at = clock.now()
    session.flush()
    end_logins(session, member_id=member.id)
    _end(session, AccessEnd(member, actor, is_take_down=is_take_down, reason=reason))
    _tell(session, member)
    outbox.record(session, MemberSuspended(member.id))
    action = f"members.suspend.{reason}" if reason else "members.suspend"
    _note(session, member, action, actor)


def reinstate(session: Session, *, member: Member, actor: UUID | None) -> None:
    """Let a suspended account be used again; Refused when it is not suspended.

    What ended stays ended. Offers that were hidden wait for the team, which reads them again.
    """
    session.refresh(member, with_for_update={"of": Member})
    if member.suspended_at is None:
        raise Refused(_("This account is not suspended."))
    member.suspended_at = None
    session.flush()
    _end(session, AccessEnd(member, actor))
    outbox.record(session, MemberReinstated(member.id))
    _note(session, member, "members.reinstate", actor)


def _note(session: Session, member: Member, action: str, actor: UUID | None) -> None:
    audit.record(session, actor=actor, action=action, subject=member.id, person=member.id)


def _end(session: Session, end: AccessEnd) -> bool:
    # Every room is asked, the last ones too when an earlier one had something to end.
    ended = [room(session, end) for room in ACCESS_ENDS.get()]
    return any(ended)


def _keep_an_administrator(session: Session, member: Member, role: str) -> None:
    if role != "administrator" or role not in member.roles:
        return
    # The rows are locked, so that two administrators cannot remove each other at once.
    held = session.scalars(
        select(MemberRole).where(MemberRole.role == role).with_for_update()
    ).all()
    others = [grant.member_id for grant in held if grant.member_id != member.id]
    active = select(Member.id).where(Member.id.in_(others), Member.suspended_at.is_(None))
    if session.scalar(active.limit(1)) is None:
        raise Refused(_("This is the last administrator. Make somebody else administrator first."))


def _tell(session: Session, member: Member) -> None:
    site = runtime.current().settings.site
    contact = site.moderation or site.email or site.base_url
    mail.write(
        session,
        member,
        subject=SUBJECT,
        body=SUSPENDED,
        category="members.account",
        key=f"suspended-{member.id.hex}-{clock.now().timestamp():.0f}",
        values={"site": site.name, "contact": contact},
        reaches_suspended=True,
    )

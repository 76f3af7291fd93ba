"""Who is behind a cookie: a member, or a visit with what was written in it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, joinedload

from entraide import clock, database, ids
from entraide.database import blind_index
from entraide.members import drafts, service
from entraide.members.drafts import Owner
from entraide.members.models import Member
from entraide.members.models import Session as MemberSession
from entraide.members.service import Asking
from entraide.members.staff import STAFF_ABSOLUTE, STAFF_IDLE, is_staff

SEEN_EVERY = timedelta(minutes=10)
"""A session's last use is written at most this often, so that reading stays reading."""
UNUSED = timedelta(days=1)
"""How long a fresh cookie of a visit waits for its first use, which ends every other one."""


def identify(token: str) -> tuple[Member | None, UUID | None]:
    """Return the member, or the visit, behind a cookie token, in a short transaction of its own."""
    with database.reading() as session:
        row, member = _find_both(session, token)
        if row is None or member is None or member.suspended_at or _is_over(row, member):
            member = None
    if row is not None and _is_unused(row):
        _end_other_cookies(row)
    if row is not None and member is not None and clock.now() - row.seen_at > SEEN_EVERY:
        with database.note() as session:
            now = clock.now()
            session.execute(update(Member).where(Member.id == member.id).values(last_seen_at=now))
            session.execute(
                update(MemberSession)
                .where(MemberSession.digest == ids.digest(token))
                .values(seen_at=now)
            )
    return member, row.visit_id if row is not None and row.member_id is None else None


_BOTH = (
    select(MemberSession, Member)
    .outerjoin(Member, Member.id == MemberSession.member_id)
    .options(joinedload(Member.roles_held))
    .where(MemberSession.digest == bindparam("digest"))
)


def _find_both(session: Session, token: str) -> tuple[MemberSession | None, Member | None]:
    """Return a live session and its member: every page of a member asks, so in one query."""
    digest = {"digest": ids.digest(token)}
    both = session.execute(_BOTH, digest).unique().one_or_none() if token else None
    if both is None or not service.is_live(both.Session):
        return None, None
    return both.Session, both.Member


def visit_of(session: Session, *, token: str) -> UUID | None:
    """Return the visit of a cookie token; None for a member's session and for nobody."""
    row = service.find_session(session, token=token)
    return row.visit_id if row is not None and row.member_id is None else None


def owner_of(session: Session, *, token: str, member_id: UUID | None) -> Owner | None:
    """Return whose drafts a browser works on; None when it has neither account nor visit."""
    if member_id is not None:
        return Owner(member_id=member_id)
    visit_id = visit_of(session, token=token)
    return Owner(visit_id=visit_id) if visit_id is not None else None


def begin_visit(session: Session, *, old: str, fresh: str, client: str) -> UUID:
    """Return the visit of the cookie token `old`, or a new one; from now on `fresh` opens it.

    A cookie that somebody else has put there, or has seen, opens nothing that is written later:
    it ends with the first use of a fresh one. Raises TooManyRequests when many visits began from
    the machine `client` (its IP address).
    """
    visit_id = refresh_visit(session, old=old, fresh=fresh)
    if visit_id is None:
        return service.start_visit(session, token=fresh, client=client)
    return visit_id


def refresh_visit(session: Session, *, old: str, fresh: str) -> UUID | None:
    """Let `fresh` open the visit of the cookie token `old` too; None when it has none.

    A double press sends the old one twice, and one answer may be lost on its way: which of the
    cookies the browser kept is known when it sends it (see `identify`).
    """
    now, visit_id = clock.now(), visit_of(session, token=old)
    if visit_id is not None:
        session.add(
            MemberSession(
                digest=ids.digest(fresh),
                visit_id=visit_id,
                created_at=now,
                seen_at=now,
                expires_at=now + UNUSED,
            )
        )
        session.flush()
    return visit_id


def prolong_visit(session: Session, *, token: str) -> None:
    """Keep a visit as long as what was just written in it."""
    row = service.find_session(session, token=token)
    if row is not None and row.member_id is None and not _is_unused(row):
        row.seen_at = clock.now()
        row.expires_at = row.seen_at + drafts.VISIT


def _is_unused(row: MemberSession) -> bool:
    """Return whether the browser has not sent this fresh cookie of a visit yet."""
    return row.visit_id is not None and row.expires_at <= row.created_at + UNUSED


def _end_other_cookies(fresh: MemberSession) -> None:
    """Note the first use of a fresh cookie: of a visit only that one goes on.

    Two browsers that hold cookies of one visit do not both write in it: whichever is first has it.
    """
    with database.note() as session:
        same = select(MemberSession).where(MemberSession.visit_id == fresh.visit_id)
        # In one order, so that two first uses at once do not wait for each other.
        rows = session.scalars(same.order_by(MemberSession.digest).with_for_update()).all()
        if all(row.digest != fresh.digest for row in rows):
            return
        for row in rows:
            if row.digest != fresh.digest:
                session.delete(row)
            elif row.revoked_at is None:
                row.expires_at = clock.now() + drafts.VISIT


def asking_of(session: Session, *, token: str, member_id: UUID | None) -> Asking:
    """Return the browser of a cookie token as links remember it."""
    visit_id = visit_of(session, token=token) if member_id is None else None
    return Asking(blind_index(f"browser {visit_id or token}"), visit_id)


def forget(session: Session, *, token: str) -> None:
    """End the session of a cookie token; with a visit goes what was written in it."""
    visit_id = visit_of(session, token=token)
    if visit_id is not None:
        drafts.forget_visit(session, visit_id=visit_id)
        same = MemberSession.visit_id == visit_id
        session.execute(update(MemberSession).where(same).values(revoked_at=clock.now()))
    service.revoke_session(session, token=token)


def _is_over(row: MemberSession, member: Member) -> bool:
    """Return whether a live session is too old, or unused for too long, for what its member reads."""
    now = clock.now()
    is_long = now - row.seen_at >= STAFF_IDLE or now - row.created_at >= STAFF_ABSOLUTE
    return is_long and is_staff(member)

"""Rules of logging in: one-time links, server-side sessions, API tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from entraide import audit, clock, database, ids, outbox
from entraide.database import blind_index
from entraide.errors import LoginRequired, NotFound, TooManyRequests
from entraide.i18n import Text, catalogue
from entraide.kinds import Message
from entraide.members.accounts import STAFF, email_index, normalise_email, open_account
from entraide.members.models import ApiToken, LoginLink, Member
from entraide.members.models import Session as MemberSession

_ = catalogue("entraide")

LINK_LIFETIME = timedelta(minutes=30)
LINKS_PER_ADDRESS, LINKS_PER_CLIENT, LINKS_PER_SITE = 5, 20, 500
LINKS_WINDOW = timedelta(minutes=15)
MANY_LINKS = _(
    "That was many links in a short time. Look into your mailbox, or try again in 15 minutes."
)
MANY_VISITS = _(
    "Many texts were begun from this place in a short time. Try again in 15 minutes, or log in "
    "first: then there is no need to wait."
)
IDLE, ABSOLUTE = timedelta(days=14), timedelta(days=60)
VISIT = timedelta(days=7)
"""How long we keep what somebody without an account began to write, or a member left alone."""
STAFF_IDLE, STAFF_ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=10)
"""A session's last use is written at most this often, so that reading stays reading."""


def request_link(session: Session, *, email: str, next_path: str, client: str = "") -> str:
    """Make a one-time login link for an address; return its token (only its digest is kept).

    The same happens whether the address has an account or not. Raises TooManyRequests above
    5 links in 15 minutes for one address, 20 from one machine (`client`, its IP address, of
    which a keyed digest is kept), and 500 for the whole site.
    """
    asked_from = blind_index(client) if client else ""
    limits: list[tuple[int, ColumnElement[bool]]] = [
        (LINKS_PER_ADDRESS, LoginLink.email_index == email_index(email)),
        (LINKS_PER_SITE, LoginLink.asked_from != ""),
    ]
    if client:
        limits.append((LINKS_PER_CLIENT, LoginLink.asked_from == asked_from))
    since = LoginLink.created_at > clock.now() - LINKS_WINDOW
    for most, condition in limits:
        _check_recent(session, LoginLink, most, condition & since, MANY_LINKS)
    return make_link(session, email=email, next_path=next_path, asked_from=asked_from)


def _check_recent(
    session: Session, table: type[LoginLink | MemberSession], most: int,
    condition: ColumnElement[bool], words: Text,
) -> None:  # fmt: skip
    recent = select(func.count()).select_from(table).where(condition)
    if (session.scalar(recent) or 0) >= most:
        raise TooManyRequests(words, retry_after=int(LINKS_WINDOW.total_seconds()))


def make_link(session: Session, *, email: str, next_path: str = "/", asked_from: str = "") -> str:
    """Make a one-time login link without a limit, for whoever runs the site; return its token."""
    now, address, token = clock.now(), normalise_email(email), ids.new_token()
    session.add(
        LoginLink(
            digest=ids.digest(token), email=address, email_index=email_index(address),
            asked_from=asked_from, next_path=next_path, created_at=now,
            expires_at=now + LINK_LIFETIME,
        )
    )  # fmt: skip
    return token


def send_link(session: Session, *, email: str, subject: str, body: str, token: str) -> None:
    """Queue the mail that carries a login link."""
    message = Message(normalise_email(email), subject, body, key=f"login-{ids.digest(token)[:32]}")
    outbox.send(session, message)


def peek_link(session: Session, *, token: str) -> LoginLink:
    """Return a link that can still be used; NotFound otherwise."""
    link = session.get(LoginLink, ids.digest(token))
    if link is None or link.used_at is not None or link.expires_at <= clock.now():
        raise NotFound(_("This link was used or is too old. Please ask for a new one."))
    return link


def consume_link(session: Session, *, token: str) -> tuple[Member, str]:
    """Use a link once; return the member (a new account when needed) and where to go."""
    link = peek_link(session, token=token)
    used = session.execute(
        update(LoginLink)
        .where(LoginLink.digest == link.digest, LoginLink.used_at.is_(None))
        .values(used_at=clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(_("This link was used or is too old. Please ask for a new one."))
    member = open_account(session, email=link.email)
    audit.record(session, actor=member.id, action="members.login", subject=member.id)
    return member, link.next_path


def next_path_of(session: Session, *, token: str) -> str:
    """Return where a link leads, used or not; the home page for one that nobody knows."""
    link = session.get(LoginLink, ids.digest(token))
    return link.next_path if link is not None else "/"


def start_session(
    session: Session, *, token: str, member: Member, data: dict[str, Any]
) -> MemberSession:
    """Open a server-side session for a fresh cookie token."""
    now = clock.now()
    is_staff = bool(member.roles & STAFF)
    row = MemberSession(
        digest=ids.digest(token), member_id=member.id, data=data, created_at=now, seen_at=now,
        expires_at=now + (STAFF_ABSOLUTE if is_staff else ABSOLUTE),
    )  # fmt: skip
    session.add(row)
    return row


def start_visit(session: Session, *, token: str, data: dict[str, Any], client: str) -> None:
    """Remember `data` for a visitor without an account, for a week.

    Raises TooManyRequests above 20 visits in 15 minutes from one machine (`client`, its IP
    address, of which a keyed digest is kept), and 500 on the whole site.
    """
    started_from = blind_index(client)
    limits: tuple[tuple[int, ColumnElement[bool]], ...] = (
        (LINKS_PER_CLIENT, MemberSession.started_from == started_from),
        (LINKS_PER_SITE, MemberSession.started_from != ""),
    )
    since = MemberSession.created_at > clock.now() - LINKS_WINDOW
    for most, condition in limits:
        _check_recent(session, MemberSession, most, condition & since, MANY_VISITS)
    now = clock.now()
    session.add(
        MemberSession(
            digest=ids.digest(token), data=data, started_from=started_from, created_at=now,
            seen_at=now, expires_at=now + VISIT,
        )
    )  # fmt: skip


def find_session(session: Session, *, token: str) -> MemberSession | None:
    """Return the live session of a cookie token, None when it ended, idled out or was revoked."""
    row = session.get(MemberSession, ids.digest(token)) if token else None
    if row is None or row.revoked_at is not None:
        return None
    now = clock.now()
    return None if row.expires_at <= now or row.seen_at + IDLE <= now else row


def identify(token: str) -> Member | None:
    """Return the member behind a cookie token, in a short transaction of its own."""
    with database.reading() as session:
        row = find_session(session, token=token)
        member = session.get(Member, row.member_id) if row and row.member_id else None
        idle = clock.now() - row.seen_at if row else timedelta()
    if member is not None and member.roles & STAFF and idle >= STAFF_IDLE:
        return None
    if member is not None and idle > SEEN_EVERY:
        with database.note() as session:
            now = clock.now()
            session.execute(update(Member).where(Member.id == member.id).values(last_seen_at=now))
            session.execute(
                update(MemberSession)
                .where(MemberSession.digest == ids.digest(token))
                .values(seen_at=now)
            )
    return member


def revoke_session(session: Session, *, token: str) -> None:
    """End one session at once."""
    row = session.get(MemberSession, ids.digest(token))
    if row is not None:
        row.revoked_at, row.data = clock.now(), {}


def revoke_everything(session: Session, *, member_id: UUID) -> None:
    """End every session and token of a member: the one function that all state changes call."""
    now = clock.now()
    for table in (MemberSession, ApiToken):
        session.execute(
            update(table)
            .where(table.member_id == member_id, table.revoked_at.is_(None))
            .values(revoked_at=now)
        )
    audit.record(session, actor=member_id, action="members.revoke_everything", subject=member_id)


def create_token(session: Session, *, name: str, scopes: list[str], member: Member | None) -> str:
    """Create an API token; it is shown once and only its digest is kept."""
    token = ids.new_token()
    session.add(
        ApiToken(
            digest=ids.digest(token), name=name, scopes=scopes, created_at=clock.now(),
            member_id=member.id if member else None,
        )
    )  # fmt: skip
    person = member.id if member else None
    audit.record(session, actor=None, action="members.token", subject=name, person=person)
    return token


def check_token(session: Session, *, token: str, scope: str) -> ApiToken:
    """Return a live token that has `scope`; LoginRequired otherwise."""
    row = session.get(ApiToken, ids.digest(token))
    if row is None or row.revoked_at is not None or scope not in row.scopes:
        raise LoginRequired(
            f"The token is missing, unknown, revoked or has no scope {scope}. "
            "Create one with: entraide token create"
        )
    return row


def list_tokens(session: Session) -> list[ApiToken]:
    """Return every token, oldest first."""
    return list(session.scalars(select(ApiToken).order_by(ApiToken.created_at)))


def revoke_token(session: Session, *, name: str) -> bool:
    """Revoke a live token; False when there is none of that name."""
    row = session.scalar(
        select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
    )
    if row is None:
        return False
    row.revoked_at = clock.now()
    audit.record(session, actor=None, action="members.token.revoke", subject=name)
    return True


def forget_ended() -> None:
    """Delete links and sessions that ended more than a day ago, drafts left alone for a week."""
    now = clock.now()
    limit = now - timedelta(days=1)
    with database.writing() as session:
        session.execute(delete(LoginLink).where(LoginLink.expires_at < limit))
        session.execute(
            delete(MemberSession).where(
                or_(
                    MemberSession.expires_at < limit, MemberSession.revoked_at < limit,
                    MemberSession.seen_at < limit - IDLE,
                )
            )
        )  # fmt: skip
        forgotten = update(MemberSession).where(MemberSession.seen_at < now - VISIT)
        session.execute(forgotten.values(data={}))

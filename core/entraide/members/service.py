"""Rules of logging in: one-time links, server-side sessions, API tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from entraide import audit, clock, database, ids, outbox
from entraide.errors import BadInput, LoginRequired, NotFound, Refused
from entraide.i18n import catalogue
from entraide.kinds import Message
from entraide.labels import LABELS
from entraide.members import drafts, limits
from entraide.members.accounts import STOPPED, email_index, normalise_email, open_account
from entraide.members.models import ApiToken, Draft, LoginLink, Member
from entraide.members.models import Session as MemberSession
from entraide.members.staff import STAFF_ABSOLUTE, is_staff

_ = catalogue("entraide")

LINK_LIFETIME = timedelta(minutes=30)
IDLE, ABSOLUTE = timedelta(days=14), timedelta(days=60)
VISIT = drafts.VISIT
DRAFTS = "/post/drafts"
"""The page on which the features that post show what was begun."""
TOKEN_NAME = 80
"""Signs of the name of a token."""
ALL = 10**9
"""SQLite knows no OFFSET without a LIMIT."""


@dataclass(frozen=True)
class Asking:
    """The browser that asks for a link: its keyed digest, and its visit when it has one."""

    browser: str = ""
    visit_id: UUID | None = None


NOBODY = Asking()


def request_link(
    session: Session,
    *,
    email: str,
    next_path: str,
    client: str = "",
    mark: str = "",
    asking: Asking = NOBODY,
) -> str:
    """Make a one-time login link for an address; return its token (only its digest is kept).

    What was written in the visit of `asking` goes with the link to the account. The same happens
    whether the address has an account or not. `client` is the line that asks, of which a keyed
    digest is kept; `mark` what the browser kept of its last login. Raises TooManyRequests (see
    `limits.check_link`).
    """
    is_known = limits.is_known_browser(email, mark)
    limits.check_link(session, email=email, client=client, is_known=is_known)
    has_account = limits.has_account(session, email=email)
    is_stranger = bool(client) and not (has_account or is_known)
    mail_at = limits.time_of_mail(session, is_stranger=is_stranger)
    asked_from, asked_holder = limits.places_of(client)
    _forget_other_addresses(session, email=email, asking=asking)
    return _add_link(
        session,
        email=email,
        asking=asking,
        next_path=next_path,
        asked_from=asked_from,
        asked_holder=asked_holder,
        is_known=is_known,
        is_stranger=is_stranger,
        mail_at=mail_at,
    )


def _forget_other_addresses(session: Session, *, email: str, asking: Asking) -> None:
    """Keep what was written from an address that was mistyped before: only the last one gets it."""
    if asking.visit_id is not None:
        others = update(LoginLink).where(
            LoginLink.visit_id == asking.visit_id, LoginLink.email_index != email_index(email)
        )
        session.execute(others.values(visit_id=None))


def make_link(
    session: Session, *, email: str, next_path: str = "/", asking: Asking = NOBODY
) -> str:
    """Make a one-time login link without a limit, for whoever runs the site; return its token."""
    return _add_link(session, email=email, asking=asking, next_path=next_path, mail_at=clock.now())


def _add_link(
    session: Session, *, email: str, mail_at: datetime | None, asking: Asking, **values: str | bool
) -> str:
    now, address, token = clock.now(), normalise_email(email), ids.new_token()
    session.add(
        LoginLink(
            digest=ids.digest(token),
            email=address,
            email_index=email_index(address),
            created_at=now,
            mail_at=mail_at,
            expires_at=(mail_at or now) + LINK_LIFETIME,
            browser=asking.browser,
            visit_id=asking.visit_id,
            **values,
        )
    )
    return token


def send_link(session: Session, *, email: str, subject: str, body: str, token: str) -> None:
    """Queue the mail that carries a login link, for when it may leave."""
    link = session.get_one(LoginLink, ids.digest(token))
    if link.mail_at is not None:
        key = f"login-{link.digest[:32]}"
        message = Message(normalise_email(email), subject, body, key=key)
        outbox.send(session, message, not_before=link.mail_at)


def peek_link(session: Session, *, token: str) -> LoginLink:
    """Return a link that can still be used; NotFound otherwise."""
    link = session.get(LoginLink, ids.digest(token))
    if link is None or link.used_at is not None or link.expires_at <= clock.now():
        raise NotFound(_("This link was used or is too old. Please ask for a new one."))
    return link


def consume_link(
    session: Session, *, token: str, visit_id: UUID | None = None
) -> tuple[Member, str]:
    """Use a link once; return the member (a new account when needed) and where to go."""
    return use_link(session, link=peek_link(session, token=token), visit_id=visit_id)


def use_link(
    session: Session, *, link: LoginLink, visit_id: UUID | None = None
) -> tuple[Member, str]:
    """Use a link, or the code beside it, once; every other link of that address ends with it.

    What was written in the visit that asked for it goes to the account: all of it in a browser of
    that visit (`visit_id`), elsewhere what was not changed after the link was asked for. Else whoever
    asked for one, and then left the cookie to somebody, would get what they begin. Returns the
    member (a new account when needed) and where to go; NotFound when another press was faster.
    """
    used = session.execute(
        update(LoginLink)
        .where(LoginLink.digest == link.digest, LoginLink.used_at.is_(None))
        .values(used_at=clock.now())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound(_("This link was used or is too old. Please ask for a new one."))
    end_links(session, index=link.email_index)
    member = open_account(session, email=link.email)
    if member.suspended_at is not None:
        raise Refused(STOPPED)
    brought = _bring_drafts(session, link, member, visit_id)
    audit.record(session, actor=member.id, action="members.login", subject=member.id)
    # Whoever logged in from the menu in the middle of writing goes on where it is found.
    return member, DRAFTS if brought and link.next_path == "/" else link.next_path


def _bring_drafts(session: Session, link: LoginLink, member: Member, here: UUID | None) -> int:
    """Give the account what its link brings, used in the visit `here`; return how many drafts."""
    if link.visit_id is None:
        return 0
    until = None if here == link.visit_id else link.created_at
    return drafts.adopt(session, visit_id=link.visit_id, member_id=member.id, changed_until=until)


def end_links(session: Session, *, index: str) -> None:
    """End every link and code that was sent to an address (given by its blind index)."""
    unused = (LoginLink.email_index == index, LoginLink.used_at.is_(None))
    session.execute(update(LoginLink).where(*unused).values(used_at=clock.now()))


def next_path_of(session: Session, *, token: str) -> str:
    """Return where a link leads, used or not; the home page for one that nobody knows."""
    link = session.get(LoginLink, ids.digest(token))
    return link.next_path if link is not None else "/"


def start_session(session: Session, *, token: str, member: Member) -> MemberSession:
    """Open a server-side session for a fresh cookie token."""
    now = clock.now()
    row = MemberSession(
        digest=ids.digest(token),
        member_id=member.id,
        created_at=now,
        seen_at=now,
        expires_at=now + (STAFF_ABSOLUTE if is_staff(member) else ABSOLUTE),
    )
    session.add(row)
    return row


def start_visit(session: Session, *, token: str, client: str) -> UUID:
    """Open a visit without an account, for a week; return its id.

    `client` is the line that asks, of which a keyed digest is kept. Raises TooManyRequests (see
    `limits.check_visit`).
    """
    limits.check_visit(session, client=client)
    started_from, started_holder = limits.places_of(client)
    now, visit_id = clock.now(), ids.new_id()
    session.add(
        MemberSession(
            digest=ids.digest(token),
            visit_id=visit_id,
            started_from=started_from,
            started_holder=started_holder,
            created_at=now,
            seen_at=now,
            expires_at=now + VISIT,
        )
    )
    return visit_id


def find_session(session: Session, *, token: str) -> MemberSession | None:
    """Return the live session of a cookie token, None when it ended, idled out or was revoked."""
    row = session.get(MemberSession, ids.digest(token)) if token else None
    return row if row is not None and is_live(row) else None


def is_live(row: MemberSession) -> bool:
    """Return whether a session has not ended, idled out or been revoked."""
    now = clock.now()
    return row.revoked_at is None and row.expires_at > now and row.seen_at + IDLE > now


def revoke_session(session: Session, *, token: str) -> None:
    """End one session at once."""
    row = session.get(MemberSession, ids.digest(token))
    if row is not None:
        row.revoked_at = clock.now()


def revoke_everything(
    session: Session, *, member_id: UUID, by: UUID | Literal["self"] | None = "self"
) -> None:
    """End every session, token and login link of a member, as an act that the journal tells.

    `by` is who does so; None is the site itself.
    """
    end_logins(session, member_id=member_id)
    actor = member_id if by == "self" else by
    audit.record(
        session,
        actor=actor,
        action="members.revoke_everything",
        subject=member_id,
        person=member_id,
    )


def end_logins(session: Session, *, member_id: UUID) -> None:
    """End every session, token and login link of a member: a part of acts that tell themselves."""
    now = clock.now()
    for table in (MemberSession, ApiToken):
        session.execute(
            update(table)
            .where(table.member_id == member_id, table.revoked_at.is_(None))
            .values(revoked_at=now)
        )
    end_links(session, index=session.get_one(Member, member_id).email_index)


def create_token(session: Session, *, name: str, scopes: list[str], member: Member | None) -> str:
    """Create an API token; it is shown once and only its digest is kept.

    Raises BadInput for a name that cannot stand in a list, or that another token has or had, and
    for a scope that nobody declares.
    """
    _check_token_name(session, name)
    _check_scopes(scopes)
    token = ids.new_token()
    session.add(
        ApiToken(
            digest=ids.digest(token),
            name=name,
            scopes=scopes,
            created_at=clock.now(),
            member_id=member.id if member else None,
        )
    )
    person = member.id if member else None
    audit.record(session, actor=None, action="members.token", subject=name, person=person)
    return token


def _check_token_name(session: Session, name: str) -> None:
    if not (0 < len(name) <= TOKEN_NAME and name.isprintable()):
        raise BadInput(f"A token's name is one line of at most {TOKEN_NAME} signs. Shorten it.")
    if session.scalar(select(ApiToken.digest).where(ApiToken.name == name)) is not None:
        raise BadInput(f"A token called {name!r} exists or existed. Give it another name.")


def _check_scopes(scopes: list[str]) -> None:
    known = LABELS.get().scopes
    if unknown := [name for name in scopes if name not in known]:
        lines = "".join(f"\n  {name}  {label.label}" for name, label in sorted(known.items()))
        raise BadInput(f"There is no scope {unknown[0]}. The scopes of this site are:{lines}")


def check_token(session: Session, *, token: str) -> ApiToken:
    """Return a live token; LoginRequired otherwise."""
    row = session.get(ApiToken, ids.digest(token))
    if row is None or row.revoked_at is not None:
        raise LoginRequired(
            "The token is missing, unknown or revoked. Create one with: entraide token create"
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
    audit.record(
        session, actor=None, action="members.token.revoke", subject=name, person=row.member_id
    )
    return True


def forget_ended() -> None:
    """Delete links and sessions that ended more than a day ago, and drafts whose time is over."""
    now = clock.now()
    limit = now - timedelta(days=1)
    with database.writing() as session:
        session.execute(delete(LoginLink).where(LoginLink.expires_at < limit))
        session.execute(delete(Draft).where(Draft.expires_at <= now))
        session.execute(
            delete(MemberSession).where(
                or_(
                    MemberSession.expires_at < limit,
                    MemberSession.revoked_at < limit,
                    MemberSession.seen_at < limit - IDLE,
                )
            )
        )
        visits = select(MemberSession.digest).where(MemberSession.member_id.is_(None))
        surplus = visits.order_by(MemberSession.seen_at.desc()).offset(limits.MOST_VISITS)
        session.execute(delete(MemberSession).where(MemberSession.digest.in_(surplus.limit(ALL))))

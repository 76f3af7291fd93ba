"""How many links and drafts, so that nobody floods a mailbox or the site, nor locks others out."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from entraide import clock
from entraide.database import blind_index
from entraide.errors import TooManyRequests
from entraide.i18n import Text, catalogue
from entraide.members.accounts import email_index
from entraide.members.models import LoginLink, Member
from entraide.members.models import Session as MemberSession
from entraide.networks import holder_of

_ = catalogue("entraide")

LINKS_WINDOW = timedelta(minutes=15)
DAY = timedelta(days=1)
LINKS_PER_ADDRESS = 5
"""Links to one address in a day without a pause; then pauses that double, from 15 minutes on."""
HOLDERS_PER_ADDRESS = 6
"""So many holders of lines get a first link to one address in a day, pause or no pause."""

LINKS_PER_CLIENT, LINKS_PER_HOLDER = 60, 180
"""Links in 15 minutes asked from one line (a room of people may share one), from one holder."""

LINKS_PER_SITE = 500
"""Mails in 15 minutes to addresses that have no account: later ones leave later."""

LATEST = 24
"""So many windows of 15 minutes a mail to a stranger may wait; beyond, it is not sent."""

VISITS_PER_CLIENT, VISITS_PER_HOLDER = 60, 180
VISITS_PER_SITE = 500
CROWDED = 12
"""When the whole site has many visits, each line may begin so many times less."""

MOST_VISITS = 20_000
"""Drafts of people without an account that are kept; of more, those left alone longest go."""

MARK_LENGTH = 24
MANY_TO_ADDRESS = _(
    "That was many links to one address. Look into your mailbox: a link works for 30 minutes. You "
    "can also ask in a browser in which you have logged in before."
)
MANY_LINKS = _(
    "That was many links in a short time. Look into your mailbox, or try again in 15 minutes."
)
MANY_VISITS = _(
    "Many texts were begun from this place in a short time. Try again in 15 minutes, or log in "
    "first: then there is no need to wait."
)


def mark_of(email: str) -> str:
    """Return what a browser keeps after a login, by which it is known when it asks again."""
    return blind_index(f"logged in here: {email_index(email)}")[:MARK_LENGTH]


def is_known_browser(email: str, mark: str) -> bool:
    """Return whether a browser has logged in to the account of this address before."""
    return hmac.compare_digest(mark_of(email).encode(), mark.encode())


def check_link(session: Session, *, email: str, client: str, is_known: bool) -> None:
    """Raise TooManyRequests when one more link is too many.

    For its address: 5 a day at once, then after pauses of 15 minutes, 30, 1 hour, 2, 4, 8 and so
    on, hence 11 a day. Whoever comes from a line whose holder has asked for none yet does not wait
    for the pauses that somebody else has used up, hence 16 a day from six holders. Browsers that
    have logged in to the account count on their own: whoever spends a stranger's share spends none
    of theirs. For a line: 60 in 15 minutes, for a holder 180; known browsers are not stopped by
    these.
    """
    now = clock.now()
    same = (LoginLink.email_index == email_index(email), LoginLink.is_known == is_known)
    links = session.execute(
        select(LoginLink.created_at, LoginLink.asked_holder)
        .where(*same, *_within(LoginLink.created_at, DAY))
        .order_by(LoginLink.created_at)
    ).all()
    left = _pause(len(links)) - (now - links[-1].created_at) if links else timedelta()
    holders = {link.asked_holder for link in links if link.asked_holder}
    if left > timedelta() and not _is_newcomer(client, holders):
        raise TooManyRequests(MANY_TO_ADDRESS, retry_after=_seconds(left))
    if client and not is_known:
        _check_lines(session, LoginLink, client, (LINKS_PER_CLIENT, LINKS_PER_HOLDER), MANY_LINKS)


def check_visit(session: Session, *, client: str) -> None:
    """Raise TooManyRequests when a line or its holder has begun too many visits in 15 minutes.

    60 and 180; 5 and 15 while more than 500 were begun on the whole site: a stranger with many
    lines makes the shares smaller, but does not shut the door for those who come for the first time.
    """
    since = _within(MemberSession.created_at, LINKS_WINDOW)
    is_crowded = _count(session, MemberSession.started_from != "", *since) >= VISITS_PER_SITE
    share = CROWDED if is_crowded else 1
    most = (VISITS_PER_CLIENT // share, VISITS_PER_HOLDER // share)
    _check_lines(session, MemberSession, client, most, MANY_VISITS)


def has_account(session: Session, *, email: str) -> bool:
    """Return whether an address has an account here."""
    known = select(Member.id).where(Member.email_index == email_index(email))
    return session.scalar(known) is not None


def time_of_mail(session: Session, *, is_stranger: bool) -> datetime | None:
    """Return when the next mail to an address may leave; None when it is not sent.

    At once to an address with an account, however many links strangers ask for. To others 500 in
    15 minutes: later ones wait, up to 6 hours. The same is asked of the database for both, so that
    nobody learns from the time of an answer who has an account.
    """
    now = clock.now()
    windows = _strangers(session) // LINKS_PER_SITE
    if not is_stranger or not windows:
        return now
    return now + windows * LINKS_WINDOW if windows <= LATEST else None


def is_crowded(session: Session) -> bool:
    """Return whether mails to new addresses leave later than usual."""
    return _strangers(session) >= LINKS_PER_SITE


def _strangers(session: Session) -> int:
    return _count(session, LoginLink.is_stranger, LoginLink.mail_at > clock.now() - LINKS_WINDOW)


def _within(column: Any, span: timedelta) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of what happened lately; what a wrong clock put ahead did not."""
    now = clock.now()
    return column > now - span, column <= now


def _is_newcomer(client: str, holders: set[str]) -> bool:
    """Return whether the holder of a line has its first link to an address still to ask for."""
    is_new = bool(client) and places_of(client)[1] not in holders
    return is_new and len(holders) < HOLDERS_PER_ADDRESS


def _pause(count: int) -> timedelta:
    if count < LINKS_PER_ADDRESS:
        return timedelta()
    return LINKS_WINDOW * (1 << min(count - LINKS_PER_ADDRESS, 10))


def _check_lines(
    session: Session,
    table: type[LoginLink | MemberSession],
    client: str,
    most: tuple[int, int],
    words: Text,
) -> None:
    since = _within(table.created_at, LINKS_WINDOW)
    columns: tuple[Any, Any] = (
        (LoginLink.asked_from, LoginLink.asked_holder)
        if table is LoginLink
        else (MemberSession.started_from, MemberSession.started_holder)
    )
    for column, place, limit in zip(columns, places_of(client), most, strict=True):
        if _count(session, column == place, *since) >= limit:
            raise TooManyRequests(words, retry_after=_seconds(LINKS_WINDOW))


def places_of(client: str) -> tuple[str, str]:
    """Return the digests under which a line and its holder are counted; empty without a line."""
    return (blind_index(client), blind_index(f"holder {holder_of(client)}")) if client else ("", "")


def _count(session: Session, *conditions: ColumnElement[bool] | Any) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0


def _seconds(pause: timedelta) -> int:
    return int(pause.total_seconds()) + (pause.microseconds > 0)

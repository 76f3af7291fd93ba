"""The six digits beside a login link: for the browser that asked, for ten minutes, few tries."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from entraide import clock, database, ids
from entraide.database import blind_index
from entraide.errors import NotFound
from entraide.i18n import catalogue
from entraide.members.models import LoginLink

_ = catalogue("entraide")

DIGITS = 6
LIFETIME = timedelta(minutes=10)
TRIES = 5
"""Tries of one code."""
WINDOW = timedelta(hours=1)
LINE_TRIES, HOLDER_TRIES = 20, 40
"""Tries in an hour from one line (a room of people may share one), from one holder."""
ADDRESS_TRIES, ADDRESS_WINDOW = 15, timedelta(days=1)
"""Tries for one address. Above these three only the links log in."""
SITE_TRIES = 60
CROWDED = 5
"""Above so many tries in an hour on the whole site each code may be tried once, and the other
numbers are so many times smaller: whoever guesses from many lines stops nobody who reads a mail."""


def add_code(session: Session, *, token: str) -> str:
    """Give a link its code and return it; only a keyed digest, bound to the link, is kept."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    session.flush()
    link = session.get_one(LoginLink, ids.digest(token))
    link.code_index = _index(link, code)
    return code


def waiting_link(session: Session, *, browser: str) -> LoginLink | None:
    """Return the last link that a browser asked for, while its code can be typed."""
    if not browser:
        return None
    query = select(LoginLink).where(LoginLink.browser == browser, *_typable())
    return session.scalar(query.order_by(LoginLink.created_at.desc()).limit(1))


def try_code(*, browser: str, code: str) -> LoginLink:
    """Return the link whose code was typed; NotFound for a wrong code or after too many tries.

    Each try is counted in a transaction of its own, before the code is looked at: neither an
    error nor many tries at once give one more.
    """
    with database.writing() as session:
        link = waiting_link(session, browser=browser)
        if link is None or not _count_try(session, link):
            raise NotFound(
                _(
                    "This code can no longer be used. Open the link in the mail, or ask "
                    "for a new one."
                )
            )
        session.expunge(link)
    digits = "".join(sign for sign in code if sign.isascii() and sign.isdigit())
    if len(digits) != DIGITS or not secrets.compare_digest(link.code_index, _index(link, digits)):
        raise NotFound(_("This is not the code. Look at the newest mail from us: six digits."))
    return link


def _count_try(session: Session, link: LoginLink) -> bool:
    if not _may_try(session, link):
        return False
    counted = session.execute(
        update(LoginLink)
        .where(LoginLink.digest == link.digest, *_typable())
        .values(code_tries=LoginLink.code_tries + 1)
    )
    return bool(counted.rowcount == 1)  # type: ignore[attr-defined]


def _may_try(session: Session, link: LoginLink) -> bool:
    """Return whether one more try of a code is not too many.

    Browsers that have logged in to the account before count on their own, for their address only:
    whoever guesses spends nothing of theirs.
    """
    now = clock.now()
    of_address = (LoginLink.email_index == link.email_index) & (
        LoginLink.created_at > now - ADDRESS_WINDOW
    )
    tried = _tries(session, of_address, LoginLink.is_known == link.is_known)
    if link.is_known:
        return tried < ADDRESS_TRIES
    recent = (~LoginLink.is_known, LoginLink.created_at > now - WINDOW)
    is_crowded = _tries(session, *recent) >= SITE_TRIES
    share = CROWDED if is_crowded else 1
    if link.code_tries >= (1 if is_crowded else TRIES) or tried >= ADDRESS_TRIES // share:
        return False
    of_line = (*recent, LoginLink.asked_from == link.asked_from)
    of_holder = (*recent, LoginLink.asked_holder == link.asked_holder)
    return (
        _tries(session, *of_line) < LINE_TRIES // share
        and _tries(session, *of_holder) < HOLDER_TRIES // share
    )


def _tries(session: Session, *conditions: ColumnElement[bool]) -> int:
    # A code that was typed rightly at the first try is no guess.
    guesses = func.coalesce(func.sum(LoginLink.code_tries), 0)
    wrong = LoginLink.used_at.is_(None) | (LoginLink.code_tries > 1)
    return int(session.scalar(select(guesses).where(*conditions, wrong)) or 0)


def _typable() -> tuple[ColumnElement[bool], ...]:
    return (
        LoginLink.code_index != "",
        LoginLink.used_at.is_(None),
        LoginLink.code_tries < TRIES,
        LoginLink.created_at > clock.now() - LIFETIME,
    )


def _index(link: LoginLink, code: str) -> str:
    return blind_index(f"code {link.browser} {link.digest} {code}")

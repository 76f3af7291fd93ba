"""Who calls the API: the token of the request, its scope, and for whom it acts."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request
from sqlalchemy.orm import Session

from entraide import database
from entraide.errors import LoginRequired
from entraide.members.models import Member
from entraide.members.service import check_token
from entraide.web.scopes import InsufficientScope
from entraide.web.transactions import session as request_session


@dataclass(frozen=True)
class Caller:
    """A program: the digest of its token, and its member (None: it acts for the site)."""

    digest: str
    member: Member | None


def caller() -> Caller:
    """Return who calls the resource that runs, which `@scope("…")` marks.

    In the transaction of the request, so that the token is live when what it does is committed.
    LookupError in a view that is open to all.
    """
    if not g.get("scope"):
        raise LookupError('This view is open to all: mark it with @scope("…") to know who calls.')
    return find_caller(request_session(), g.scope)


def find_caller(session: Session, scope: str) -> Caller:
    """Return who calls; LoginRequired when the token is missing, unknown or revoked.

    InsufficientScope when it is live and lacks `scope`.
    """
    row = check_token(session, token=bearer_token())
    if scope not in row.scopes:
        g.missing_scope = scope
        raise InsufficientScope(scope, row.scopes)
    member = session.get(Member, row.member_id) if row.member_id else None
    # Without its member the token must not act for the site, which may do more than they could.
    if row.member_id is not None and (member is None or member.suspended_at is not None):
        raise LoginRequired("The account of this token is not here any more, or is suspended.")
    return Caller(row.digest, member)


def check_caller(scope: str) -> None:
    """Refuse a request without a token of `scope` before its body is read.

    In a reading transaction of its own, so that strangers cannot hold the write lock; the view
    looks again inside its own transaction.
    """
    with database.reading() as session:
        find_caller(session, scope)


def bearer_token() -> str:
    """Return the token of `Authorization: Bearer`, empty when there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def has_token() -> bool:
    """Return whether the request says who calls."""
    return "Authorization" in request.headers

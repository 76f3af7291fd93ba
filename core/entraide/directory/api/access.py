"""Who calls the API: the token of the request, its scope, and for whom it acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import Response, request
from sqlalchemy.orm import Session

from entraide import database
from entraide.errors import LoginRequired
from entraide.members.models import Member
from entraide.members.service import check_token

WRITE = "offers:write"
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Caller:
    """A program: the digest of its token, and its member (None: it acts for the site)."""

    digest: str
    member: Member | None


def find_caller(session: Session, scope: str) -> Caller:
    """Return who calls; LoginRequired when the token is missing, unknown, revoked or too small."""
    row = check_token(session, token=bearer_token(), scope=scope)
    member = session.get(Member, row.member_id) if row.member_id else None
    # Without its member the token must not act for the site, which may do more than they could.
    if row.member_id is not None and (member is None or member.suspended_at is not None):
        raise LoginRequired("The account of this token is not here any more, or is suspended.")
    return Caller(row.digest, member)


def bearer_token() -> str:
    """Return the token of `Authorization: Bearer`, empty when there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def has_token() -> bool:
    """Return whether the request says who calls."""
    return "Authorization" in request.headers


def needs_token(scope: str) -> Callable[[View], View]:
    """Refuse a request without a token of `scope` before its body is read.

    The check has a reading transaction of its own, so that strangers cannot hold the write
    lock; the view looks again inside its own transaction.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def checked(*arguments: Any, **values: Any) -> Any:
            with database.reading() as session:
                find_caller(session, scope)
            return view(*arguments, **values)

        return checked  # type: ignore[return-value]

    return mark


def say_how(response: Response) -> Response:
    """Name the scheme in every 401, as RFC 9110 asks."""
    if response.status_code == LoginRequired.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response

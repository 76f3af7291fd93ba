"""Tables of members: accounts, roles, login links, sessions, API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from entraide.database import Model, neutral, personal, subject
from entraide.ids import new_id

ACCOUNT = "reach the person and let them log in"


class Member(Model):
    """A person with an account."""

    __tablename__ = "members_member"

    id: Mapped[UUID] = subject(role="member", primary_key=True, default=new_id)
    email: Mapped[str] = personal("contact", purpose=ACCOUNT)
    email_index: Mapped[str] = personal("technical", purpose=ACCOUNT, unique=True)
    display_name: Mapped[str] = personal("identity", audience="members", purpose="address them")
    language: Mapped[str] = personal("technical", purpose="speak their language", default="fr")
    created_at: Mapped[datetime] = neutral()
    last_seen_at: Mapped[datetime | None] = personal("technical", purpose="know when to erase")
    roles_held: Mapped[list[MemberRole]] = relationship(lazy="selectin", cascade="all, delete")

    @property
    def roles(self) -> frozenset[str]:
        """Return the names of the roles that the member has on this site."""
        return frozenset(held.role for held in self.roles_held)


class MemberRole(Model):
    """A role of a member on the whole site: parent, volunteer, moderator, administrator."""

    __tablename__ = "members_role"

    member_id: Mapped[UUID] = subject(Member.id, role="member", primary_key=True)
    role: Mapped[str] = personal("technical", purpose="decide what they may do", primary_key=True)
    granted_at: Mapped[datetime] = neutral()


class LoginLink(Model):
    """A one-time link sent by e-mail; only its digest is kept."""

    __tablename__ = "members_login_link"

    digest: Mapped[str] = neutral(primary_key=True)
    email: Mapped[str] = personal("contact", purpose=ACCOUNT)
    email_index: Mapped[str] = personal("technical", purpose="limit mails to one address")
    asked_from: Mapped[str] = personal(
        "technical", purpose="limit mails from one machine", default="", index=True
    )
    next_path: Mapped[str] = neutral(default="/")
    created_at: Mapped[datetime] = neutral()
    expires_at: Mapped[datetime] = neutral(index=True)
    used_at: Mapped[datetime | None] = neutral()


class Session(Model):
    """A server-side session; a visitor without an account has one only while they write a draft."""

    __tablename__ = "members_session"

    digest: Mapped[str] = neutral(primary_key=True)
    member_id: Mapped[UUID | None] = subject(Member.id, role="member", index=True)
    data: Mapped[dict[str, Any]] = personal(
        "free_text", audience="parties", purpose="keep a draft between two steps"
    )
    started_from: Mapped[str] = personal(
        "technical", purpose="limit drafts from one machine", default="", index=True
    )
    created_at: Mapped[datetime] = neutral()
    seen_at: Mapped[datetime] = personal("technical", purpose="end idle sessions")
    expires_at: Mapped[datetime] = neutral(index=True)
    revoked_at: Mapped[datetime | None] = neutral()


class ApiToken(Model):
    """A token of a program; only its digest is kept. Without a member it acts for the site."""

    __tablename__ = "members_api_token"
    __table_args__ = (UniqueConstraint("name"),)

    digest: Mapped[str] = neutral(primary_key=True)
    name: Mapped[str] = neutral()
    scopes: Mapped[list[str]] = neutral()
    member_id: Mapped[UUID | None] = subject(Member.id, role="member", index=True)
    created_at: Mapped[datetime] = neutral()
    revoked_at: Mapped[datetime | None] = neutral()

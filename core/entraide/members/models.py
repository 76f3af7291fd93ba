"""Tables of members: accounts, roles, login links, sessions, drafts, API tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from entraide.database import Model, neutral, personal, subject
from entraide.i18n import catalogue
from entraide.ids import new_id

_ = catalogue("entraide")

ACCOUNT = "reach the person and let them log in"


class Member(Model):
    """A person with an account."""

    __tablename__ = "members_member"

    id: Mapped[UUID] = subject(role="member", primary_key=True, default=new_id)
    email: Mapped[str] = personal("contact", purpose=ACCOUNT)
    email_index: Mapped[str] = personal("technical", purpose=ACCOUNT, unique=True)
    display_name: Mapped[str] = personal("identity", audience="members", purpose="address them")
    language: Mapped[str] = personal("technical", purpose="speak their language", default="fr")
    name_asked_at: Mapped[datetime | None] = neutral()
    created_at: Mapped[datetime] = neutral()
    last_seen_at: Mapped[datetime | None] = personal("technical", purpose="show their last visit")
    suspended_at: Mapped[datetime | None] = personal("technical", purpose="protect the others")
    roles_held: Mapped[list[MemberRole]] = relationship(lazy="selectin", cascade="all, delete")

    @property
    def roles(self) -> frozenset[str]:
        """Return the names of the roles that the member has on this site."""
        return frozenset(held.role for held in self.roles_held)

    @property
    def shown_name(self) -> str:
        """Return how pages and mails call the member; neutral words until they gave a name."""
        return self.display_name or str(_("A member"))


class MemberRole(Model):
    """A role of a member on the whole site: parent, volunteer, moderator, administrator."""

    __tablename__ = "members_role"

    member_id: Mapped[UUID] = subject(Member.id, role="member", primary_key=True)
    role: Mapped[str] = personal("technical", purpose="decide what they may do", primary_key=True)
    granted_at: Mapped[datetime] = neutral()


class LoginLink(Model):
    """A one-time link and its code, sent by e-mail; only keyed digests of them are kept.

    `browser` is the browser that asked, `visit_id` its visit when something was written there.
    `asked_from` is the line that asked, `asked_holder` who holds that line (keyed digests);
    `is_known`: the browser had logged in to this account before; `is_stranger`: the address had no
    account; `mail_at`: when the mail may leave, None when none does.
    """

    __tablename__ = "members_login_link"

    digest: Mapped[str] = neutral(primary_key=True)
    email: Mapped[str] = personal("contact", purpose=ACCOUNT)
    email_index: Mapped[str] = personal(
        "technical", purpose="limit mails to one address", index=True
    )
    asked_from: Mapped[str] = personal(
        "technical", purpose="limit mails from one machine", default="", index=True
    )
    asked_holder: Mapped[str] = personal(
        "technical", purpose="limit mails from one machine", default="", index=True
    )
    is_known: Mapped[bool] = neutral(default=False)
    is_stranger: Mapped[bool] = neutral(default=False)
    mail_at: Mapped[datetime | None] = neutral(index=True)
    next_path: Mapped[str] = neutral(default="/")
    browser: Mapped[str] = personal(
        "technical",
        purpose="take the code from the browser that asked only",
        default="",
        index=True,
    )
    visit_id: Mapped[UUID | None] = personal(
        "technical",
        purpose="bring what was written to the account",
    )
    code_index: Mapped[str] = neutral(default="")
    code_tries: Mapped[int] = neutral(default=0)
    created_at: Mapped[datetime] = neutral()
    expires_at: Mapped[datetime] = neutral(index=True)
    used_at: Mapped[datetime | None] = neutral()


class Session(Model):
    """A server-side session; a visitor without an account has one only while they write a draft.

    It belongs to a member or to a visit, whose drafts outlive a change of the cookie.
    """

    __tablename__ = "members_session"

    digest: Mapped[str] = neutral(primary_key=True)
    member_id: Mapped[UUID | None] = subject(Member.id, role="member", index=True)
    visit_id: Mapped[UUID | None] = personal(
        "technical", purpose="find a draft in the browser where it was begun", index=True
    )
    started_from: Mapped[str] = personal(
        "technical", purpose="limit drafts from one machine", default="", index=True
    )
    started_holder: Mapped[str] = personal(
        "technical", purpose="limit drafts from one machine", default="", index=True
    )
    created_at: Mapped[datetime] = neutral()
    seen_at: Mapped[datetime] = personal("technical", purpose="end idle sessions")
    expires_at: Mapped[datetime] = neutral(index=True)
    revoked_at: Mapped[datetime | None] = neutral()


class Draft(Model):
    """What somebody began to write: of a member, or of a visit without an account."""

    __tablename__ = "members_draft"
    __table_args__ = (
        CheckConstraint("(member_id IS NULL) <> (visit_id IS NULL)", name="one_owner"),
    )

    id: Mapped[UUID] = neutral(primary_key=True, default=new_id)
    member_id: Mapped[UUID | None] = subject(Member.id, role="member", index=True)
    visit_id: Mapped[UUID | None] = personal(
        "technical", purpose="find a draft in the browser where it was begun", index=True
    )
    answers: Mapped[dict[str, Any]] = personal(
        "free_text",
        audience="parties",
        purpose="keep a draft between two steps",
    )
    created_at: Mapped[datetime] = neutral()
    updated_at: Mapped[datetime] = neutral()
    expires_at: Mapped[datetime] = neutral(index=True)
    sent_at: Mapped[datetime | None] = neutral()


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

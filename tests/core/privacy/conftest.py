"""Tables and a kind with a canary in every field, as a plugin that is gone has left them behind."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

import pytest
from marshmallow import Schema
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    insert,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from entraide import clock, fields
from entraide.classification import Audience, Category, Marking
from entraide.database import Encrypted
from entraide.database.columns import UtcDateTime
from entraide.kinds import Kind
from entraide.members.models import Member
from entraide.privacy import snapshot
from entraide.testing import add_member

TABLES = MetaData()
"""Beside the metadata of the site, which knows nothing of these tables."""

CATEGORIES: tuple[Category, ...] = get_args(Category)


def neutral(name: str, kind: Any, *keys: Any, **options: Any) -> Column[Any]:
    return Column(name, kind, *keys, info={"mark": Marking("neutral")}, **options)


def subject(name: str, role: str) -> Column[Any]:
    key = ForeignKey(Member.id, ondelete="CASCADE")
    return Column(name, Uuid, key, info={"mark": Marking("subject", role=role)})


def personal(
    name: str, category: Category, kind: TypeEngine[Any] | None = None, audience: Audience = "staff"
) -> Column[Any]:
    mark = Marking("personal", audience, category, purpose=f"essai de {name}", retention="P1Y")
    return Column(name, kind or (Encrypted() if mark.is_encrypted else Text()), info={"mark": mark})


NOTE = Table(
    "canary_note",
    TABLES,
    neutral("id", Integer, primary_key=True),
    neutral("written_at", UtcDateTime),
    neutral("due_on", Date),
    neutral("is_done", Boolean),
    subject("person_id", "person"),
    subject("author_id", "author"),
    *(personal(category, category) for category in CATEGORIES),
    personal("secret", "free_text", audience="sealed"),
    personal("list", "technical", JSON()),
    personal("bytes", "technical", LargeBinary()),
)
POST = Table(
    "canary_post",
    TABLES,
    neutral("id", Integer, primary_key=True),
    subject("member_id", "author"),
    neutral("kind", Text),
    personal("payload", "free_text", JSON(), "public"),
    personal("details", "free_text", audience="parties"),
)
CHILD = Table(
    "canary_child",
    TABLES,
    neutral("id", Integer, primary_key=True),
    neutral("post_id", Integer, ForeignKey(POST.c.id)),
    neutral("parent_id", Integer, ForeignKey("canary_child.id")),
    personal("age", "child"),
)
SHARED = Table(
    "canary_shared",
    TABLES,
    neutral("note_id", Integer, ForeignKey(NOTE.c.id)),
    neutral("child_id", Integer, ForeignKey("canary_neutral.id")),
    personal("mark", "technical", Integer()),
)
NEUTRAL = Table("canary_neutral", TABLES, neutral("id", Integer, primary_key=True))
MAIL = Table("canary_mail", TABLES, personal("address", "contact"), personal("body", "free_text"))
LOG = Table("canary_log", TABLES, personal("actor", "technical"), neutral("action", Text))


class LoanSchema(Schema):
    item = fields.public(fields.String(), label="Objet")
    place = fields.parties(fields.String(), label="Lieu", category="location")
    verdict = fields.sealed(fields.String(), label="Avis")


KINDS = {"loan": Kind("loan", "Prêt", LoanSchema)}


@pytest.fixture
def people(session: Session) -> dict[str, Member]:
    """Give two members whose rows all hold their own canary, and the stored classification."""
    TABLES.create_all(session.connection())
    found = {name: add_member(session, number) for number, name in enumerate("AB", 1)}
    for number, (name, member) in enumerate(found.items()):
        member.display_name = f"canari-nom-{name}"
        other = found["B" if name == "A" else "A"]
        fill(session, number * 10, name, member, other.id)
    session.flush()
    snapshot.take(session, TABLES.tables.values(), KINDS)
    return found


def fill(session: Session, number: int, name: str, member: Member, other: UUID) -> None:
    """Insert one row about a member into every table."""

    def canary(what: str) -> str:
        return f"canari-{what}-{name}"

    payload = {"item": canary("item"), "forgotten": canary("forgotten")}
    rows: dict[Table, dict[str, Any]] = {
        NOTE: {
            "id": number,
            "person_id": member.id,
            "author_id": other,
            "is_done": True,
            "written_at": clock.now(),
            "due_on": clock.today(),
            "secret": canary("secret"),
            "list": [canary("list")],
            "bytes": canary("bytes").encode(),
            **{category: canary(category) for category in CATEGORIES},
        },
        POST: {
            "id": number,
            "member_id": member.id,
            "kind": "loan",
            "payload": payload,
            "details": {"place": canary("place"), "verdict": canary("verdict")},
        },
        CHILD: {"id": number, "post_id": number, "parent_id": None, "age": canary("age")},
        NEUTRAL: {"id": number},
        SHARED: {"note_id": number, "child_id": number, "mark": 1},
        MAIL: {"address": member.email.upper(), "body": canary("body")},
        LOG: {"actor": str(member.id), "action": canary("action")},
    }
    for table, row in rows.items():
        session.execute(insert(table).values(row))

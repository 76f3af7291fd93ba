"""Families' words and names are encrypted; messages can end; the journal says whom it concerned."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

from entraide.database.encryption import decrypt, encrypt

revision = "0007"
down_revision = "0006"

COLUMNS = (
    ("help_requests_request", "title", sa.Text()),
    ("help_requests_request", "summary", sa.Text()),
    ("help_requests_request", "payload", sa.JSON(none_as_null=True)),
    ("members_member", "display_name", sa.Text()),
)
MESSAGE = ("help_requests_answer", "message")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
BATCH = 500
"""Rows in memory at once; all of it is one transaction, so a killed upgrade changed nothing."""


def upgrade() -> None:
    op.create_table(
        "privacy_clock",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certain_from", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_clock")),
    )
    key = op.get_context().opts["column_key"]
    _check_key(key)
    for table, name, kind in COLUMNS:
        convert = partial(encrypt, place=f"{table}.{name}", key=key)
        _replace(table, name, kind, sa.LargeBinary(), convert)
    _replace(*MESSAGE, sa.LargeBinary(), sa.LargeBinary(), bytes, is_nullable=True)
    op.add_column("audit_entry", sa.Column("person", sa.Text(), nullable=True))
    op.create_index(op.f("ix_audit_entry_person"), "audit_entry", ["person"], unique=False)


def downgrade() -> None:
    key = op.get_context().opts["column_key"]
    op.drop_index(op.f("ix_audit_entry_person"), "audit_entry")
    op.drop_column("audit_entry", "person")
    erased = encrypt("", ".".join(MESSAGE), key)
    _replace(*MESSAGE, sa.LargeBinary(), sa.LargeBinary(), lambda value: value or erased)
    op.drop_table("privacy_clock")
    for table, name, kind in COLUMNS:
        convert = partial(decrypt, place=f"{table}.{name}", key=key)
        _replace(table, name, sa.LargeBinary(), kind, convert)


def _check_key(key: bytes) -> None:
    # With another key than that of the data nobody could read afterwards what is encrypted now.
    members = sa.table("members_member", sa.column("email", sa.LargeBinary()))
    stored = op.get_bind().scalar(sa.select(members.c.email).limit(1))
    if stored is not None:
        decrypt(stored, "members_member.email", key)


def _replace(
    table: str,
    name: str,
    before: Any,
    after: Any,
    convert: Callable[[Any], Any],
    *,
    is_nullable: bool = False,
) -> None:
    # Column by column and in place: to make the table anew, SQLite would delete what refers to it.
    fresh = f"{name}_new"
    default = None if is_nullable else sa.text(_empty(after))
    op.add_column(table, sa.Column(fresh, after, nullable=is_nullable, server_default=default))
    rows = sa.table(
        table, sa.column("id", sa.Uuid()), sa.column(name, before), sa.column(fresh, after)
    )
    for batch in _batches(rows, name):
        for identifier, value in batch:
            change = sa.update(rows).where(rows.c.id == identifier)
            op.get_bind().execute(change.values({fresh: convert(value)}))
    op.drop_column(table, name)
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {fresh} TO {name}")


def _empty(kind: Any) -> str:
    # Never read: each row gets its value at once.
    if not isinstance(kind, sa.LargeBinary):
        return "'{}'" if isinstance(kind, sa.JSON) else "''"
    return "x''" if op.get_bind().dialect.name == "sqlite" else "''"


def _batches(rows: Any, name: str) -> Iterator[Sequence[Any]]:
    query = sa.select(rows.c.id, rows.c[name]).order_by(rows.c.id).limit(BATCH)
    batch = op.get_bind().execute(query).all()
    while batch:
        yield batch
        batch = op.get_bind().execute(query.where(rows.c.id > batch[-1].id)).all()

"""Drafts belong to a member or a visit; links know who asked, and have a code; names are asked.

What was begun in a browser before this change is forgotten with its session.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "members_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("answers", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(member_id IS NULL) <> (visit_id IS NULL)", name=op.f("ck_members_draft_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_members_draft_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members_draft")),
    )
    for name in ("member_id", "visit_id", "expires_at"):
        op.create_index(op.f(f"ix_members_draft_{name}"), "members_draft", [name], unique=False)
    op.add_column("members_member", sa.Column("name_asked_at", MOMENT, nullable=True))
    for column in (
        sa.Column("browser", sa.Text(), nullable=False, server_default=""),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("code_index", sa.Text(), nullable=False, server_default=""),
        sa.Column("code_tries", NUMBER, nullable=False, server_default="0"),
    ):
        op.add_column("members_login_link", column)
    op.create_index(
        op.f("ix_members_login_link_browser"), "members_login_link", ["browser"], unique=False
    )
    op.execute("DELETE FROM members_session WHERE member_id IS NULL")
    op.drop_column("members_session", "data")
    op.add_column("members_session", sa.Column("visit_id", sa.Uuid(), nullable=True))
    op.create_index(
        op.f("ix_members_session_visit_id"), "members_session", ["visit_id"], unique=False
    )


def downgrade() -> None:
    # An encrypted value cannot be made up: everybody logs in again.
    op.execute("DELETE FROM members_session")
    op.drop_index(op.f("ix_members_session_visit_id"), "members_session")
    op.drop_column("members_session", "visit_id")
    op.add_column("members_session", sa.Column("data", sa.LargeBinary(), nullable=False))
    op.drop_index(op.f("ix_members_login_link_browser"), "members_login_link")
    for name in ("code_tries", "code_index", "visit_id", "browser"):
        op.drop_column("members_login_link", name)
    op.drop_column("members_member", "name_asked_at")
    op.drop_table("members_draft")

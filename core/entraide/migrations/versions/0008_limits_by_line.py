"""Limits by line and holder, browsers that are known, mails that leave later."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

PLACES = (("members_login_link", "asked_holder"), ("members_session", "started_holder"))
SWITCHES = ("is_known", "is_stranger")


def upgrade() -> None:
    for table, column in PLACES:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)
    for column in SWITCHES:
        op.add_column(
            "members_login_link",
            sa.Column(column, sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    op.add_column(
        "members_login_link", sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(op.f("ix_members_login_link_mail_at"), "members_login_link", ["mail_at"])
    op.create_index(
        op.f("ix_members_login_link_email_index"), "members_login_link", ["email_index"]
    )


def downgrade() -> None:
    for column in ("email_index", "mail_at"):
        op.drop_index(op.f(f"ix_members_login_link_{column}"), "members_login_link")
    for column in (*SWITCHES, "mail_at"):
        op.drop_column("members_login_link", column)
    for table, column in PLACES:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)
        op.drop_column(table, column)

"""From which machine a visit without an account began, so that drafts have a limit."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column(
        "members_session",
        sa.Column("started_from", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index(
        op.f("ix_members_session_started_from"), "members_session", ["started_from"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_members_session_started_from"), "members_session")
    op.drop_column("members_session", "started_from")

"""Which plugins are on is a choice that takes effect without a restart; kinds of those off pause."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "plugins_choice",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_plugins_choice")),
    )
    op.create_table(
        "plugins_paused_kind",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offers_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requests_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_plugins_paused_kind")),
    )


def downgrade() -> None:
    op.drop_table("plugins_paused_kind")
    op.drop_table("plugins_choice")

"""One own origin at most, and when the operator was last told that the keys end."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("federation_own", sa.Column("reminded_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_federation_origin_own",
        "federation_origin",
        ["is_own"],
        unique=True,
        sqlite_where=sa.text("is_own"),
        postgresql_where=sa.text("is_own"),
    )


def downgrade() -> None:
    op.drop_index("ix_federation_origin_own", "federation_origin")
    op.drop_column("federation_own", "reminded_at")

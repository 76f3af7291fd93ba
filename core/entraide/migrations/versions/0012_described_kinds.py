"""Kinds of help are described as data, for sites and times without their plugin."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "directory_described_kind",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_directory_described_kind")),
    )
    op.create_index(
        "ix_directory_described_kind_origin", "directory_described_kind", ["origin", "kind"]
    )


def downgrade() -> None:
    op.drop_index("ix_directory_described_kind_origin", "directory_described_kind")
    op.drop_table("directory_described_kind")

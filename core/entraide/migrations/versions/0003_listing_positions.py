"""Positions of the listing's changes, so that each machine's search index follows for itself."""

import sqlalchemy as sa
from alembic import op

from entraide.database.columns import Number

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "directory_listing_counter",
        sa.Column("id", Number, nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("position", Number, nullable=False),
        sa.Column("forgotten", Number, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_listing_counter")),
    )
    op.drop_index("ix_directory_listing_lag", "directory_listing")
    op.drop_index("ix_directory_listing_order", "directory_listing")
    for table in ("directory_listing", "directory_listing_removed"):
        op.add_column(table, sa.Column("position", Number, nullable=True))
    for column in ("indexed_revision", "revision"):
        op.drop_column("directory_listing", column)
    # Short, because a snapshot brings rows in no order of time: each long key is a page written.
    op.create_index("ix_directory_listing_order", "directory_listing", ["type", "updated_at"])
    for table in ("directory_listing", "directory_listing_removed"):
        op.create_index(op.f(f"ix_{table}_position"), table, ["position"])


def downgrade() -> None:
    op.drop_index("ix_directory_listing_order", "directory_listing")
    for table in ("directory_listing", "directory_listing_removed"):
        op.drop_index(op.f(f"ix_{table}_position"), table)
    for column, value in (("revision", "1"), ("indexed_revision", "0")):
        op.add_column(
            "directory_listing", sa.Column(column, Number, nullable=False, server_default=value)
        )
    for table in ("directory_listing", "directory_listing_removed"):
        op.drop_column(table, "position")
    op.create_index(
        "ix_directory_listing_order", "directory_listing", ["type", "updated_at", "uid"]
    )
    op.create_index(
        "ix_directory_listing_lag", "directory_listing", ["indexed_revision", "revision"]
    )
    op.drop_table("directory_listing_counter")

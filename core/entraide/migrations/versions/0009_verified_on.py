"""The day on which an offer was confirmed is a date, and is called so."""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = ("directory_offer", "directory_listing")


def upgrade() -> None:
    for table in TABLES:
        op.alter_column(table, "verified_at", new_column_name="verified_on")


def downgrade() -> None:
    for table in TABLES:
        op.alter_column(table, "verified_on", new_column_name="verified_at")

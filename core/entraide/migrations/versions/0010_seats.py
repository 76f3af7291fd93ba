"""How many an offer takes are its seats: places are where something is."""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES = ("directory_offer", "directory_listing")


def upgrade() -> None:
    for table in TABLES:
        op.alter_column(table, "places", new_column_name="seats")


def downgrade() -> None:
    for table in TABLES:
        op.alter_column(table, "seats", new_column_name="places")

"""Names of sites that were learned before pages could show them."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute(
        "INSERT INTO directory_other_site (base, name) "
        "SELECT base, name FROM federation_origin WHERE NOT is_own AND name <> '' "
        "AND base NOT IN (SELECT base FROM directory_other_site)"
    )


def downgrade() -> None:
    pass

"""The names of other sites, which pages show beside what comes from them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "directory_other_site",
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("base", name=op.f("pk_directory_other_site")),
    )


def downgrade() -> None:
    op.drop_table("directory_other_site")

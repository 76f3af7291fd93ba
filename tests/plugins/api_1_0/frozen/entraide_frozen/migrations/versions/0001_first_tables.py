"""Items and loans."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "frozen_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frozen_item")),
    )
    op.create_table(
        "frozen_loan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("borrower_id", sa.Uuid(), nullable=False),
        sa.Column("lent_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["frozen_item.id"],
            name=op.f("fk_frozen_loan_item_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["borrower_id"],
            ["members_member.id"],
            name=op.f("fk_frozen_loan_borrower_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frozen_loan")),
    )
    op.create_index(op.f("ix_frozen_loan_item_id"), "frozen_loan", ["item_id"])
    op.create_index(op.f("ix_frozen_loan_borrower_id"), "frozen_loan", ["borrower_id"])


def downgrade() -> None:
    op.drop_table("frozen_loan")
    op.drop_table("frozen_item")

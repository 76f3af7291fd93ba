"""The table of loans, with links to the core's rows; toys are listed by when they came."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

LINKS = (
    ("toy_id", "toys_toy", "CASCADE"),
    ("borrower_id", "members_member", "CASCADE"),
    ("offer_id", "directory_offer", "SET NULL"),
    ("request_id", "help_requests_request", "SET NULL"),
    ("answer_id", "help_requests_answer", "CASCADE"),
    ("organisation_id", "directory_organisation", "SET NULL"),
)
REQUIRED = ("toy_id", "borrower_id")


def upgrade() -> None:
    op.create_table(
        "toys_loan",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(
            sa.Column(name, sa.Uuid(), nullable=name not in REQUIRED)
            for name, _table, _end in LINKS
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_toys_loan_{name}"), ondelete=end
            )
            for name, table, end in LINKS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_toys_loan")),
    )
    for name in REQUIRED:
        op.create_index(op.f(f"ix_toys_loan_{name}"), "toys_loan", [name], unique=False)
    op.create_index(op.f("ix_toys_toy_added_at"), "toys_toy", ["added_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_toys_toy_added_at"), "toys_toy")
    op.drop_table("toys_loan")

"""What the team decided about an offer, suspended accounts, how an answer ended."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

CHOSEN = (
    "SELECT 1 FROM help_requests_answer AS other WHERE other.request_id = "
    "help_requests_answer.request_id AND other.state = 'agreed'"
)
STATE = "SELECT state FROM help_requests_request WHERE id = help_requests_answer.request_id"


def upgrade() -> None:
    op.add_column(
        "members_member", sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True)
    )
    for name in ("decision", "reason"):
        op.add_column(
            "directory_offer", sa.Column(name, sa.Text(), nullable=False, server_default="")
        )
    op.add_column(
        "directory_offer", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True)
    )
    # "Declined" was said to everybody who was not chosen, whatever the reason.
    op.execute(
        f"UPDATE help_requests_answer SET state = 'other_chosen' "  # noqa: S608 - our own words
        f"WHERE state = 'declined' AND EXISTS ({CHOSEN})"
    )
    for state in ("closed", "expired"):
        op.execute(
            f"UPDATE help_requests_answer SET state = '{state}' "  # noqa: S608 - idem
            f"WHERE state = 'declined' AND ({STATE}) = '{state}'"
        )


def downgrade() -> None:
    op.execute(
        "UPDATE help_requests_answer SET state = 'declined' "
        "WHERE state IN ('other_chosen', 'closed', 'expired', 'ended')"
    )
    op.execute("UPDATE directory_offer SET publication = 'withdrawn' WHERE publication = 'hidden'")
    op.drop_column("directory_offer", "reminded_at")
    for name in ("reason", "decision"):
        op.drop_column("directory_offer", name)
    op.drop_column("members_member", "suspended_at")

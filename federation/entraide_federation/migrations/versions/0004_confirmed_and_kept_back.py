"""Who confirmed an origin, what an operator keeps back, and which signatures were not looked at."""

# ruff: noqa: S608 - the statements are made of the constants below
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

TIME = sa.DateTime(timezone=True)
COLUMNS = (
    ("federation_origin", "confirmed_at", TIME, None),
    ("federation_origin", "met_at", TIME, None),
    ("federation_origin", "met_through", sa.Text(), ""),
    ("federation_origin", "dials", NUMBER, "0"),
    ("federation_origin", "dial_at", TIME, None),
    ("federation_origin", "suspended_at", TIME, None),
    ("federation_origin", "suspended_reason", sa.Text(), ""),
    ("federation_source", "accusation", sa.Text(), ""),
    ("federation_source", "accused_at", TIME, None),
    ("federation_source", "dials", NUMBER, "0"),
    ("federation_source", "dials_since", TIME, None),
    ("federation_object", "is_vouched", sa.Boolean(), sa.false()),
)
UNCONFIRMED = "SELECT id FROM federation_origin WHERE NOT is_own AND confirmed_at IS NULL"
LISTED = (
    "SELECT uid FROM directory_listing WHERE origin IN ("
    "SELECT base FROM federation_origin WHERE NOT is_own AND "
    "(confirmed_at IS NULL OR suspended_at IS NOT NULL))"
)


def upgrade() -> None:
    for table, name, kind, value in COLUMNS:
        column = sa.Column(name, kind, nullable=value is None, server_default=value)
        op.add_column(table, column)
    op.create_index(
        "ix_federation_object_vouched",
        "federation_object",
        ["origin_id"],
        sqlite_where=sa.text("is_vouched = 1"),
        postgresql_where=sa.text("is_vouched"),
    )
    op.create_table(
        "federation_kept_back",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("element", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("uid", "by", name=op.f("pk_federation_kept_back")),
    )
    op.create_index(op.f("ix_federation_kept_back_origin"), "federation_kept_back", ["origin"])
    _judge_known_origins()


def _judge_known_origins() -> None:
    """Believe who answered for itself or was pinned; whom only a hub named is asked first.

    Without a hub among the peers, an origin that is no peer was taken out of the settings.
    """
    op.execute(
        "UPDATE federation_origin SET confirmed_at = COALESCE(verified_at, CURRENT_TIMESTAMP) "
        "WHERE NOT is_own AND (pinned_by = 'configuration' OR base IN "
        "(SELECT base FROM federation_source WHERE last_success_at IS NOT NULL))"
    )
    op.execute(
        "UPDATE federation_origin SET confirmed_at = COALESCE(verified_at, CURRENT_TIMESTAMP), "
        "suspended_at = CURRENT_TIMESTAMP, suspended_reason = 'removed' "
        "WHERE NOT is_own AND base NOT IN (SELECT base FROM federation_source) "
        "AND NOT EXISTS (SELECT 1 FROM federation_source WHERE role = 'hub')"
    )
    op.execute(
        "UPDATE federation_origin SET name = '', met_at = CURRENT_TIMESTAMP, met_through = "
        "COALESCE((SELECT MIN(base) FROM federation_source WHERE role = 'hub'), '') "
        f"WHERE id IN ({UNCONFIRMED})"
    )
    op.execute(
        "DELETE FROM directory_other_site WHERE base IN "
        f"(SELECT base FROM federation_origin WHERE id IN ({UNCONFIRMED}))"
    )
    _take_out()


def _take_out() -> None:
    """Take what is not to be shown out of the lists and out of the feed of a relay."""
    unserved = f"{UNCONFIRMED} OR suspended_at IS NOT NULL"
    op.execute(f"UPDATE federation_object SET feed_seq = NULL WHERE origin_id IN ({unserved})")
    op.execute(f"UPDATE federation_origin SET head_feed_seq = NULL WHERE id IN ({unserved})")
    op.execute(
        "INSERT INTO directory_listing_removed (uid, removed_at) "
        f"SELECT uid, CURRENT_TIMESTAMP FROM ({LISTED}) AS gone "
        "WHERE uid NOT IN (SELECT uid FROM directory_listing_removed)"
    )
    op.execute(f"DELETE FROM directory_listing WHERE uid IN ({LISTED})")


def downgrade() -> None:
    op.drop_table("federation_kept_back")
    op.drop_index("ix_federation_object_vouched", "federation_object")
    for table, name, _kind, _value in reversed(COLUMNS):
        op.drop_column(table, name)

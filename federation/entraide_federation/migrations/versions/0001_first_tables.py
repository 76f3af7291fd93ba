"""The first tables of the federation."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "federation_evidence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("kept_element", sa.LargeBinary(), nullable=False),
        sa.Column("other_element", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_evidence")),
    )
    op.create_table(
        "federation_mark",
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_federation_mark")),
    )
    op.create_table(
        "federation_origin",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("is_own", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("root_fingerprint", sa.Text(), nullable=True),
        sa.Column("pinned_by", sa.Text(), nullable=False),
        sa.Column("keyset_version", NUMBER, nullable=False),
        sa.Column("keyset_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("head_seq", NUMBER, nullable=False),
        sa.Column("head_issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("head_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("head_feed_seq", NUMBER, nullable=True),
        sa.Column("witnessed", sa.LargeBinary(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("live_count", NUMBER, nullable=False),
        sa.Column("bad_signatures", NUMBER, nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("quota", NUMBER, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_origin")),
        sa.UniqueConstraint("base", name=op.f("uq_federation_origin_base")),
    )
    op.create_index(
        op.f("ix_federation_origin_head_feed_seq"),
        "federation_origin",
        ["head_feed_seq"],
        unique=False,
    )
    op.create_table(
        "federation_own",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("seq", NUMBER, nullable=False),
        sa.Column("feed_epoch", sa.Text(), nullable=False),
        sa.Column("feed_seq", NUMBER, nullable=False),
        sa.Column("tombstones_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_own")),
    )
    op.create_table(
        "federation_security_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_security_event")),
    )
    op.create_index(
        op.f("ix_federation_security_event_happened_at"),
        "federation_security_event",
        ["happened_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_federation_security_event_source"),
        "federation_security_event",
        ["source"],
        unique=False,
    )
    op.create_table(
        "federation_source",
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("failures", NUMBER, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_name", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("error_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("base", name=op.f("pk_federation_source")),
    )
    op.create_table(
        "federation_keyset",
        sa.Column("origin_id", NUMBER, nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["origin_id"],
            ["federation_origin.id"],
            name=op.f("fk_federation_keyset_origin_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("origin_id", "version", name=op.f("pk_federation_keyset")),
    )
    op.create_table(
        "federation_object",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("origin_id", NUMBER, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("element", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seq", NUMBER, nullable=True),
        sa.Column("feed_seq", NUMBER, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["origin_id"],
            ["federation_origin.id"],
            name=op.f("fk_federation_object_origin_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_federation_object")),
    )
    op.create_index(
        "ix_federation_object_feed_seq",
        "federation_object",
        ["feed_seq"],
        unique=True,
        sqlite_where=sa.text("feed_seq IS NOT NULL"),
        postgresql_where=sa.text("feed_seq IS NOT NULL"),
    )
    op.create_index("ix_federation_object_origin", "federation_object", ["origin_id"], unique=False)
    op.create_index(
        "ix_federation_object_own_element",
        "federation_object",
        ["element", "deleted_at"],
        unique=False,
        sqlite_where=sa.text("seq IS NOT NULL"),
        postgresql_where=sa.text("seq IS NOT NULL"),
    )
    op.create_index(
        "ix_federation_object_problem",
        "federation_object",
        ["origin_id"],
        unique=False,
        sqlite_where=sa.text("problem IS NOT NULL"),
        postgresql_where=sa.text("problem IS NOT NULL"),
    )
    op.create_index(
        "ix_federation_object_seq",
        "federation_object",
        ["seq"],
        unique=True,
        sqlite_where=sa.text("seq IS NOT NULL"),
        postgresql_where=sa.text("seq IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_federation_object_seq",
        table_name="federation_object",
        sqlite_where=sa.text("seq IS NOT NULL"),
        postgresql_where=sa.text("seq IS NOT NULL"),
    )
    op.drop_index(
        "ix_federation_object_problem",
        table_name="federation_object",
        sqlite_where=sa.text("problem IS NOT NULL"),
        postgresql_where=sa.text("problem IS NOT NULL"),
    )
    op.drop_index(
        "ix_federation_object_own_element",
        table_name="federation_object",
        sqlite_where=sa.text("seq IS NOT NULL"),
        postgresql_where=sa.text("seq IS NOT NULL"),
    )
    op.drop_index("ix_federation_object_origin", table_name="federation_object")
    op.drop_index(
        "ix_federation_object_feed_seq",
        table_name="federation_object",
        sqlite_where=sa.text("feed_seq IS NOT NULL"),
        postgresql_where=sa.text("feed_seq IS NOT NULL"),
    )
    op.drop_table("federation_object")
    op.drop_table("federation_keyset")
    op.drop_table("federation_source")
    op.drop_index(
        op.f("ix_federation_security_event_source"), table_name="federation_security_event"
    )
    op.drop_index(
        op.f("ix_federation_security_event_happened_at"), table_name="federation_security_event"
    )
    op.drop_table("federation_security_event")
    op.drop_table("federation_own")
    op.drop_index(op.f("ix_federation_origin_head_feed_seq"), table_name="federation_origin")
    op.drop_table("federation_origin")
    op.drop_table("federation_mark")
    op.drop_table("federation_evidence")

"""The first tables of the core."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_happened_at"), "audit_entry", ["happened_at"], unique=False
    )
    op.create_table(
        "directory_listing",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("organisation", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("territory", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("schedule", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("places", NUMBER, nullable=True),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("contact_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.Date(), nullable=True),
        sa.Column("verify_by", sa.Date(), nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("indexed_revision", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_directory_listing")),
    )
    op.create_index(
        "ix_directory_listing_lag",
        "directory_listing",
        ["indexed_revision", "revision"],
        unique=False,
    )
    op.create_index(
        "ix_directory_listing_order",
        "directory_listing",
        ["type", "updated_at", "uid"],
        unique=False,
    )
    op.create_index(
        "ix_directory_listing_origin", "directory_listing", ["origin", "type"], unique=False
    )
    op.create_table(
        "directory_listing_removed",
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_directory_listing_removed")),
    )
    op.create_table(
        "directory_organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("territory", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("identifiers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_organisation")),
    )
    op.create_table(
        "jobs_lease",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs_lease")),
    )
    op.create_table(
        "members_login_link",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_index", sa.Text(), nullable=False),
        sa.Column("asked_from", sa.Text(), nullable=False),
        sa.Column("next_path", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_members_login_link")),
    )
    op.create_index(
        op.f("ix_members_login_link_asked_from"), "members_login_link", ["asked_from"], unique=False
    )
    op.create_index(
        op.f("ix_members_login_link_expires_at"), "members_login_link", ["expires_at"], unique=False
    )
    op.create_table(
        "members_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_index", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members_member")),
        sa.UniqueConstraint("email_index", name=op.f("uq_members_member_email_index")),
    )
    op.create_table(
        "outbox_dead_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_name", sa.Text(), nullable=False),
        sa.Column("members", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("died_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_dead_letter")),
    )
    op.create_table(
        "outbox_event",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("members", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fanned_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_event")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_event_key")),
    )
    op.create_index(
        op.f("ix_outbox_event_fanned_out_at"), "outbox_event", ["fanned_out_at"], unique=False
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_message_key")),
    )
    op.create_index(op.f("ix_outbox_message_next_at"), "outbox_message", ["next_at"], unique=False)
    op.create_table(
        "privacy_snapshot",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.JSON(none_as_null=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_snapshot")),
    )
    op.create_table(
        "directory_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("territory", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("schedule", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("places", NUMBER, nullable=True),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("publication", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("verify_by", sa.Date(), nullable=False),
        sa.Column("verified_at", sa.Date(), nullable=True),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_directory_offer_member_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["directory_organisation.id"],
            name=op.f("fk_directory_offer_organisation_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_offer")),
    )
    op.create_index(op.f("ix_directory_offer_kind"), "directory_offer", ["kind"], unique=False)
    op.create_index(
        op.f("ix_directory_offer_member_id"), "directory_offer", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_directory_offer_organisation_id"),
        "directory_offer",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_directory_offer_publication"), "directory_offer", ["publication"], unique=False
    )
    op.create_index(
        op.f("ix_directory_offer_verify_by"), "directory_offer", ["verify_by"], unique=False
    )
    op.create_table(
        "directory_organisation_member",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_directory_organisation_member_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["directory_organisation.id"],
            name=op.f("fk_directory_organisation_member_organisation_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "member_id", name=op.f("pk_directory_organisation_member")
        ),
    )
    op.create_index(
        op.f("ix_directory_organisation_member_member_id"),
        "directory_organisation_member",
        ["member_id"],
        unique=False,
    )
    op.create_table(
        "help_requests_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("territory", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("schedule", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("verify_by", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_help_requests_request_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_requests_request")),
    )
    op.create_index(
        op.f("ix_help_requests_request_kind"), "help_requests_request", ["kind"], unique=False
    )
    op.create_index(
        op.f("ix_help_requests_request_member_id"),
        "help_requests_request",
        ["member_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_help_requests_request_state"), "help_requests_request", ["state"], unique=False
    )
    op.create_index(
        op.f("ix_help_requests_request_verify_by"),
        "help_requests_request",
        ["verify_by"],
        unique=False,
    )
    op.create_table(
        "members_api_token",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_members_api_token_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_members_api_token")),
        sa.UniqueConstraint("name", name=op.f("uq_members_api_token_name")),
    )
    op.create_index(
        op.f("ix_members_api_token_member_id"), "members_api_token", ["member_id"], unique=False
    )
    op.create_table(
        "members_role",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_members_role_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", "role", name=op.f("pk_members_role")),
    )
    op.create_table(
        "members_session",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_members_session_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_members_session")),
    )
    op.create_index(
        op.f("ix_members_session_expires_at"), "members_session", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_members_session_member_id"), "members_session", ["member_id"], unique=False
    )
    op.create_table(
        "outbox_delivery",
        sa.Column("event_id", NUMBER, nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["outbox_event.id"],
            name=op.f("fk_outbox_delivery_event_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", "plugin", name=op.f("pk_outbox_delivery")),
    )
    op.create_index("ix_outbox_delivery_due", "outbox_delivery", ["next_at"], unique=False)
    op.create_table(
        "directory_transition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_directory_transition_member_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["directory_offer.id"],
            name=op.f("fk_directory_transition_offer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_transition")),
    )
    op.create_index(
        op.f("ix_directory_transition_offer_id"), "directory_transition", ["offer_id"], unique=False
    )
    op.create_table(
        "help_requests_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asker_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("helper_agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_help_requests_answer_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["directory_organisation.id"],
            name=op.f("fk_help_requests_answer_organisation_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["help_requests_request.id"],
            name=op.f("fk_help_requests_answer_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_requests_answer")),
        sa.UniqueConstraint(
            "request_id", "member_id", name=op.f("uq_help_requests_answer_request_id_member_id")
        ),
    )
    op.create_index(
        op.f("ix_help_requests_answer_member_id"),
        "help_requests_answer",
        ["member_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_help_requests_answer_request_id"),
        "help_requests_answer",
        ["request_id"],
        unique=False,
    )
    op.create_table(
        "help_requests_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_help_requests_step_member_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["help_requests_request.id"],
            name=op.f("fk_help_requests_step_request_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_requests_step")),
    )
    op.create_index(
        op.f("ix_help_requests_step_request_id"), "help_requests_step", ["request_id"], unique=False
    )
    op.create_table(
        "web_idempotency",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_web_idempotency")),
    )
    op.create_index(
        op.f("ix_web_idempotency_created_at"), "web_idempotency", ["created_at"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_web_idempotency_created_at"), table_name="web_idempotency")
    op.drop_table("web_idempotency")
    op.drop_index(op.f("ix_help_requests_step_request_id"), table_name="help_requests_step")
    op.drop_table("help_requests_step")
    op.drop_index(op.f("ix_help_requests_answer_request_id"), table_name="help_requests_answer")
    op.drop_index(op.f("ix_help_requests_answer_member_id"), table_name="help_requests_answer")
    op.drop_table("help_requests_answer")
    op.drop_index(op.f("ix_directory_transition_offer_id"), table_name="directory_transition")
    op.drop_table("directory_transition")
    op.drop_index("ix_outbox_delivery_due", table_name="outbox_delivery")
    op.drop_table("outbox_delivery")
    op.drop_index(op.f("ix_members_session_member_id"), table_name="members_session")
    op.drop_index(op.f("ix_members_session_expires_at"), table_name="members_session")
    op.drop_table("members_session")
    op.drop_table("members_role")
    op.drop_index(op.f("ix_members_api_token_member_id"), table_name="members_api_token")
    op.drop_table("members_api_token")
    op.drop_index(op.f("ix_help_requests_request_verify_by"), table_name="help_requests_request")
    op.drop_index(op.f("ix_help_requests_request_state"), table_name="help_requests_request")
    op.drop_index(op.f("ix_help_requests_request_member_id"), table_name="help_requests_request")
    op.drop_index(op.f("ix_help_requests_request_kind"), table_name="help_requests_request")
    op.drop_table("help_requests_request")
    op.drop_index(
        op.f("ix_directory_organisation_member_member_id"),
        table_name="directory_organisation_member",
    )
    op.drop_table("directory_organisation_member")
    op.drop_index(op.f("ix_directory_offer_verify_by"), table_name="directory_offer")
    op.drop_index(op.f("ix_directory_offer_publication"), table_name="directory_offer")
    op.drop_index(op.f("ix_directory_offer_organisation_id"), table_name="directory_offer")
    op.drop_index(op.f("ix_directory_offer_member_id"), table_name="directory_offer")
    op.drop_index(op.f("ix_directory_offer_kind"), table_name="directory_offer")
    op.drop_table("directory_offer")
    op.drop_table("privacy_snapshot")
    op.drop_index(op.f("ix_outbox_message_next_at"), table_name="outbox_message")
    op.drop_table("outbox_message")
    op.drop_index(op.f("ix_outbox_event_fanned_out_at"), table_name="outbox_event")
    op.drop_table("outbox_event")
    op.drop_table("outbox_dead_letter")
    op.drop_table("members_member")
    op.drop_index(op.f("ix_members_login_link_expires_at"), table_name="members_login_link")
    op.drop_index(op.f("ix_members_login_link_asked_from"), table_name="members_login_link")
    op.drop_table("members_login_link")
    op.drop_table("jobs_lease")
    op.drop_table("directory_organisation")
    op.drop_table("directory_listing_removed")
    op.drop_index("ix_directory_listing_origin", table_name="directory_listing")
    op.drop_index("ix_directory_listing_order", table_name="directory_listing")
    op.drop_index("ix_directory_listing_lag", table_name="directory_listing")
    op.drop_table("directory_listing")
    op.drop_index(op.f("ix_audit_entry_happened_at"), table_name="audit_entry")
    op.drop_table("audit_entry")

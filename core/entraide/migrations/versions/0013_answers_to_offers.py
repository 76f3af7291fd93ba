"""Offers are answered: seats that are taken, who answers, and the steps of each answer."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

MOMENT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column(
        "directory_offer",
        sa.Column("seats_taken", NUMBER, nullable=False, server_default="0"),
    )
    op.create_table(
        "answers_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("occurrence", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=True),
        sa.Column("seats", NUMBER, nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("offered_until", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"],
            ["directory_offer.id"],
            name=op.f("fk_answers_answer_offer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_answers_answer_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers_answer")),
        sa.UniqueConstraint(
            "offer_id",
            "member_id",
            "occurrence",
            name=op.f("uq_answers_answer_offer_id_member_id_occurrence"),
        ),
    )
    for column in ("offer_id", "member_id", "state", "offered_until"):
        op.create_index(op.f(f"ix_answers_answer_{column}"), "answers_answer", [column])
    op.create_table(
        "answers_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["answers_answer.id"],
            name=op.f("fk_answers_step_answer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members_member.id"],
            name=op.f("fk_answers_step_member_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answers_step")),
    )
    for column in ("answer_id", "member_id"):
        op.create_index(op.f(f"ix_answers_step_{column}"), "answers_step", [column])


def downgrade() -> None:
    op.drop_table("answers_step")
    op.drop_table("answers_answer")
    op.drop_column("directory_offer", "seats_taken")

"""Answers that staff judged, until an evaluator has looked at them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = ("organisation", "answer_id", "question", "verdict", "policy_version", "judgement", "reason")
    op.create_table(
        "reviews",
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("history", "clauses")),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name="fk_reviews_organisation_organisations", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organisation", "answer_id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_organisation_at", "reviews", ["organisation", "at"])


def downgrade() -> None:
    op.drop_table("reviews")

"""What the pages keep: conversations, askings, gaps, comparisons, source files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _own(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation"], ["organisations.slug"], name=f"fk_{table}_organisation_organisations", ondelete="CASCADE"
    )


def upgrade() -> None:
    op.create_table(
        "conversations",
        *_texts("organisation", "person", "id", "title"),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _own("conversations"),
        sa.PrimaryKeyConstraint("organisation", "person", "id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_organisation_person_at", "conversations", ["organisation", "person", "at"])
    op.create_table(
        "askings",
        *_texts("id", "organisation", "asker", "verdict", "topic", "question"),
        sa.Column("day", sa.Date(), nullable=False),
        _own("askings"),
        sa.PrimaryKeyConstraint("organisation", "id", name="pk_askings"),
    )
    op.create_index("ix_askings_organisation_day", "askings", ["organisation", "day"])
    op.create_table(
        "gaps",
        *_texts("organisation", "answer_id", "question"),
        sa.Column("nearest", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _own("gaps"),
        sa.PrimaryKeyConstraint("organisation", "answer_id", name="pk_gaps"),
    )
    op.create_index("ix_gaps_organisation_at", "gaps", ["organisation", "at"])
    op.create_table(
        "comparisons",
        *_texts("id", "person", "name", "topic"),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("organisations", "clauses")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparisons"),
    )
    op.create_table(
        "source_files",
        *_texts("version_id", "organisation", "media_type"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id", "organisation"], ["versions.id", "versions.organisation"],
            name="fk_source_files_version_id_versions", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", name="pk_source_files"),
    )  # fmt: skip


def downgrade() -> None:
    for table in ("source_files", "comparisons", "gaps", "askings", "conversations"):
        op.drop_table(table)

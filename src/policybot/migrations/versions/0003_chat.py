"""What a chat model's answers cost, the answers kept, and the salt that their keys are made with."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("chat_uses", "chat_answers", "secrets")


def upgrade() -> None:
    _uses()
    _answers()
    _secrets()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _at() -> sa.Column[object]:
    return sa.Column("at", sa.DateTime(timezone=True), nullable=False)


def _of_organisation(table: str, on_delete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["organisation"], ["organisations.slug"], name=f"fk_{table}_organisation_organisations", ondelete=on_delete
    )


def _uses() -> None:
    op.create_table(
        "chat_uses",
        *_numbers("id", "tokens_in", "tokens_out", "sentences_written", "sentences_shown"),
        *_words("organisation", "model", "policy_version", "outcome"),
        _at(),
        sa.Column("price", sa.Double(), nullable=False),
        sa.Column("review", sa.Boolean(), nullable=False),
        _of_organisation("chat_uses"),
        sa.PrimaryKeyConstraint("id", name="pk_chat_uses"),
    )
    op.create_index("ix_chat_uses_organisation_at", "chat_uses", ["organisation", "at"])


def _answers() -> None:
    op.create_table(
        "chat_answers",
        *_numbers("id"),
        *_words("organisation", "digest", "policy_version"),
        sa.Column("value", sa.JSON(), nullable=False),
        _at(),
        _of_organisation("chat_answers", on_delete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_chat_answers"),
        sa.UniqueConstraint("organisation", "digest", name="uq_chat_answers_organisation_digest"),
    )


def _secrets() -> None:
    """Made here and not at first use, so that there is one whoever comes first."""
    table = op.create_table("secrets", *_words("name", "value"), sa.PrimaryKeyConstraint("name", name="pk_secrets"))
    op.bulk_insert(table, [{"name": "answers", "value": secrets.token_hex(32)}])

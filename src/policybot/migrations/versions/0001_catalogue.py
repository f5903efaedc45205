"""The catalogue: organisations, policies, fingerprints, versions, clauses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("organisations", "policies", "fingerprints", "versions", "clauses")
"""In the order in which they refer to each other."""


def upgrade() -> None:
    _organisations()
    _policies()
    _fingerprints()
    _versions()
    _clauses()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _json(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.JSON(), nullable=False) for name in names]


def _of_policy(table: str, on_delete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["policy_id", "organisation"],
        ["policies.id", "policies.organisation"],
        name=f"fk_{table}_policy_id_organisation_policies",
        ondelete=on_delete,
    )


def _organisations() -> None:
    op.create_table(
        "organisations",
        *_words("slug", "name", "colour"),
        *_json("aliases", "suggestions"),
        sa.Column("contact", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("slug", name="pk_organisations"),
    )


def _policies() -> None:
    op.create_table(
        "policies",
        *_words("id", "organisation"),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name="fk_policies_organisation_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_policies"),
        sa.UniqueConstraint("id", "organisation", name="uq_policies_id_organisation"),
    )
    op.create_index("ix_policies_organisation", "policies", ["organisation"])


def _fingerprints() -> None:
    op.create_table(
        "fingerprints",
        *_words("organisation", "path", "sha256", "edition", "reader", "policy_id", "version"),
        _of_policy("fingerprints", on_delete="CASCADE"),
        sa.PrimaryKeyConstraint("organisation", "path", name="pk_fingerprints"),
    )


def _versions() -> None:
    op.create_table(
        "versions",
        *_words("id", "policy_id", "organisation", "state", "version", "digest", "title", "edition", "source", "text"),
        *_json("facts", "outline"),
        sa.Column("staged_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        _of_policy("versions"),
        sa.PrimaryKeyConstraint("id", name="pk_versions"),
        sa.UniqueConstraint("id", "organisation", name="uq_versions_id_organisation"),
    )
    op.create_index("ix_versions_organisation", "versions", ["organisation"])
    op.create_index("ix_versions_policy_id", "versions", ["policy_id"])
    current = sa.text("state = 'current'")
    op.create_index(
        "uq_versions_one_current",
        "versions",
        ["policy_id"],
        unique=True,
        sqlite_where=current,
        postgresql_where=current,
    )


def _clauses() -> None:
    op.create_table(
        "clauses",
        *_words("version_id", "clause_id", "organisation", "policy_id", "label", "kind", "text"),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("position", "ordinal", "start", "end")),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("stem_start", "stem_end", "page")),
        sa.Column("stem", sa.String(), nullable=True),
        *_json("heading_path", "columns", "boxes", "deontic"),
        sa.ForeignKeyConstraint(
            ["version_id", "organisation"],
            ["versions.id", "versions.organisation"],
            name="fk_clauses_version_id_organisation_versions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", "position", name="pk_clauses"),
        sa.UniqueConstraint("version_id", "clause_id", name="uq_clauses_version_id_clause_id"),
    )
    op.create_index("ix_clauses_clause_id", "clauses", ["clause_id"])

"""Whom an organisation wants told of a safeguarding worry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("safeguarding", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("organisations", "safeguarding")

"""Run by Alembic: migrates over the connection that policybot.migrations hands in."""

from __future__ import annotations

from alembic import context

from policybot.web_schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite cannot alter a table in place: Alembic copies it instead.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()

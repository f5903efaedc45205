"""Alembic migrations of the catalogue's database, shipped inside the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

FOLDER = Path(__file__).parent
MIGRATION_LOCK = 7_074_656
"""Key of the PostgreSQL advisory lock that one migrating process holds."""


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision, as `alembic upgrade head`.

    `engine` must begin its transactions as writers (SQLite: BEGIN IMMEDIATE), so that
    of two processes starting at once the second waits and then finds nothing to do.
    """
    config = alembic_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect() as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with engine.begin() as connection:
        _lock(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def alembic_config() -> Config:
    """The configuration that alembic.ini would hold."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _lock(connection: Connection) -> None:
    """Keep other migrating processes out until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})

"""The engine of the one database: SQLite by default, PostgreSQL by a setting."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from policybot.errors import SettingsError
from policybot.settings import Settings

BUSY_MS = 10_000
"""How long a SQLite writer waits for another, in milliseconds."""
WRITES = "policybot_writes"


def open_engine(settings: Settings) -> Engine:
    """A connected engine, not migrated. SettingsError when the database cannot be reached.

    SQLite: WAL, foreign keys, a busy timeout, and transactions that SQLAlchemy begins
    itself (the driver leaves plain reads outside one). PostgreSQL: REPEATABLE READ, so
    that the two queries of one read see one state.
    """
    key, cure = "POLICYBOT_DATABASE_URL", "Correct it or unset it; unset means SQLite in POLICYBOT_HOME"
    try:
        url = make_url(settings.database)
        if url.get_backend_name() == "sqlite":
            settings.home.mkdir(parents=True, exist_ok=True)
            # What an error says goes to the log: the words that somebody typed must not be in it.
            engine = create_engine(url, hide_parameters=True)
            _listen(engine)
        else:
            engine = create_engine(url, isolation_level="REPEATABLE READ", pool_pre_ping=True, hide_parameters=True)
        with engine.connect():
            return engine
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, OperationalError, OSError) as failure:
        cause = str(failure).splitlines()[0]
        raise SettingsError(key, f"the database cannot be opened ({cause})", cure) from failure


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: SQLite takes its write lock at the
    start, because a reader that turns writer half-way cannot wait for another."""
    return engine.execution_options(**{WRITES: True})


def _listen(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode = WAL", f"busy_timeout = {BUSY_MS}", "foreign_keys = ON", "synchronous = NORMAL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

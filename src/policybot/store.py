"""What the stores of the one database have in common: how they are opened, what they read and write with, how they are closed."""

from __future__ import annotations

from typing import Self

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from policybot.database import open_engine, writing
from policybot.migrations import upgrade
from policybot.settings import Settings


def migrated(settings: Settings) -> Engine:
    """The engine of the settings' database, its schema brought to this program's. SettingsError when it cannot be reached."""
    engine = open_engine(settings)
    upgrade(writing(engine))
    return engine


class Store:
    """One subject's tables. Every read is one query, every write one transaction. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        """`engine` migrated; most callers want `open`."""
        self._reader, self._writer = engine, writing(engine)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Connect, bring the database's schema to this program's, and delete what is over its time."""
        opened = cls._on(migrated(settings), settings)
        with Session(opened._writer) as session, session.begin():
            opened._sweep(session)
        return opened

    @classmethod
    def _on(cls, engine: Engine, settings: Settings) -> Self:
        """A store that needs more than the engine makes itself here."""
        return cls(engine)

    def _sweep(self, session: Session) -> None:
        """Delete what is over its time, whoever's it is; nothing where all is kept."""

    def close(self) -> None:
        """Give the connections back."""
        self._reader.dispose()

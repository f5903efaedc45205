"""A person's pseudonym: the same for the same person, purpose and database, and of no use anywhere else."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from policybot.database import writing
from policybot.schema import SecretRow

NAME = "people"
"""Name of the secret that pseudonyms are made with."""
_READ: WeakKeyDictionary[Engine, bytes] = WeakKeyDictionary()
"""The secret of each engine's database, once it was read there: it never changes."""
_READING = threading.Lock()


def pseudonym(engine: Engine, organisation: str, person: str, purpose: str) -> str:
    """HMAC-SHA-256 (hex, 64; RFC 2104) of who it is, under a secret of this database. ValueError for nobody.

    `purpose` keeps pseudonyms apart that must not be joined ('conversations', 'askings 2026-11'). The secret is read once for
    each engine. Thread-safe.
    """
    if not person.strip():
        raise ValueError("a pseudonym needs a person")
    said = "\x1f".join((purpose, organisation, person))
    return hmac.new(_key(engine), said.encode(), hashlib.sha256).hexdigest()


def _key(engine: Engine) -> bytes:
    """The secret, read from the database on first use of this engine."""
    with _READING:
        known = _READ.get(engine)
    if known is None:
        # Without the lock: another database must not wait for this one. Whoever reads it twice reads the same.
        known = bytes.fromhex(_secret(engine))
        with _READING:
            _READ[engine] = known
    return known


def _secret(engine: Engine) -> str:
    """The secret, made on first use; of two processes that make it at once one wins, and both read that."""
    with Session(engine) as session:
        found = session.get(SecretRow, NAME)
        if found is not None:
            return found.value
    try:
        with Session(writing(engine)) as session, session.begin():
            if session.get(SecretRow, NAME) is None:
                session.add(SecretRow(name=NAME, value=secrets.token_hex(32)))
    except IntegrityError:
        pass
    with Session(engine) as session:
        return session.get_one(SecretRow, NAME).value

"""What a chat model's answers cost, a monthly cap an organisation, and the answers that are kept.

Nothing here knows a person, and no question is ever written down: a use is numbers and an
outcome, a kept answer is found by a salted digest. An organisation is required in every
call, and no call sees a row of another.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from sqlalchemy import ColumnElement, Engine, delete, func, insert, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from policybot.database import open_engine, writing
from policybot.errors import UnknownOrganisation
from policybot.migrations import upgrade
from policybot.organisation import require_slug
from policybot.records import Question, Spent
from policybot.schema import ChatAnswerRow, ChatUseRow, SecretRow
from policybot.settings import Settings

MILLION = 1_000_000
CAPACITY = 500
"""Answers kept for each organisation."""
SALT = "answers"
"""Name of the secret in the database that the digests of kept answers are made with."""


class Outcome(StrEnum):
    """What became of a question that a chat model could word the answer to."""

    GENERATED = "generated"
    """Its sentences were shown, as far as they held."""
    COMPOSED = "composed"
    """It wrote, nothing of it held, and the composed answer was shown."""
    TIMED_OUT = "timed_out"
    REFUSED = "refused"
    """The provider or the model would not."""
    CAPPED = "capped"
    """Not asked: the month's money was spent."""
    OPEN_CIRCUIT = "open_circuit"
    """Not asked: it had failed too often just before."""
    MALFORMED = "malformed"
    """What came back could not be read."""
    REWRITTEN = "rewritten"
    """No answer: a follow-up was sent to be made to stand alone. The answer is a use of its own."""


def price(tokens_in: int, tokens_out: int, price_in: float, price_out: float) -> float:
    """tokens_in * price_in / 10^6 + tokens_out * price_out / 10^6: money, >= 0, unrounded.

    The prices are for a million tokens. ValueError when anything is negative or not finite.
    """
    if min(tokens_in, tokens_out) < 0 or not all(math.isfinite(p) and p >= 0 for p in (price_in, price_out)):
        raise ValueError(f"tokens and prices are 0 or more, got {tokens_in}, {tokens_out} at {price_in}, {price_out}")
    return (tokens_in * price_in + tokens_out * price_out) / MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One question for which a chat model was asked, or was not and why.

    `price` is money, in the currency the settings' prices are in. `sentences_shown` are those
    of the `sentences_written` that a person saw. `policy_version` is the shelf's. `review`: a
    person should look at it. `at` has a time zone.
    """

    organisation: str
    model: str
    policy_version: str
    outcome: Outcome
    tokens_in: int = 0
    tokens_out: int = 0
    price: float = 0.0
    sentences_written: int = 0
    sentences_shown: int = 0
    review: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        require_slug("organisation", self.organisation)
        if self.at.tzinfo is None:
            raise ValueError(f"a use's time needs its zone, got {self.at}")
        if min(self.tokens_in, self.tokens_out) < 0 or not (math.isfinite(self.price) and self.price >= 0):
            raise ValueError(f"tokens and price are 0 or more, got {self.tokens_in}, {self.tokens_out}, {self.price}")
        if not 0 <= self.sentences_shown <= self.sentences_written:
            raise ValueError(f"{self.sentences_shown} of {self.sentences_written} sentences cannot have been shown")


def summed(uses: Iterable[Use]) -> Spent:
    """All of them together, as an answer carries it."""
    held = tuple(uses)
    return Spent(sum(u.tokens_in for u in held), sum(u.tokens_out for u in held), sum(u.price for u in held))


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over an organisation's uses; all 0 where there is none. `outcomes` has every outcome, 0 included."""

    outcomes: Mapping[Outcome, int]
    uses: int
    tokens_in: int
    tokens_out: int
    price: float
    sentences_written: int
    sentences_shown: int
    for_review: int


class Ledger:
    """Every read is one query, every charge one transaction. Thread-safe. Months and days are UTC's."""

    def __init__(self, engine: Engine) -> None:
        """`engine` from `open_engine`, migrated; most callers want `Ledger.open`."""
        self._reader = engine
        self._writer = writing(engine)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Connect, and bring the database's schema to this program's."""
        return cls(_migrated(settings))

    def close(self) -> None:
        """Give the connections back."""
        self._reader.dispose()

    def charge(self, use: Use) -> None:
        """Write it down. UnknownOrganisation when nobody has ingested the organisation."""
        row = ChatUseRow(**asdict(use) | {"outcome": use.outcome.value, "at": use.at.astimezone(UTC)})
        with _known(use.organisation), Session(self._writer) as session, session.begin():
            session.add(row)

    def spent(self, organisation: str, month: date) -> float:
        """Money that the organisation's uses cost in the calendar month that `month` lies in; 0.0 without any."""
        first = month.replace(day=1)
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        wanted = select(func.coalesce(func.sum(ChatUseRow.price), 0.0)).where(
            _of(organisation), ChatUseRow.at >= _midnight(first), ChatUseRow.at < _midnight(after)
        )
        with Session(self._reader) as session:
            return float(session.scalar(wanted) or 0.0)

    def may_spend(self, organisation: str, today: date, cap: float | None) -> bool:
        """Whether this month's money is not spent yet. None is no cap; a cap of 0 lets nothing through.

        Nothing is set aside: what questions under way will cost is not known yet, so a month ends
        over its cap by at most the cost of those that were under way when it was reached.
        """
        require_slug("organisation", organisation)
        return cap is None or self.spent(organisation, today) < cap

    def totals(self, organisation: str, since: date) -> Totals:
        """Sums over the organisation's uses from the day `since` on."""
        row, of = ChatUseRow, (_of(organisation), ChatUseRow.at >= _midnight(since))
        summed = (row.tokens_in, row.tokens_out, row.price, row.sentences_written, row.sentences_shown)
        for_review = func.count().filter(row.review.is_(True))
        wanted = select(row.outcome, func.count(), *(func.sum(column) for column in summed), for_review)
        with Session(self._reader) as session:
            found = {Outcome(outcome): sums for outcome, *sums in session.execute(wanted.where(*of).group_by(row.outcome))}
        sums = [sum(column) for column in zip(*found.values(), strict=True)] or [0, 0, 0, 0.0, 0, 0, 0]
        return Totals({outcome: found[outcome][0] if outcome in found else 0 for outcome in Outcome}, *sums)

    def for_review(self, organisation: str, limit: int = 100) -> tuple[Use, ...]:
        """The organisation's uses that a person should look at: the latest `limit`, latest first."""
        wanted = select(ChatUseRow).where(_of(organisation), ChatUseRow.review.is_(True))
        with Session(self._reader) as session:
            found = session.scalars(wanted.order_by(ChatUseRow.at.desc(), ChatUseRow.id.desc()).limit(limit))
            return tuple(_use(row) for row in found)


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """What makes two answers the same: who asks what after which turns, of which policies, of which model.

    `policy_version` is the shelf's. `model` names whatever else the words depend on: a caller whose
    prompts change puts their version into it.
    """

    question: Question
    policy_version: str
    model: str

    @property
    def organisation(self) -> str:
        return self.question.organisation

    def digest(self, salt: str) -> str:
        """HMAC-SHA-256 (hex, 64). Of the question, only white space and upper case make no difference;
        the turns before it count to the letter."""
        asked = " ".join(self.question.text.split()).casefold()
        turns = json.dumps([[turn.role, turn.content] for turn in self.question.history])
        history = hashlib.sha256(turns.encode()).hexdigest()
        whole = json.dumps([self.organisation, self.policy_version, self.model, asked, history])
        return hmac.new(salt.encode(), whole.encode(), hashlib.sha256).hexdigest()


class AnswerCache:
    """Verified drafts by what was asked. Thread-safe, and shared by all processes of a database.

    The caller's duty: a disclosure, certain or possible, is never put in, and neither is a draft that
    names a person. A draft is kept in the clear until it is evicted. The question is kept only as a digest,
    whose salt lies in the same database: it hides questions from whoever sees the digests alone, not
    from whoever holds the whole database and guesses what was asked.
    """

    def __init__(self, engine: Engine, capacity: int = CAPACITY) -> None:
        """`engine` from `open_engine`, migrated. `capacity`: answers kept for each organisation, 0 keeps none."""
        if capacity < 0:
            raise ValueError(f"a cache's capacity is 0 or more, got {capacity}")
        self.capacity = capacity
        self._reader = engine
        self._writer = writing(engine)

    @classmethod
    def open(cls, settings: Settings, capacity: int = CAPACITY) -> Self:
        """Connect, and bring the database's schema to this program's."""
        return cls(_migrated(settings), capacity)

    def close(self) -> None:
        """Give the connections back."""
        self._reader.dispose()

    def get(self, key: AnswerKey) -> dict[str, Any] | None:
        """The draft as it was put; None when none is kept. Being read makes it no younger."""
        own, digest = ChatAnswerRow.organisation == key.organisation, key.digest(self._salt)
        with Session(self._reader) as session:
            return session.scalar(select(ChatAnswerRow.value).where(own, ChatAnswerRow.digest == digest))

    def put(self, key: AnswerKey, value: dict[str, Any]) -> None:
        """Keep the draft, in the place of one with the same key. `value` is JSON: a tuple comes back as a list.

        What the organisation's other policy versions left goes, and so does the oldest beyond the
        capacity. UnknownOrganisation when nobody has ingested the organisation.
        """
        own = ChatAnswerRow.organisation == key.organisation
        newest_first = select(ChatAnswerRow.id).where(own).order_by(ChatAnswerRow.id.desc())
        first_beyond = newest_first.offset(self.capacity).limit(1).scalar_subquery()
        digest, version, now = key.digest(self._salt), key.policy_version, datetime.now(UTC)
        with _known(key.organisation), Session(self._writer) as session, session.begin():
            _alone(session)
            replaced = or_(ChatAnswerRow.policy_version != version, ChatAnswerRow.digest == digest)
            session.execute(delete(ChatAnswerRow).where(own, replaced))
            row = {"organisation": key.organisation, "digest": digest, "policy_version": version, "value": value, "at": now}
            session.execute(insert(ChatAnswerRow).values(row))
            session.execute(delete(ChatAnswerRow).where(own, ChatAnswerRow.id <= first_beyond))

    @cached_property
    def _salt(self) -> str:
        with Session(self._reader) as session:
            return session.get_one(SecretRow, SALT).value


def _migrated(settings: Settings) -> Engine:
    engine = open_engine(settings)
    upgrade(writing(engine))
    return engine


def _of(organisation: str) -> ColumnElement[bool]:
    """The scope of every read. ValueError for what is no slug: '' must not read as a month without spending."""
    require_slug("organisation", organisation)
    return ChatUseRow.organisation == organisation


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _use(row: ChatUseRow) -> Use:
    at = row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at.astimezone(UTC)
    return Use(**{f.name: getattr(row, f.name) for f in fields(Use)} | {"outcome": Outcome(row.outcome), "at": at})


def _alone(session: Session) -> None:
    """Let one process at a time change what is kept. SQLite's write lock does; PostgreSQL would fail
    the later of two that evict the same row. LOCK TABLE, before the transaction's first query, because a
    query would fix what the transaction sees while it still waits."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {SecretRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))


@contextmanager
def _known(organisation: str) -> Iterator[None]:
    """The foreign key's refusal as the program's own error, without the row that the driver's message shows."""
    try:
        yield
    except IntegrityError:
        raise UnknownOrganisation(f"organisation {organisation}", "nobody has ingested it", "Correct it, or ingest it") from None

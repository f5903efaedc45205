"""What a person asked before, and may go on with: their own conversations, and nobody else's.

Texts are kept as they were typed, personal data and all, because the page shows them to nobody but whoever typed them;
who that is stands nowhere but as a pseudonym. Of a conversation in which somebody told of a worry about somebody,
certain or possible, nothing is kept. Every call takes an organisation and a person (User.person), and sees no row of
another; the store makes the pseudonym itself.
"""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, Engine, delete, select, text, true, update
from sqlalchemy.orm import Session

from policybot.currency import spoken
from policybot.errors import PolicybotError, UnknownOrganisation
from policybot.kept_answers import as_kept, from_kept, ids_of
from policybot.organisation import require_slug
from policybot.pseudonym import pseudonym
from policybot.records import Answer, Occasion
from policybot.schema import OrganisationRow
from policybot.store import Store
from policybot.web_schema import ConversationRow

KEPT_DAYS = 90
"""Days that a conversation is kept after it was last gone on with."""
MOST_KEPT = 100
"""Conversations of one person; beyond it the oldest goes."""
LONGEST_TITLE = 60
"""Characters."""
LONG = 50
"""Answers from which a conversation is long."""
MOST_REMEMBERED = 10_000
"""Deleted conversations of which a store remembers that they were; beyond it the oldest is forgotten."""
PURPOSE = "conversations"
"""What the pseudonyms are for: they fit no other table's."""
WORRIES = frozenset({Occasion.DISCLOSURE, Occasion.POSSIBLE_DISCLOSURE})


class UnknownConversation(PolicybotError):
    """The person has no such conversation, or has it no longer."""


class TitleRefused(PolicybotError):
    """A conversation cannot have this name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation in the person's list. `title`: one line, 1 to 60 characters. `at`: when it was last gone on with, UTC."""

    id: str
    title: str
    at: datetime


def tells_of_worry(turns: Sequence[Answer]) -> bool:
    """Whether somebody told of a worry about somebody in it, or may have: then nothing of it is kept."""
    return any(answer.occasion in WORRIES for answer in turns)


def long(turns: Sequence[Answer]) -> bool:
    """Whether it has LONG answers or more: all of them stand on the page, and it gets slow."""
    return len(turns) >= LONG


def title_of(turns: Sequence[Answer]) -> str:
    """The first question in one line of at most 60 characters, cut between words; '' while nothing but greetings was said."""
    asked = next((answer.question.text for answer in turns if answer.occasion is not Occasion.GREETING), "")
    line = _line(asked)
    if len(line) <= LONGEST_TITLE:
        return line
    cut = line[: LONGEST_TITLE - 1]
    whole = cut if line[len(cut)] == " " else cut.rpartition(" ")[0]
    return f"{(whole or cut).rstrip(' ,;:.–-')}…"


def last_used(at: datetime, now: datetime, zone: tzinfo = UTC) -> str:
    """When, in words, by the days of `zone`: 'today', 'yesterday', '3 November', '3 November 2025'. Both times have a zone."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    if day >= today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    words = spoken(day.isoformat())
    return words.removesuffix(f" {today.year}") if day.year == today.year else words


def warning_of_change(turns: Sequence[Answer], version: str) -> str:
    """What to say above the answers when the policy is no longer the one (`version`) that they were given from; '' when it
    is. A greeting says nothing of the policy."""
    current = [answer.policy_version == version for answer in turns if answer.occasion is not Occasion.GREETING]
    if all(current):
        return ""
    since = "the first answers here were given" if any(current) else "this was answered"
    return f"Your policy has changed since {since}. Ask again to be sure."


class Conversations(Store):
    """Every read is one query (the very first also reads what pseudonyms are made with), every change one transaction.
    Thread-safe.

    What was deleted is not kept again by the same store, though another window may still show it and go on with it: it
    remembers digests of the ids of the last `remembered`, in memory alone.
    """

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC), remembered: int = MOST_REMEMBERED
    ) -> None:
        """`engine` from `open_engine`, migrated; most callers want `Conversations.open`. `clock` tells the time, with its zone."""
        super().__init__(engine)
        self._clock, self._remembered = clock, remembered
        self._deleted: OrderedDict[bytes, None] = OrderedDict()

    def _sweep(self, session: Session) -> None:
        _alone(session)
        session.execute(delete(ConversationRow).where(ConversationRow.at < self._oldest()))

    def keep(self, organisation: str, person: str, conversation: str, turns: Sequence[Answer]) -> str | None:
        """Keep the turns under the id `conversation`, in the place of the first of them that were kept there; the id that
        they are kept under now, None when they are not.

        It is a new id when something else is kept under the old one, which another window went on with: both are kept then.
        What tells of a worry is not kept, and what was kept of it goes, whichever window kept it; nor is what was deleted, or
        greetings alone. A name that the person gave stays. What is over its time goes, and so does the person's oldest beyond
        the most. ValueError for an answer that is not `organisation`'s, and for nobody; UnknownOrganisation when nobody has
        ingested it.
        """
        if any(answer.question.organisation != organisation for answer in turns):
            raise ValueError(f"an answer is not of organisation {organisation!r}")
        own, who, title = self._own(organisation, person), self._pseudonym(organisation, person), title_of(turns)
        if tells_of_worry(turns):
            self._forget(organisation, person, (conversation,), turns)
            return None
        if not title or not conversation.strip():
            return None
        kept = [as_kept(answer) for answer in turns]
        row = ConversationRow(organisation=organisation, person=who, id=conversation, title=title, turns=kept, at=self._now())
        with Session(self._writer) as session, session.begin():
            _alone(session)
            if _digest(organisation, who, conversation) in self._deleted:
                return None
            under = _put(session, row)
            _sweep(session, organisation, own, self._oldest())
        return under

    def list(self, organisation: str, person: str) -> tuple[Kept, ...]:
        """The person's conversations, the one last gone on with first; () for none."""
        row, own = ConversationRow, self._own(organisation, person)
        wanted = select(row.id, row.title, row.at).where(own, row.at >= self._oldest())
        with Session(self._reader) as session:
            found = session.execute(wanted.order_by(row.at.desc(), row.id)).all()
        return tuple(Kept(key, title, _utc(at)) for key, title, at in found)

    def load(self, organisation: str, person: str, conversation: str) -> tuple[Answer, ...]:
        """Its answers as they were given, oldest first. UnknownConversation, KeptAnswerError, ScopeViolation."""
        row = ConversationRow
        wanted = select(row.turns).where(self._own(organisation, person), row.id == conversation, row.at >= self._oldest())
        with Session(self._reader) as session:
            kept = session.scalar(wanted)
        if kept is None:
            raise _unknown()
        return tuple(from_kept(body, organisation) for body in kept)

    def rename(self, organisation: str, person: str, conversation: str, title: str) -> None:
        """Give it another name, put on one line. TitleRefused for one without words or too long; UnknownConversation."""
        line = _line(title)
        if not line:
            raise TitleRefused("The name", "it has no words", "Write a word or two")
        if len(line) > LONGEST_TITLE:
            raise TitleRefused("The name", f"it has {len(line)} characters", f"Write at most {LONGEST_TITLE}")
        one = update(ConversationRow).where(self._own(organisation, person), ConversationRow.id == conversation)
        with Session(self._writer) as session, session.begin():
            _alone(session)
            if not session.scalars(one.values(title=line).returning(ConversationRow.id)).all():
                raise _unknown()

    def delete(self, organisation: str, person: str, conversation: str) -> bool:
        """Forget it; False when there is none (any more)."""
        return conversation in self._forget(organisation, person, (conversation,))

    def delete_all(self, organisation: str, person: str) -> int:
        """Forget all that the person has here; how many that were."""
        return len(self._forget(organisation, person, None))

    def _forget(self, organisation: str, person: str, named: Sequence[str] | None, turns: Sequence[Answer] = ()) -> Sequence[str]:
        """Delete the person's conversations that are `named` (None: all), and those that share any of the `turns`: they parted
        from one another in two windows. Remember that they were deleted; ids of those that there were."""
        own, who, row = self._own(organisation, person), self._pseudonym(organisation, person), ConversationRow
        said = {answer.id for answer in turns}
        with Session(self._writer) as session, session.begin():
            _alone(session)
            kept = session.execute(select(row.id, row.turns).where(own)).all() if said else ()
            parted = [key for key, bodies in kept if not said.isdisjoint(ids_of(bodies))]
            which = true() if named is None else row.id.in_((*named, *parted))
            gone = session.scalars(delete(row).where(own, which).returning(row.id)).all()
            # Before others may write again: `keep` looks here once it is its turn.
            self._deleted |= dict.fromkeys(_digest(organisation, who, one) for one in (*gone, *(named or ())))
            while len(self._deleted) > self._remembered:
                self._deleted.popitem(last=False)
        return gone

    def _own(self, organisation: str, person: str) -> ColumnElement[bool]:
        """The scope of every call: this person at this organisation. ValueError for nobody, or for no slug."""
        return (ConversationRow.organisation == organisation) & (ConversationRow.person == self._pseudonym(organisation, person))

    def _pseudonym(self, organisation: str, person: str) -> str:
        require_slug("organisation", organisation)
        return pseudonym(self._reader, organisation, person, PURPOSE)

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def _oldest(self) -> datetime:
        return self._now() - timedelta(days=KEPT_DAYS)


def _put(session: Session, row: ConversationRow) -> str:
    """Write the row, or its turns into the one that is there and that it goes on with: the name may be the person's own.
    The id that it is written under: a new one where it does not go on with what is there. UnknownOrganisation."""
    if session.get(OrganisationRow, row.organisation) is None:
        raise UnknownOrganisation(f"organisation {row.organisation}", "nobody has ingested it", "Correct it, or ingest it")
    found = session.get(ConversationRow, (row.organisation, row.person, row.id))
    if found is not None and ids_of(found.turns) == ids_of(row.turns)[: len(found.turns)]:
        found.turns, found.at = row.turns, row.at
    else:
        row.id = row.id if found is None else uuid.uuid4().hex
        session.add(row)
    session.flush()
    return row.id


def _sweep(session: Session, organisation: str, own: ColumnElement[bool], oldest: datetime) -> None:
    """What is over its time, of the whole organisation: who never comes back would keep theirs for ever. And the person's
    oldest beyond the most."""
    row = ConversationRow
    session.execute(delete(row).where(row.organisation == organisation, row.at < oldest))
    beyond = session.scalars(select(row.id).where(own).order_by(row.at.desc(), row.id).offset(MOST_KEPT)).all()
    if beyond:
        session.execute(delete(row).where(own, row.id.in_(beyond)))


def _alone(session: Session) -> None:
    """Let one process at a time change conversations. SQLite's write lock does; PostgreSQL would fail the later of two that
    sweep the same row, or that keep the same conversation from two windows. Reading goes on."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text(f"LOCK TABLE {ConversationRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))


def _digest(organisation: str, who: str, conversation: str) -> bytes:
    return hashlib.sha256("\x1f".join((organisation, who, conversation)).encode()).digest()


def _unknown() -> UnknownConversation:
    return UnknownConversation("This conversation", "it is not kept any more", "Choose another one, or ask again")


def _line(words: str) -> str:
    """On one line, without control characters: PostgreSQL keeps no NUL in a text."""
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in words).split())


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

"""What was asked, for figures alone: the day, the verdict, the topic, and a pseudonym that is new every month.

Of a conversation in which somebody told of a worry, certain or possible, there is no row. A question's words are kept only
where the policy did not say, and then without personal data. An organisation is required in every call, and no call sees
a row of another.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from policybot.errors import UnknownOrganisation
from policybot.organisation import require_slug
from policybot.privacy import own_names, withhold_question
from policybot.pseudonym import pseudonym
from policybot.records import Answer, Answered, Clause, Verdict
from policybot.reviews import may_be_marked
from policybot.schema import OrganisationRow
from policybot.settings import Settings
from policybot.store import Store
from policybot.web_schema import AskingRow

MONTHS = 13
"""Calendar months that are kept, the one that runs included: no row gets older than thirteen months. Whole months go, because
a month that lost some of its days would tell, by what it lost, what was asked on them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """That somebody asked something.

    `asker`: a pseudonym, the same for one person within a calendar month and never in two. `topic`: heading of the first clause
    that was quoted, '' for none. `question`: its words without personal data, '' unless the policy did not say.
    """

    id: str
    organisation: str
    day: date
    asker: str
    verdict: Verdict
    topic: str = ""
    question: str = ""

    def __post_init__(self) -> None:
        require_slug("organisation", self.organisation)
        if not self.id.strip() or not self.asker.strip():
            raise ValueError("an asking needs an id and an asker")
        if self.question and self.verdict is not Verdict.NOT_COVERED:
            raise ValueError("the words of a question that was answered are not kept")


class Askings(Store):
    """Every read is one query, every write one transaction. Thread-safe."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        """`engine` from `open_engine`, migrated; most callers want `Askings.open`."""
        super().__init__(engine)
        self._settings = settings
        self._swept: date | None = None
        self._names: dict[str, tuple[str | None, frozenset[str]]] = {}
        self._naming = threading.Lock()

    @classmethod
    def _on(cls, engine: Engine, settings: Settings) -> Self:
        return cls(engine, settings)

    @property
    def counting(self) -> bool:
        """Whether anything is kept at all (Settings.insights)."""
        return self._settings.insights

    @property
    def today(self) -> date:
        """The day that is counted as today."""
        return self._settings.today or date.today()

    def pseudonym_of(self, organisation: str, person: str) -> str:
        """The person's pseudonym (hex, 64) in the month that runs. ValueError for nobody."""
        return pseudonym(self._reader, organisation, person, f"askings {self.today:%Y-%m}")

    def names_of(self, organisation: str, version: str | None, clauses: Sequence[Clause]) -> frozenset[str]:
        """`privacy.own_names` of an organisation's clauses, worked out once for a version of its policies."""
        with self._naming:
            known = self._names.get(organisation)
        if known is not None and known[0] == version:
            return known[1]
        names = own_names([c.searchable for c in clauses])
        with self._naming:
            self._names[organisation] = version, names
        return names

    def put(self, asking: Asking) -> None:
        """Keep it, once however often it comes; what is older than MONTHS goes. UnknownOrganisation when nobody has ingested it."""
        with Session(self._writer) as session, session.begin():
            if session.get(OrganisationRow, asking.organisation) is None:
                raise UnknownOrganisation(f"organisation {asking.organisation}", "nobody has ingested it", "Correct it, or ingest it")
            if self._swept != self.today:
                self._sweep(session)
            session.merge(_row(asking))
        self._swept = self.today

    def forget(self, organisation: str, ids: Collection[str]) -> None:
        """Delete what was counted of these answers; nothing happens where nothing was."""
        require_slug("organisation", organisation)
        with Session(self._writer) as session, session.begin():
            session.execute(delete(AskingRow).where(AskingRow.organisation == organisation, AskingRow.id.in_(ids)))

    def _sweep(self, session: Session) -> None:
        session.execute(delete(AskingRow).where(AskingRow.day < oldest_kept(self.today)))

    def count(self, organisation: str) -> int:
        """How many `kept` would give: cheap, to know whether anything has come."""
        own = select(func.count()).select_from(AskingRow).where(AskingRow.organisation == organisation)
        with Session(self._reader) as session:
            return session.scalar(own.where(AskingRow.day >= oldest_kept(self.today))) or 0

    def kept(self, organisation: str) -> tuple[Asking, ...]:
        """All of the organisation's that may be kept, oldest day first."""
        require_slug("organisation", organisation)
        own = select(AskingRow).where(AskingRow.organisation == organisation, AskingRow.day >= oldest_kept(self.today))
        with Session(self._reader) as session:
            return tuple(_asking(row) for row in session.scalars(own.order_by(AskingRow.day, AskingRow.id)))


def oldest_kept(today: date) -> date:
    """The first day of the oldest month that is kept."""
    months = today.year * 12 + today.month - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def record(askings: Askings, conversation: Sequence[Answer], person: str, clauses: Sequence[Clause]) -> bool:
    """Count the last answer of `conversation`, which has every answer before it too; whether it was counted.

    Nothing is kept of a greeting, of a worry about somebody or after one, of a person without an id, or when counting is off.
    `clauses`: those of the asker's shelf. UnknownOrganisation.
    """
    if not askings.counting or not person.strip() or not may_be_marked(conversation):
        return False
    answer = conversation[-1]
    organisation = answer.question.organisation
    askings.put(
        Asking(
            id=answer.id,
            organisation=organisation,
            day=askings.today,
            asker=askings.pseudonym_of(organisation, person),
            verdict=answer.verdict,
            topic=topic_of(answer, clauses),
            question="" if isinstance(answer, Answered) else _words(askings, answer, clauses),
        )
    )
    return True


def topic_of(answer: Answer, clauses: Sequence[Clause]) -> str:
    """Heading of the first clause that the answer cites, or comes nearest; '' for none, or for one without a heading."""
    quoted = answer.citations if isinstance(answer, Answered) else answer.nearest
    first = next((c.clause_id for c in quoted), None)
    return next((clause.heading for clause in clauses if clause.id == first), "")


def _words(askings: Askings, answer: Answer, clauses: Sequence[Clause]) -> str:
    """The question on one line, without personal data."""
    organisation = answer.question.organisation
    asked, _ = withhold_question(answer.question, askings.names_of(organisation, answer.policy_version, clauses))
    return " ".join(asked.text.split())


def _row(asking: Asking) -> AskingRow:
    return AskingRow(
        id=asking.id,
        organisation=asking.organisation,
        day=asking.day,
        asker=asking.asker,
        verdict=asking.verdict.value,
        topic=asking.topic,
        question=asking.question,
    )


def _asking(row: AskingRow) -> Asking:
    return Asking(
        id=row.id,
        organisation=row.organisation,
        day=row.day,
        asker=row.asker,
        verdict=Verdict(row.verdict),
        topic=row.topic,
        question=row.question,
    )

"""The one way to an answer, for web, command line, API, evaluation and benchmarks."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from policybot import compose
from policybot.catalogue import Catalogue
from policybot.contacts import naming_sentence, policy_contact, safeguarding_contact
from policybot.currency import notices
from policybot.disclosure import Worry
from policybot.document_facts import ANSWERABLE, FactAnswer, answer_from_facts
from policybot.fluent import Brief, Tell, Wordsmith, open_wordsmith
from policybot.grounding import cite
from policybot.legible import legible
from policybot.library import Library, Shelf
from policybot.models import embeddings
from policybot.pleasantries import reply
from policybot.prompts import TURNS
from policybot.question import QuestionKind, Understanding, understand
from policybot.quotes import quote
from policybot.reader import Reader, Reading, outside
from policybot.records import (
    Answer,
    Answered,
    Citation,
    Clause,
    Contact,
    NotCovered,
    Occasion,
    Organisation,
    Policy,
    Question,
    Verdict,
)
from policybot.sending import to_send
from policybot.settings import Settings
from policybot.signposts import signpost
from policybot.spending import summed
from policybot.spoken import spoken

NEAREST = 3
"""How many clauses a NotCovered shows as closest."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What lies open while one organisation's question is answered."""

    organisation: Organisation
    shelf: Shelf
    policies: dict[str, Policy]
    clauses: tuple[Clause, ...]
    contact: Contact | None
    safeguarding: Contact | None


class PolicyBot:
    """Answers a member of one organisation from that organisation's own clauses. Safe to share between threads."""

    def __init__(
        self, settings: Settings, catalogue: Catalogue, library: Library, reader: Reader, wordsmith: Wordsmith | None = None
    ) -> None:
        """`wordsmith` puts answers into a chat model's words; None: answers are composed."""
        self.settings, self.catalogue, self.library, self.reader, self.wordsmith = settings, catalogue, library, reader, wordsmith
        self._desks: dict[str, tuple[str, _Desk]] = {}
        # More readings at once than there are threads for them only make everybody wait for the last one. With a chat model
        # each waits for that instead.
        self._reading = nullcontext() if wordsmith else threading.Semaphore(settings.threads)

    @classmethod
    def open(cls, settings: Settings) -> Self:
        """Wire everything once. Raises ModelError, IndexMismatch."""
        catalogue = Catalogue.open(settings)
        library = Library.open(settings, catalogue, embeddings(settings))
        return cls(settings, catalogue, library, Reader.open(), open_wordsmith(settings))

    def answer(self, question: Question, tell: Tell | None = None) -> Answer:
        """What the asker's own policies say. Raises UnknownOrganisation; a policy's silence is a NotCovered.

        With a chat model `tell` hears the verdict and each verified sentence while the rest is still being written.
        """
        began = time.perf_counter()
        desk = self._desk(question.organisation)
        with self.wordsmith.counting() if self.wordsmith else nullcontext([]) as charged:
            with self._reading, desk.shelf.one_question():
                worry = self._worries(desk, question)
                answer = (None if worry else _greeting(question)) or self._considered(desk, question, worry)
            if self.wordsmith and isinstance(answer, Answered) and answer.occasion is Occasion.QUESTION and self._may_tell(desk, question):
                answer = self._in_words(desk, answer, self.wordsmith, tell)
        took = (time.perf_counter() - began) * 1000
        return replace(answer, policy_version=desk.shelf.version, latency_ms=took, spent=summed(charged))

    def understand(self, question: Question) -> Understanding:
        """`question.understand`, and whether the message asks anything at all. UnknownOrganisation."""
        return self._understand(self.library.shelf(question.organisation), question)

    def _understand(self, shelf: Shelf, question: Question) -> Understanding:
        understanding = understand(question)
        asks = understanding.out_of_scope or not self.reader.asks_nothing(legible(question.text), shelf.embed)
        return understanding if asks else replace(understanding, out_of_scope="no question")

    def _understood(self, desk: _Desk, question: Question) -> Understanding:
        """`understand`; with a chat model a follow-up is read as it stands alone, though what was typed stays the question."""
        understanding = self._understand(desk.shelf, question)
        if not (self.wordsmith and understanding.followup and understanding.out_of_scope is None and self._may_tell(desk, question)):
            return understanding
        strangers = (o for o in self.catalogue.organisations() if o.slug != desk.organisation.slug)
        others = [name for o in strangers for name in (o.name, *o.aliases)]
        alone = self.wordsmith.standalone(question, desk.shelf.version, others)
        return replace(self._understand(desk.shelf, Question(question.organisation, alone)), question=question) if alone else understanding

    def _considered(self, desk: _Desk, question: Question, worry: Worry) -> Answer:
        """The answer to what is no mere greeting; `worry`: how surely it reports harm to somebody."""
        understanding = understand(question) if worry else self._understood(desk, question)
        if worry is Worry.POSSIBLE:
            answer, first = self._read(desk, understanding, remember=False), compose.in_case(desk.safeguarding)
            return replace(answer, text=f"**{first}**\n\n{answer.text}", occasion=Occasion.POSSIBLE_DISCLOSURE)
        if worry is Worry.NONE:
            return self._read(desk, understanding, remember=True)
        if not desk.clauses:
            return self._disclosed(desk, understanding, None)
        signals = desk.shelf.signals(understanding.searches, remember=False)
        return self._disclosed(desk, understanding, self.reader.read(understanding, desk.clauses, signals))

    def _read(self, desk: _Desk, understanding: Understanding, remember: bool) -> Answer:
        """The answer to a question."""
        if not desk.clauses:
            return self._silent(desk, understanding, None)
        if told := self._from_facts(desk, understanding):
            return told
        signals = desk.shelf.signals(understanding.searches, remember=remember)
        reading = self.reader.read(understanding, desk.clauses, signals)
        return self._answered(desk, understanding, reading) if reading.covered else self._silent(desk, understanding, reading)

    def _desk(self, slug: str) -> _Desk:
        """The organisation's open desk, kept until its policies change."""
        shelf = self.library.shelf(slug)
        kept = self._desks.get(slug)
        if kept is not None and kept[0] == shelf.version and kept[1].shelf is shelf:
            return kept[1]
        organisation, clauses = shelf.organisation, shelf.clauses()
        contact = policy_contact(clauses) or organisation.contact
        tell = safeguarding_contact(clauses) or organisation.safeguarding
        desk = _Desk(organisation, shelf, {p.id: p for p in shelf.policies()}, clauses, contact, tell)
        self._desks[slug] = (shelf.version, desk)
        return desk

    def _today(self) -> date:
        return self.settings.today or date.today()

    def _from_facts(self, desk: _Desk, understanding: Understanding) -> Answer | None:
        """A question about the document itself, answered from its facts; None when it is not one."""
        asked = tuple(k for k in understanding.fact_kinds if k in ANSWERABLE)
        if understanding.kind is not QuestionKind.METADATA or not asked or outside(understanding, desk.clauses):
            return None
        found = answer_from_facts(tuple(desk.policies.values()), asked)
        return self._fact_answer(desk, understanding, found) if found else self._silent(desk, understanding, None)

    def _fact_answer(self, desk: _Desk, understanding: Understanding, found: FactAnswer) -> Answered:
        clauses = {c.id: c for c in desk.clauses}
        order = list(dict.fromkeys(f.clause_id for f in found.facts))[:5]
        quotes = {f.clause_id: f.quote for f in reversed(found.facts)}
        chosen = [clauses[i] for i in order]
        citations = tuple(self._cite(desk, c, quotes[c.id] if quotes[c.id] in c.whole else c.whole) for c in chosen)
        told = notices(desk.organisation, self._policies_of(desk, chosen), citations, self._today(), about_document=True)
        headline = compose.headline(Verdict.INFORMATIONAL)
        return Answered(
            id=_new_id(), question=understanding.question, verdict=Verdict.INFORMATIONAL, headline=headline,
            text=compose.answered(headline, found.lines, citations, contact=desk.contact),
            remarks=found.lines, citations=citations, contact=desk.contact, notices=told,
        )  # fmt: skip

    def _answered(self, desk: _Desk, understanding: Understanding, reading: Reading) -> Answered:
        chosen = [desk.clauses[i] for i in reading.chosen]
        citations = tuple(self._cite(desk, c, quote(c, understanding.expanded)) for c in chosen)
        about = understanding.kind is QuestionKind.METADATA
        told = notices(desk.organisation, self._policies_of(desk, chosen), citations, self._today(), about_document=about)
        conditions = _limits(reading, chosen[0])
        headline = compose.headline(reading.verdict, chosen[0])
        titles = [desk.policies[desk.clauses[i].policy_id].title for i in reading.overruled or ()]
        overruled = (titles[0], titles[1]) if titles else None
        remarks = (*_read_as(understanding, chosen), *compose.told_apart(reading.conflict is not None, reading.unsettled, overruled))
        return Answered(
            id=_new_id(), question=understanding.question, verdict=reading.verdict, headline=headline,
            text=compose.answered(headline, remarks, citations, conditions, desk.contact),
            remarks=remarks, citations=citations, conditions=conditions, contact=desk.contact, notices=told,
            covered_probability=reading.covered_probability,
        )  # fmt: skip

    def _in_words(self, desk: _Desk, composed: Answered, wordsmith: Wordsmith, tell: Tell | None) -> Answered:
        """`composed` in the chat model's words; itself where none of them holds, which its remarks then say."""
        cited = tuple(c.clause_id for c in composed.citations)
        given = to_send(desk.clauses, cited, wordsmith.terms.context)
        brief = Brief(composed.question, given, composed.verdict, cited, desk.shelf.version, self._today())
        by_id = {c.id: c for c in desk.clauses}
        with desk.shelf.one_question():
            worded = wordsmith.word(brief, tell)
        return spoken(composed, worded, wordsmith.terms.model, lambda i, words: self._cite(desk, by_id[i], quote(by_id[i], words)))

    def _may_tell(self, desk: _Desk, question: Question) -> bool:
        """Whether the conversation may be sent to a chat model: nothing that would be sent with it reports harm to somebody."""
        said = [t.content for t in question.history[-TURNS:] if t.role == "user"]
        return not any(self.reader.reports_harm(legible(text), desk.shelf.embed) for text in said)

    def _worries(self, desk: _Desk, question: Question) -> Worry:
        """How surely the message, or for a follow-up what it leans on, reports harm to somebody."""
        said = [t.content for t in question.history if t.role == "user"][-2:]
        return max(self.reader.reports_harm(legible(text), desk.shelf.embed) for text in (question.text, *said))

    def _disclosed(self, desk: _Desk, understanding: Understanding, reading: Reading | None) -> Answer:
        """The reply to a worry about somebody: whom to tell first, then what the policy says of it."""
        tell = desk.safeguarding
        route = [c for c in desk.clauses if tell and c.id == tell.clause_id]
        chosen = [desk.clauses[i] for i in reading.chosen] if reading and reading.covered else []
        cited = list({c.id: c for c in (*route, *chosen)}.values())[:5]
        naming = {c.id: naming_sentence(c, tell) for c in route if tell}
        words = [naming.get(c.id) or quote(c, understanding.expanded) for c in cited]
        citations = tuple(self._cite(desk, c, w) for c, w in zip(cited, words, strict=True))
        headline = compose.tell(tell)
        said = {"id": _new_id(), "question": understanding.question, "headline": headline, "remarks": (compose.DANGER,),
                "contact": tell, "occasion": Occasion.DISCLOSURE}  # fmt: skip
        text = compose.disclosed(headline, citations[0] if route else None, citations[len(route) :])
        if not citations:
            return NotCovered(text=text, **said)
        return Answered(text=text, verdict=Verdict.INFORMATIONAL, citations=citations, **said)

    def _silent(self, desk: _Desk, understanding: Understanding, reading: Reading | None) -> NotCovered:
        elsewhere = outside(understanding, desk.clauses)
        near = [desk.clauses[i] for i in reading.chosen[:NEAREST]] if reading and not elsewhere else []
        nearest = tuple(self._cite(desk, c, quote(c, understanding.expanded)) for c in near)
        policies = tuple(desk.policies.values())
        told = notices(desk.organisation, policies, nearest, self._today())
        why = _OUT_OF_SCOPE.get(elsewhere or "") or compose.nothing_settles([p.title for p in policies])
        where = None if elsewhere else signpost(understanding.text)
        pointer = (f"That sounds like a question for {where}.",) if where else ()
        headline, remarks = compose.headline(Verdict.NOT_COVERED), (why if policies else _NO_POLICY, *pointer)
        return NotCovered(
            id=_new_id(), question=understanding.question, headline=headline, remarks=remarks,
            text=compose.not_covered(headline, remarks, nearest, desk.contact),
            nearest=nearest, contact=desk.contact, notices=told,
            covered_probability=reading.covered_probability if reading else None,
        )  # fmt: skip

    def _cite(self, desk: _Desk, clause: Clause, words: str) -> Citation:
        return cite(clause, desk.policies[clause.policy_id], words, desk.organisation.slug)

    @staticmethod
    def _policies_of(desk: _Desk, clauses: Sequence[Clause]) -> tuple[Policy, ...]:
        cited = dict.fromkeys(c.policy_id for c in clauses)
        return tuple(desk.policies[i] for i in cited)


def _greeting(question: Question) -> NotCovered | None:
    """A human word for a message that asks nothing; None for all others."""
    said = reply(question.text)
    if said is None:
        return None
    return NotCovered(id=_new_id(), question=question, headline=said, text=said, occasion=Occasion.GREETING)


def _limits(reading: Reading, governing: Clause) -> tuple[str, ...]:
    """What to check before relying on the verdict: conditions of a leave, exceptions from a ban."""
    if reading.verdict is Verdict.NOT_ALLOWED:
        return governing.deontic.exceptions
    return tuple(dict.fromkeys((*reading.conditions, *reading.exceptions))) if reading.verdict is Verdict.CONDITIONAL else ()


_OUT_OF_SCOPE = {
    "another organisation": "Only your own organisation's policies can be asked here.",
    "no question": "That is not a question about your organisation's policies.",
    "the bot itself": "This service answers from your organisation's policies and nothing else.",
}
_NO_POLICY = "Your organisation has not published a policy here yet."


def _read_as(understanding: Understanding, cited: Sequence[Clause]) -> tuple[str, ...]:
    """What was inferred from the asker's words, where the cited clauses do not use those words themselves."""
    text = " ".join(c.whole for c in cited).lower()
    return tuple(
        f"These clauses do not name {i.said}; it is read here as what they call a kind of {i.read_as}."
        for i in understanding.inferences
        if i.said.lower() not in text
    )


def _new_id() -> str:
    return uuid.uuid4().hex[:12]

"""Procedures: a policy's clauses as numbered steps, by role, by what sets them off, or for what somebody says has happened.

Every word of a step is the policy's. Steps keep the order of the document; those of one section or list stand together.
"""

# ruff: noqa: E501
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from policybot.contacts import safeguarding_contact
from policybot.disclosure import Worry
from policybot.duties import Duty, duties
from policybot.legible import legible
from policybot.library import Shelf
from policybot.question import understand
from policybot.reader import Reader
from policybot.records import Clause, ClauseKind, Contact, Force, Organisation, Policy, Question, Strength
from policybot.responsibilities import Matrix, Responsibility, Roles, matrix
from policybot.sentences import sentences

MUST, SHOULD, MAY = "must", "should", "may"
FORCES: dict[str, tuple[Strength, ...]] = {
    MUST: (Strength.MUST, Strength.MUST_NOT),
    SHOULD: (Strength.SHOULD, Strength.SHOULD_NOT),
    MAY: (Strength.MAY,),
}
"""What one can filter by."""
WORDS: dict[Strength, str] = {
    Strength.MUST: "Must",
    Strength.MUST_NOT: "Must not",
    Strength.SHOULD: "Should",
    Strength.SHOULD_NOT: "Should not",
    Strength.MAY: "May",
}
"""How a force is said."""
FOLLOWS, EXPLAINS = "What follows", "To know"
NEAREST = 3
"""How many clauses are shown as closest where the policy does not say."""


@dataclass(frozen=True, slots=True)
class Step:
    """A clause as a step. `number` counts from 1. `strengths`: its forces, () for what follows from a breach or only
    explains (`follows` tells them apart). `actors` and `told` as in Rule."""

    number: int
    clause: Clause
    strengths: tuple[Strength, ...] = ()
    actors: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    follows: bool = False


def force_words(step: Step) -> tuple[str, ...]:
    """The forces of a step as they are said: ('Must', 'Must not'); what it is for where it lays nothing down."""
    return tuple(WORDS[s] for s in step.strengths if s in WORDS) or (FOLLOWS if step.follows else EXPLAINS,)


@dataclass(frozen=True, slots=True)
class Section:
    """Steps of one section or list; `stem`: the lead-in that they read on from, None for none."""

    policy: Policy
    heading: str
    stem: str | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A procedure to read, print or take away. `title` is a role or the words that set it off."""

    title: str
    sections: tuple[Section, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them, in order."""
        return tuple(step for section in self.sections for step in section.steps)


@dataclass(frozen=True, slots=True)
class Trigger:
    """What sets a procedure off: `words` as the policy writes them, with the clauses they stand in (at least one)."""

    words: str
    clauses: tuple[Clause, ...]
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the policy says to do about what somebody typed. Not `covered`: the clauses are only the closest ones."""

    covered: bool
    clauses: tuple[Clause, ...]
    worry: Worry


class Procedures:
    """The procedures of one organisation, read once from its clauses. Holds no question; safe to share between threads."""

    def __init__(self, shelf: Shelf) -> None:
        self.policies = {p.id: p for p in shelf.policies()}
        self.clauses = shelf.clauses()
        organisation = shelf.organisation
        self.duties = duties(self.clauses, (organisation.name, *organisation.aliases))
        self.roles = Roles(self.duties, self.clauses)
        self.responsibilities = self.roles.all()
        self.first_to_tell = first_to_tell(self.clauses, organisation)
        self.triggers = triggers(self.clauses, {d.clause.id for d in self.duties})
        self._duty = {d.clause.id: d for d in self.duties}

    def of_role(self, role: Responsibility, forces: Iterable[str]) -> tuple[Card, Card]:
        """What the role must see to, and what it is told or asked, as far as of these forces."""
        allowed = _allowed(forces)
        told = {d.clause.id for d in role.does}
        does = [(d, self.roles.rules_of(d, role.name)) for d in role.does]
        hears = [(d, self.roles.rules_of(d, role.name)) for d in role.told if d.clause.id not in told]
        cards = []
        for found in (does, hears):
            kept = [(d, tuple(r.strength for r in rules if r.strength in allowed)) for d, rules in found]
            cards.append(self._card(role.name, [(d.clause, tuple(dict.fromkeys(s))) for d, s in kept if s]))
        return cards[0], cards[1]

    def of_trigger(self, trigger: Trigger, forces: Iterable[str]) -> tuple[Card, Card]:
        """The clauses that the words stand in, and the others of the same sections that lay something down."""
        own = {c.id for c in trigger.clauses}
        places = {(c.policy_id, c.heading_path) for c in trigger.clauses}
        beside = [c for c in self.clauses if (c.policy_id, c.heading_path) in places and c.id not in own and self._tells(c)]
        return self.of_clauses(trigger.words, trigger.clauses, forces), self.of_clauses(trigger.words, beside, forces)

    def of_clauses(self, title: str, chosen: Sequence[Clause], forces: Iterable[str] = FORCES) -> Card:
        """These clauses as steps; what is no rule stays whatever the forces."""
        allowed = _allowed(forces)
        marked = [(c, self._duty[c.id].strengths if c.id in self._duty else ()) for c in chosen]
        return self._card(title, [(c, s) for c, s in marked if not s or set(s) & set(allowed)])

    def matrix(self, forces: Iterable[str]) -> Matrix:
        """Roles and duties, as far as of these forces."""
        allowed = set(_allowed(forces))
        return matrix(self.roles, [d for d in self.duties if set(d.strengths) & allowed])

    def _tells(self, clause: Clause) -> bool:
        return clause.id in self._duty or clause.deontic.force is Force.CONSEQUENCE

    def _card(self, title: str, chosen: Sequence[tuple[Clause, tuple[Strength, ...]]]) -> Card:
        ordered = sorted(chosen, key=lambda c: (c[0].policy_id, c[0].ordinal))
        steps = [self._step(n, clause, strengths) for n, (clause, strengths) in enumerate(ordered, 1)]
        together = groupby(steps, key=lambda s: (s.clause.policy_id, s.clause.heading_path, s.clause.stem))
        sections = (
            Section(self.policies[policy], path[-1] if path else "", stem, tuple(group)) for (policy, path, stem), group in together
        )
        return Card(title, tuple(sections))

    def _step(self, number: int, clause: Clause, strengths: tuple[Strength, ...]) -> Step:
        duty: Duty | None = self._duty.get(clause.id)
        follows = clause.deontic.force is Force.CONSEQUENCE
        return Step(number, clause, strengths, duty.actors if duty else (), duty.told if duty else (), follows)


def _allowed(forces: Iterable[str]) -> tuple[Strength, ...]:
    return tuple(s for force in forces for s in FORCES[force])


def first_to_tell(clauses: Sequence[Clause], organisation: Organisation) -> tuple[Contact, ...]:
    """Whom to tell of a worry about somebody: whom the policy names, and the organisation's own contact where the policy names
    nobody or the organisation gives a telephone or an address. () where neither knows anybody."""
    named, own = safeguarding_contact(clauses), organisation.safeguarding
    if own and (named is None or own.phone or own.email):
        return (named, own) if named else (own,)
    return (named,) if named else ()


# -- what sets a procedure off

_MODAL = r"(?:must|shall|should|will|would|may|can|cannot|is|are)"
_GOVERNS = r"(?:must|shall|should|will|may|can|cannot|(?:is|are) (?:\w+ly )?(?:required|advised|recommended|expected|encouraged|permitted|allowed|authorised|to))"
OPENING = re.compile(r"^(?:if|when|where|whenever|once|after|before|in the event (?:of|that))\b", re.I)
_MAIN = re.compile(rf"^(?!(?:and|or|such as|including|for example|e\.g\.|has|have|is|are|who|which|even|not|where|when|if)\b).*?\b{_MODAL}\b|^please\b", re.I)
_UNDIVIDED = re.compile(rf"^.+?(?=,? (?:you|we|they|it|staff|employees|staff members) {_GOVERNS}\b)", re.I)
_LATER = re.compile(r"(?<=\s)(?<!\bas )(?<!\beven )(?:if|whenever|when|in the event (?:of|that))\s[^,.;:()–]+", re.I)
_WHO = re.compile(rf"^(?:[A-Z][\w'’/-]*)(?: [\w'’/-]+){{0,3}} who\b.+?(?=,? {_GOVERNS}\b)")
_OCCASIONS = r"allegations?|complaints?|concerns?|breach(?:es)?|incidents?|disclosures?|quer(?:y|ies)|requests?|events?|referrals?"
_ANY = re.compile(
    rf"(?:\bto whom\s+|(?=\bany\s))((?:any )?(?:['‘“\"]?\w+ )?(?:{_OCCASIONS})\b[^,.;:()]*?)(?=(?<!that)(?<!which)(?<!who)\s{_MODAL}\b|\s(?:with|to be)\b|[,.;:()]|$)", re.I
)
_LEANS = re.compile(r"\bdo(?:es)? so\b", re.I)
"""What leans on the sentence before says nothing alone ('If you fail to do so')."""
_ANNOUNCED = re.compile(r"\b(?:if|when|whenever|where|following (?:events|cases))\s*:?\s*$", re.I)
_SHORTEST = 4
"""Words below which a phrase says no occasion ('where necessary')."""


def triggers(clauses: Sequence[Clause], laying_down: set[str]) -> tuple[Trigger, ...]:
    """What sets something off, in reading order: the conditions of the clauses `laying_down` something and of those that say
    what follows, then the headings over them. Verbatim; each words once."""
    telling = [c for c in clauses if c.id in laying_down or c.deontic.force is Force.CONSEQUENCE]
    telling = [c for c in telling if c.kind not in (ClauseKind.COVER, ClauseKind.ROW)]
    found: dict[tuple[str, bool], list[Clause]] = {}
    spelt: dict[tuple[str, bool], str] = {}
    said = [(words, False, c) for c in telling for words in _occasions(c)]
    said += [(c.heading, True, c) for c in telling if c.heading]
    for words, heading, clause in said:
        key = (words.lower(), heading)
        spelt.setdefault(key, words)
        if clause not in found.setdefault(key, []):
            found[key].append(clause)
    return tuple(Trigger(spelt[key], tuple(where), key[1]) for key, where in found.items())


def _occasions(clause: Clause) -> Iterator[str]:
    if clause.stem and _ANNOUNCED.search(clause.stem):
        yield re.sub(r"[;,.]?\s*(?:and/or|and|or)?[;,.]?\s*$", "", clause.text)
        return
    for sentence in sentences(clause.text):
        for words in _phrases(sentence):
            if len(words.split()) >= _SHORTEST and not _LEANS.search(words):
                yield words


def _phrases(sentence: str) -> Iterator[str]:
    """The pieces of a sentence that say on what occasion."""
    opened = _opening(sentence) if OPENING.match(sentence) else ""
    if opened:
        yield opened
    elif who := _WHO.match(sentence):
        yield who.group()
    for pattern in (_LATER, _ANY):
        for match in pattern.finditer(sentence, len(opened)):
            yield match.group(match.lastindex or 0).strip()


def _opening(sentence: str) -> str:
    """What a sentence opens with up to its main clause; '' where that is nothing ('Where, however, ...')."""
    undivided = _UNDIVIDED.match(sentence)
    commas = (m for m in re.finditer(r",\s+", sentence) if _MAIN.match(sentence[m.end() :].split(",")[0]))
    found = [undivided.group()] if undivided else []
    found += [sentence[: comma.start()] for comma in commas][:1]
    return min((words for words in found if len(words.split()) >= _SHORTEST), key=len, default="")


# -- what somebody typed


def what_to_do(shelf: Shelf, reader: Reader, happened: str) -> Found:
    """The clauses that say what to do about what happened, in anybody's words; the reader that answers questions decides.

    Nothing is kept of it. ValueError for no words.
    """
    said = understand(Question(shelf.organisation.slug, happened))
    clauses = shelf.clauses()
    with shelf.one_question():
        worry = reader.reports_harm(legible(happened), shelf.embed)
        if not clauses:
            return Found(False, (), worry)
        reading = reader.read(said, clauses, shelf.signals(said.searches, remember=False))
    chosen = tuple(clauses[i] for i in (reading.chosen if reading.covered else reading.chosen[:NEAREST]))
    return Found(reading.covered, chosen, worry)

"""Several organisations' policies on one topic, side by side. Each is looked up on its own shelf; nothing is judged or advised.

The only place where more than one organisation's clauses meet, and only for a trust lead (`shelves_for`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policybot import compose
from policybot.contacts import safeguarding_contact
from policybot.currency import spoken
from policybot.disclosure import Worry
from policybot.errors import PolicybotError, UnknownOrganisation
from policybot.grounding import cite
from policybot.identity import Role, User, require_role
from policybot.legible import legible
from policybot.library import Library, Shelf
from policybot.question import understand
from policybot.quotes import quote
from policybot.reader import Reader
from policybot.records import Citation, Clause, FactKind, NotCovered, Occasion, Organisation, Policy, Question, Strength, is_past

MOST = 3
"""Clauses that are shown of an organisation."""
LONGEST = 200
"""Longest topic, in characters."""
ADD_ONE = "Ask whoever runs this service to add one"
_NUMBER = re.compile(r"^(?:appendix\s+\w+|[\d.]+|[a-z]\))[\s.:)–-]*", re.I)


class CannotCompare(PolicybotError):
    """There is nothing to compare, or no topic to compare it on."""


class Stance(StrEnum):
    """How strong a rule is, by its own word; the strictest first. The last two: no clause settles it, no policy is there."""

    MUST_NOT = "must_not"
    MUST_NOT_EXCEPT = "must_not_except"
    SHOULD_NOT = "should_not"
    MUST = "must"
    SHOULD = "should"
    MAY_IF = "may_if"
    MAY = "may"
    EXPLAINS = "explains"
    SILENT = "silent"
    NO_POLICY = "no_policy"


NAMES: dict[Stance, str] = {
    Stance.MUST_NOT: "Must not",
    Stance.MUST_NOT_EXCEPT: "Must not, but …",
    Stance.SHOULD_NOT: "Should not",
    Stance.MUST: "Must",
    Stance.SHOULD: "Should",
    Stance.MAY_IF: "May, if …",
    Stance.MAY: "May",
    Stance.EXPLAINS: "Explains",
    Stance.SILENT: "Does not say",
    Stance.NO_POLICY: "No policy here",
}
"""What a stance is called where it stands alone."""
_VERBS: dict[Stance, tuple[str, str]] = {
    Stance.MUST_NOT: ("says must not", "say must not"),
    Stance.MUST_NOT_EXCEPT: ("says must not with exceptions", "say must not with exceptions"),
    Stance.SHOULD_NOT: ("says should not", "say should not"),
    Stance.MUST: ("says must", "say must"),
    Stance.SHOULD: ("says should", "say should"),
    Stance.MAY_IF: ("says may with conditions", "say may with conditions"),
    Stance.MAY: ("says may", "say may"),
    Stance.EXPLAINS: ("explains it without a rule", "explain it without a rule"),
    Stance.SILENT: ("does not say", "do not say"),
    Stance.NO_POLICY: ("has no policy here", "have no policy here"),
}
"""The same of one organisation, and of several."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A clause, quoted, and how strong it is."""

    citation: Citation
    stance: Stance


@dataclass(frozen=True, slots=True)
class Review:
    """When a policy was to be reviewed (ISO 8601, '' where it does not say) and whether that is past."""

    policy: str
    due: str
    overdue: bool

    @property
    def text(self) -> str:
        """'Review overdue: it was due by October 2024.'"""
        if not self.due:
            return "It gives no review date."
        return f"Review overdue: it was due by {spoken(self.due)}." if self.overdue else f"Next review: {spoken(self.due)}."


@dataclass(frozen=True, slots=True)
class Column:
    """What one organisation's own policies say. `findings`: at most MOST, nearest first; where nothing `settles` it they are
    the nearest all the same. `stance` is that of the first, SILENT where nothing settles it, NO_POLICY without a policy."""

    organisation: Organisation
    stance: Stance
    findings: tuple[Finding, ...] = ()
    reviews: tuple[Review, ...] = ()

    def __post_init__(self) -> None:
        if any(f.citation.organisation != self.organisation.slug for f in self.findings):
            raise ValueError(f"a finding is not of {self.organisation.slug}")

    @property
    def settles(self) -> bool:
        """Whether a clause settles the topic."""
        return self.stance not in (Stance.SILENT, Stance.NO_POLICY)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The columns in the order of the organisations that are overseen; at least one."""

    topic: str
    columns: tuple[Column, ...]

    @property
    def organisations(self) -> tuple[str, ...]:
        """Slugs of those that were looked up."""
        return tuple(c.organisation.slug for c in self.columns)

    @property
    def clause_ids(self) -> tuple[str, ...]:
        """Ids of every clause that is quoted."""
        return tuple(f.citation.clause_id for c in self.columns for f in c.findings)

    @property
    def forces(self) -> tuple[tuple[Stance, tuple[str, ...]], ...]:
        """The names of the organisations by stance, the strictest first."""
        found = {c.stance for c in self.columns}
        return tuple((s, tuple(c.organisation.name for c in self.columns if c.stance is s)) for s in Stance if s in found)

    @property
    def told(self) -> str:
        """How the forces differ: '2 say must not, 1 says may with conditions, 1 does not say.'"""
        counts = Counter(c.stance for c in self.columns)
        return ", ".join(f"{counts[s]} {_VERBS[s][counts[s] > 1]}" for s in Stance if counts[s]) + "."


def shelves_for(user: User, library: Library) -> tuple[Shelf, ...]:
    """The shelves that a trust lead may see, in the order of `user.oversees`; organisations that nobody has ingested have none.

    RoleMissing for anyone else; CannotCompare for a trust lead without organisations.
    """
    require_role(user, Role.TRUST_LEAD, "The page Trust")
    found = [shelf for slug in dict.fromkeys(user.oversees) if (shelf := _shelf(slug, library))]
    if not found:
        raise CannotCompare("The page Trust", "your account looks after no organisation that is here", ADD_ONE)
    return tuple(found)


def _shelf(slug: str, library: Library) -> Shelf | None:
    try:
        return library.shelf(slug)
    except UnknownOrganisation:
        return None


def topic_of(typed: str) -> str:
    """What was typed, on one line. CannotCompare when it has no word, or more than LONGEST characters."""
    topic = " ".join(typed.split())
    if not re.search(r"\w", topic):
        raise CannotCompare("The topic", "it is empty", "Type a topic or a question, or pick a heading")
    if len(topic) > LONGEST:
        raise CannotCompare("The topic", f"it is longer than {LONGEST} characters", "Make it shorter")
    return topic


def headings(policies: Sequence[Policy]) -> tuple[str, ...]:
    """Headings that clauses stand under, without their numbers, each once, in reading order."""
    bare = (_NUMBER.sub("", clause.heading).strip(" .:–-") for policy in policies for clause in policy.clauses)
    return tuple({name.casefold(): name for name in bare if name and len(name) <= LONGEST}.values())


def tell_first(topic: str, own: Shelf, reader: Reader) -> NotCovered | None:
    """Whom to tell, when the topic may report harm to somebody: it is then neither searched nor recorded. None for any other.

    `own`: the shelf of the trust lead's own organisation, whose safeguarding contact it is.
    """
    if reader.reports_harm(legible(topic), own.embed) is Worry.NONE:
        return None
    contact = safeguarding_contact(own.clauses()) or own.organisation.safeguarding
    headline = compose.tell(contact)
    return NotCovered(
        id="", question=Question(own.organisation.slug, topic), text=f"**{headline}**\n\n{compose.DANGER}",
        headline=headline, remarks=(compose.DANGER,), contact=contact, occasion=Occasion.DISCLOSURE,
    )  # fmt: skip


def compare(topic: str, shelves: Sequence[Shelf], reader: Reader, today: date) -> Comparison:
    """What each shelf has on the topic, looked up on that shelf alone. CannotCompare for no shelf, or no topic."""
    wanted = topic_of(topic)
    if not shelves:
        raise CannotCompare("The comparison", "there is no organisation to compare", ADD_ONE)
    with shelves[0].one_question():
        return Comparison(wanted, tuple(_column(wanted, shelf, reader, today) for shelf in shelves))


def _column(topic: str, shelf: Shelf, reader: Reader, today: date) -> Column:
    clauses = shelf.clauses()
    if not clauses:
        return Column(shelf.organisation, Stance.NO_POLICY)
    understanding = understand(Question(shelf.organisation.slug, topic))
    # Not remembered: what a trust lead looks up is recorded in one place, and kept in no other.
    reading = reader.read(understanding, clauses, shelf.signals(understanding.searches, remember=False))
    chosen = [clauses[i] for i in reading.chosen[:MOST]]
    policies = {p.id: p for p in shelf.policies()}
    quoted = ((c, cite(c, policies[c.policy_id], quote(c, understanding.expanded), shelf.organisation.slug)) for c in chosen)
    return Column(
        organisation=shelf.organisation,
        stance=stance_of(chosen[0]) if reading.covered else Stance.SILENT,
        findings=tuple(Finding(citation, stance_of(clause)) for clause, citation in quoted),
        reviews=tuple(review_of(policies[i], today) for i in dict.fromkeys(c.policy_id for c in chosen)),
    )


def stance_of(clause: Clause) -> Stance:
    """How strong a clause is: its modal word, and for a ban or a leave whether something turns it off."""
    said = clause.deontic
    if said.strength is Strength.MUST_NOT:
        return Stance.MUST_NOT_EXCEPT if said.exceptions else Stance.MUST_NOT
    if said.strength is Strength.MAY:
        return Stance.MAY_IF if said.conditions or said.exceptions else Stance.MAY
    return Stance.EXPLAINS if said.strength is Strength.NONE else Stance(said.strength.value)


def review_of(policy: Policy, today: date) -> Review:
    """The latest date that the policy gives for its next review, as it stands today."""
    due = max((f.value for f in policy.facts if f.kind is FactKind.NEXT_REVIEW), default="")
    return Review(policy.title, due, bool(due) and is_past(due, today))

"""The records everything passes around: frozen, and impossible to build wrong.

Standard library only. A record checks its own invariants when it is made, so
whoever holds one never has to check again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from policybot.organisation import SLUG as SLUG
from policybot.organisation import Contact as Contact
from policybot.organisation import Organisation as Organisation
from policybot.organisation import require_slug
from policybot.parts import Notice as Notice
from policybot.parts import Occasion as Occasion
from policybot.parts import Sentence as Sentence
from policybot.parts import Spent as Spent
from policybot.terms import ClauseKind, Edition, FactKind, Force, Strength, Verdict
from policybot.terms import NoticeKind as NoticeKind

CLAUSE_LIMIT = 1200
"""Longest clause, its stem included, in characters (answer.schema.json)."""
CLAUSE_FLOOR = 20
"""Shortest clause in characters; shorter pieces join their neighbour."""


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of characters `[start, end)` in the document's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"span [{self.start}, {self.end}) is empty or negative")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in PDF points from the top left; page counts from 1."""

    page: int
    x0: float
    top: float
    x1: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Deontic:
    """What a clause does, how strongly, to whom, and what turns it off.

    `conditions` and `exceptions` are verbatim pieces of the clause, its stem included.
    """

    force: Force = Force.FACT
    strength: Strength = Strength.NONE
    actor: str | None = None
    addressee: str | None = None
    conditions: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """The unit that is found, decided on and quoted.

    `text` is exactly `document[span.start:span.end]`, and `stem` (the lead-in of the
    list it stands in) likewise `document[stem_span...]`. `ordinal` counts a policy's
    clauses from 0 in reading order. `page` counts from 1, None without pages.
    """

    id: str
    organisation: str
    policy_id: str
    heading_path: tuple[str, ...]
    label: str
    ordinal: int
    kind: ClauseKind
    text: str
    span: Span
    stem: str | None = None
    stem_span: Span | None = None
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    columns: tuple[str, ...] = ()
    deontic: Deontic = field(default_factory=Deontic)

    def __post_init__(self) -> None:
        if not self.id.startswith(f"{self.policy_id}/"):
            raise ValueError(f"clause id {self.id!r} must start with its policy id {self.policy_id!r}")
        if not self.policy_id.startswith(f"{self.organisation}/"):
            raise ValueError(f"policy id {self.policy_id!r} must start with organisation {self.organisation!r}")
        if not self.text.strip():
            raise ValueError(f"clause {self.id} has no text")
        if len(self.whole) > CLAUSE_LIMIT:
            raise ValueError(f"clause {self.id} has {len(self.whole)} characters, at most {CLAUSE_LIMIT}")
        if (self.stem is None) != (self.stem_span is None):
            raise ValueError(f"clause {self.id}: stem and stem_span go together")

    @property
    def whole(self) -> str:
        """The clause as a person must read it: its stem, then its text."""
        return f"{self.stem}\n{self.text}" if self.stem else self.text

    @property
    def heading(self) -> str:
        """The nearest heading, '' at the front of a document."""
        return self.heading_path[-1] if self.heading_path else ""

    @property
    def searchable(self) -> str:
        """What is embedded and indexed: heading path, column names, stem, text."""
        parts = [" > ".join(self.heading_path), " | ".join(self.columns), self.stem or "", self.text]
        return "\n".join(p for p in parts if p)


@dataclass(frozen=True, slots=True)
class PolicyFact:
    """A fact about the document, with the clause it was read from.

    `value` is normalised (dates ISO 8601, at the precision the policy gives: '2023-10'),
    `quote` the verbatim words of the clause.
    """

    kind: FactKind
    value: str
    clause_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of one policy, as published: what a shelf answers from.

    `version` is the SHA-256 of the document's text and of what reads it (hex, 64).
    """

    id: str
    organisation: str
    title: str
    version: str
    edition: Edition
    source: str
    text: str
    clauses: tuple[Clause, ...]
    facts: tuple[PolicyFact, ...] = ()
    outline: tuple[tuple[int, str, int], ...] = ()
    """Headings as (level from 1, text, character offset), in reading order."""

    def __post_init__(self) -> None:
        require_slug("organisation", self.organisation)
        if not self.clauses:
            raise ValueError(f"policy {self.id} has no clauses")
        for clause in self.clauses:
            if clause.policy_id != self.id:
                raise ValueError(f"clause {clause.id} does not belong to policy {self.id}")
            if self.text[clause.span.start : clause.span.end] != clause.text:
                raise ValueError(f"clause {clause.id} is not the span of the text it claims to be")
        if len({c.id for c in self.clauses}) != len(self.clauses):
            raise ValueError(f"policy {self.id} has a clause id twice")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation; role is 'user' or 'assistant'."""

    role: str
    content: str

    def __post_init__(self) -> None:
        if self.role not in ("user", "assistant"):
            raise ValueError(f"a turn's role is 'user' or 'assistant', got {self.role!r}")


@dataclass(frozen=True, slots=True)
class Question:
    """What a member of `organisation` asks, with the turns before it."""

    organisation: str
    text: str
    history: tuple[Turn, ...] = ()
    id: str | None = None

    def __post_init__(self) -> None:
        require_slug("organisation", self.organisation)
        if not self.text.strip():
            raise ValueError("a question needs words")


@dataclass(frozen=True, slots=True)
class Hit:
    """A clause that a shelf found; `dense` is a cosine in [-1, 1], `lexical` BM25 >= 0,
    `score` their fusion (higher is better, comparable within one search only)."""

    clause: Clause
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote of a clause; made by grounding.cite() and nowhere else."""

    organisation: str
    policy: str
    clause_id: str
    label: str
    text: str
    quote: str
    source: str
    page: int | None
    start: int
    end: int

    def __post_init__(self) -> None:
        if not self.quote.strip() or self.quote not in self.text:
            raise ValueError(f"the quote is not in clause {self.clause_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The policy answers: never without a citation.

    `text` is the whole answer as Markdown; `headline` the verdict in a short sentence and
    `remarks` what else is said besides quotes and conditions ('Version: 4', how a word was read).
    `sentences`: a chat model's words for it, () where the answer is composed (`mode`). `covered_probability`: how likely,
    in [0, 1], the reader held it that the policy answers; None where it was not asked.
    """

    id: str
    question: Question
    verdict: Verdict
    text: str
    headline: str
    citations: tuple[Citation, ...]
    remarks: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    contact: Contact | None = None
    notices: tuple[Notice, ...] = ()
    occasion: Occasion = Occasion.QUESTION
    mode: str = "composed"
    model: str | None = None
    policy_version: str | None = None
    latency_ms: float = 0.0
    covered_probability: float | None = None
    spent: Spent = field(default_factory=Spent)

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError("an answer needs a citation; without one it is NotCovered")
        if self.verdict is Verdict.NOT_COVERED:
            raise ValueError("not_covered is a NotCovered, not an Answered")
        cited = {c.clause_id for c in self.citations}
        if any(not set(s.clause_ids) <= cited for s in self.sentences):
            raise ValueError("a sentence rests on a clause that is not cited")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCovered:
    """The policy does not say: the nearest clauses, which do not settle it, and whom to ask.

    `headline`, `remarks` and `covered_probability` as in Answered.
    """

    id: str
    question: Question
    text: str
    headline: str
    remarks: tuple[str, ...] = ()
    nearest: tuple[Citation, ...] = ()
    contact: Contact | None = None
    notices: tuple[Notice, ...] = ()
    occasion: Occasion = Occasion.QUESTION
    mode: str = "composed"
    model: str | None = None
    policy_version: str | None = None
    latency_ms: float = 0.0
    covered_probability: float | None = None
    spent: Spent = field(default_factory=Spent)

    @property
    def verdict(self) -> Verdict:
        return Verdict.NOT_COVERED


Answer = Answered | NotCovered


def is_past(iso: str, today: date) -> bool:
    """Whether a date of any precision ('2024', '2024-10', '2024-10-05') lies wholly before today."""
    return iso < today.isoformat()[: len(iso)]

"""The fictional policies as the program sees them: clauses, understood questions, signals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from encoder.data import policies
from tqdm import tqdm

from policybot.deontic import read_deontic
from policybot.features import Signals
from policybot.lexical import LexicalIndex
from policybot.measuring import measure
from policybot.question import Understanding, understand
from policybot.reading_model import ReadingModel
from policybot.records import Clause, ClauseKind, Question, Span, Turn, Verdict
from policybot.wording import Wording


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question with its labels. `required` are indices of clauses that must be cited (empty
    when the policy does not answer), `also` of others that may be; `policy` counts policies."""

    policy: int
    question: Question
    kind: str
    verdict: Verdict
    required: tuple[int, ...]
    also: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled question with all that the reader gets to see."""

    labelled: Labelled
    clauses: tuple[Clause, ...]
    understanding: Understanding
    signals: Signals


def load(folder: Path, names: frozenset[str]) -> tuple[list[tuple[Clause, ...]], list[Labelled]]:
    """The clauses of each policy of `folder` with one of `names`, and all their questions."""
    shelves: list[tuple[Clause, ...]] = []
    questions: list[Labelled] = []
    for raw in policies(folder):
        if raw["policy_id"] in names:
            questions += _questions(len(shelves), raw)
            shelves.append(tuple(_clauses(f"fictional-{len(shelves)}", raw["clauses"])))
    return shelves, questions


def _clauses(organisation: str, raw: Sequence[dict]) -> Iterator[Clause]:
    policy = f"{organisation}/policy"
    for i, c in enumerate(raw):
        path, stem, text = tuple(filter(None, c["section"].split(" > "))), c["stem"] or None, c["text"]
        yield Clause(
            id=f"{policy}/{c['id']}",
            organisation=organisation,
            policy_id=policy,
            heading_path=path,
            label=c["id"],
            ordinal=i,
            kind=ClauseKind.ITEM if stem else ClauseKind.PARAGRAPH,
            text=text,
            span=Span(0, len(text)),
            stem=stem,
            stem_span=Span(0, len(stem)) if stem else None,
            deontic=read_deontic(text, stem, path[-1] if path else ""),
        )


def _questions(policy: int, raw: dict) -> Iterator[Labelled]:
    place = {c["id"]: i for i, c in enumerate(raw["clauses"])}
    for q in raw["questions"]:
        history = tuple(Turn(t["role"], t["content"]) for t in q.get("history") or ())
        yield Labelled(
            policy=policy,
            question=Question(f"fictional-{policy}", q["q"], history),
            kind=q["kind"],
            verdict=Verdict(q["verdict"]),
            required=tuple(place[i] for i in q["gold"]),
            also=tuple(place[i] for i in q.get("also") or ()),
        )


def measured(model: ReadingModel, shelves: Sequence[tuple[Clause, ...]], questions: Sequence[Labelled], kinds: Sequence[Wording]) -> list[Case]:
    """One case a question, measured as a shelf measures it; `kinds[i]` is the kind model that may read question i."""
    views = [[model.vectors([getattr(c, view) for c in s]) for view in ("searchable", "text")] for s in shelves]
    lexical = [LexicalIndex(tuple(c.searchable for c in s)) for s in shelves]
    made = []
    for q, kind in zip(tqdm(questions, desc="reading", mininterval=20), kinds, strict=True):
        understood, clauses = understand(q.question, kind), shelves[q.policy]
        texts = tuple(c.searchable for c in clauses)
        signals = measure(understood.searches, texts, tuple(views[q.policy]), model, lexical[q.policy], model)
        made.append(Case(q, clauses, understood, signals))
    return made

"""Questions labelled with snippets of the policy (the form of ../shared/eval/FORMAT.md), and quality by snippets.

Snippets judge every answerer alike, whatever it cuts a policy into; clause ids judge only ours.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval import metrics
from eval.cases import CaseError, CaseKind
from eval.metrics import MOST_CITED, share
from eval.snippets import normalised
from policybot.records import CLAUSE_LIMIT, Question, Turn, Verdict


@dataclass(frozen=True, slots=True)
class Labelled:
    """One question; `evidence` and `also_ok` are verbatim snippets of the original policy."""

    id: str
    organisation: str
    question: str
    kind: CaseKind
    verdict: Verdict
    history: tuple[Turn, ...]
    evidence: tuple[tuple[str, ...], ...]
    also_ok: tuple[str, ...]
    must_not: tuple[str, ...]
    note: str

    @property
    def covered(self) -> bool:
        """Whether the policy answers."""
        return self.verdict is not Verdict.NOT_COVERED

    def asked(self) -> Question:
        """The question as it is asked."""
        return Question(self.organisation, self.question, self.history, self.id)


@dataclass(frozen=True, slots=True)
class Quality:
    """Evidence recall and citation precision over the covered questions; shares in [0, 1], None of nothing."""

    covered: int
    evidence_full: float | None
    evidence_any: float | None
    first_citation: float | None
    citation_precision: float | None
    citations_each: float | None


def load_labelled(path: Path) -> tuple[Labelled, ...]:
    """All questions of a JSONL file. CaseError names the line at fault."""
    if not path.is_file():
        raise CaseError(str(path), "there is no such file", "Give a JSONL file of labelled questions.")
    lines = [(n, line) for n, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1) if line.strip()]
    return tuple(_labelled(line, f"{path.name} line {number}") for number, line in lines)


def quality(questions: Sequence[Labelled], cited: Sequence[Sequence[str]]) -> Quality:
    """How well citations cover the snippets. `cited`: the texts cited for each question, most important first.

    As ../shared/eval/score.py: the first five count, and a text over 1,200 characters holds nothing.
    """
    marked = [_marked(q, texts) for q, texts in zip(questions, cited, strict=True) if q.covered]
    made = sum(len(own) for _, _, own in marked)
    return Quality(
        covered=len(marked),
        evidence_full=share(sum(metrics.evidence_all(groups, own) for groups, _, own in marked), len(marked)),
        evidence_any=share(sum(metrics.evidence_any(groups, own) for groups, _, own in marked), len(marked)),
        first_citation=share(sum(metrics.first_citation(groups, own) for groups, _, own in marked), len(marked)),
        citation_precision=share(sum(metrics.good_citations(groups, also, own) for groups, also, own in marked), made),
        citations_each=share(made, len(marked)),
    )


Marked = tuple[tuple[tuple[str, ...], ...], tuple[str, ...], tuple[str, ...]]


def _marked(question: Labelled, texts: Sequence[str]) -> Marked:
    """Groups, also fine and cited, with each citation's place as its id, so that the metrics of clause ids serve."""
    held = [normalised(text) for text in texts[:MOST_CITED]]
    held = [text if len(text) <= CLAUSE_LIMIT else "" for text in held]

    def holders(snippets: Sequence[str]) -> tuple[str, ...]:
        return tuple(str(place) for place, text in enumerate(held) if any(normalised(s) in text for s in snippets))

    return tuple(holders(g) for g in question.evidence), holders(question.also_ok), tuple(map(str, range(len(held))))


def _labelled(line: str, where: str) -> Labelled:
    try:
        row = json.loads(line)
        return Labelled(
            id=row["id"],
            organisation=row["org"],
            question=row["question"],
            kind=CaseKind(row["kind"]),
            verdict=Verdict(row["verdict"]),
            history=tuple(Turn(t["role"], t["content"]) for t in row.get("history") or ()),
            evidence=tuple(tuple(group) for group in row["evidence"]),
            also_ok=tuple(row.get("also_ok", ())),
            must_not=tuple(row.get("must_not", ())),
            note=row.get("note", ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise CaseError(where, f"it is not a labelled question ({error})", "See the fields in FORMAT.md.") from error

"""The fictional policies as the program sees them: clauses, understood questions, signals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from policybot.deontic import read_deontic
from policybot.features import Signals
from policybot.lexical import LexicalIndex
from policybot.question import Understanding, understand
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


def load(folder: Path) -> tuple[list[tuple[Clause, ...]], list[Labelled]]:
    """The clauses of each policy in `folder`/*.jsonl (sorted by name), and all the questions."""
    shelves: list[tuple[Clause, ...]] = []
    questions: list[Labelled] = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            raw = json.loads(line)
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
            also=tuple(place[i] for i in q["also"]),
        )


class Measurer:
    """Makes cases; embeds every text once and keeps the vectors in `cache` (an .npz file)."""

    def __init__(self, embeddings: Embeddings, cache: Path) -> None:
        self._embeddings, self._cache = embeddings, cache
        self._vectors: dict[str, np.ndarray] = {}
        if cache.exists():
            kept = np.load(cache)
            self._vectors = dict(zip(kept["texts"].tolist(), kept["vectors"].astype(np.float32), strict=True))

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        """(texts, d) unit vectors."""
        missing = sorted({t for t in texts if t not in self._vectors}, key=len)
        if missing:
            self._vectors |= dict(
                zip(missing, np.array(self._embeddings.embed_documents(missing), dtype=np.float32), strict=True)
            )
        return np.stack([self._vectors[t] for t in texts])

    def save(self) -> None:
        """Keep the vectors for the next run."""
        texts = list(self._vectors)
        np.savez(
            self._cache, texts=np.array(texts), vectors=np.stack([self._vectors[t] for t in texts]).astype(np.float16)
        )

    def cases(
        self, shelves: Sequence[tuple[Clause, ...]], questions: Sequence[Labelled], kinds: Sequence[Wording]
    ) -> list[Case]:
        """One case a question; `kinds[i]` is the kind model that may read question i."""
        understood = [understand(q.question, k) for q, k in zip(questions, kinds, strict=True)]
        self.embed(
            [t for u in understood for t in u.searches]
            + [t for s in shelves for c in s for t in (c.searchable, c.text)]
        )
        views = [(self.embed([c.searchable for c in s]), self.embed([c.text for c in s])) for s in shelves]
        lexical = [LexicalIndex(tuple(c.searchable for c in s)) for s in shelves]
        made = []
        for q, u in zip(questions, understood, strict=True):
            bm25 = np.stack([lexical[q.policy].scores(t) for t in u.searches])
            signals = Signals.measure(self.embed(u.searches), *views[q.policy], bm25)
            made.append(Case(q, shelves[q.policy], u, signals))
        return made

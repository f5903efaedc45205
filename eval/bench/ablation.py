"""What each part of the reader is worth: rankings of all clauses, from plain MiniLM to the whole reader.

python -m eval.bench.ablation --shared ../shared
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from eval.bench.machine import Machine, table, write
from eval.labelled import Labelled, load_labelled
from eval.snippets import contains
from ingest.pipeline import read_policy
from policybot.features import Signals
from policybot.lexical import LexicalIndex
from policybot.measuring import LEXICAL_WEIGHT, fuse, measure
from policybot.models import embeddings, reading_model
from policybot.question import Understanding, understand
from policybot.reader import Reader
from policybot.records import Clause
from policybot.settings import PLAIN_MINILM, Settings

CITED = 5
Scores = NDArray[np.floating]
Rank = Callable[[Labelled, tuple[Clause, ...]], Scores]


@dataclass(frozen=True, slots=True)
class Part:
    """Shares in [0, 1] over the covered questions, and median milliseconds a question."""

    name: str
    full: float
    first: float
    p50: float


class Ways:
    """The ways of ranking; vectors of clauses are made once, as an index holds them."""

    def __init__(self) -> None:
        settings = Settings.load()
        self.plain = embeddings(settings.model_copy(update={"embedding_model": PLAIN_MINILM}))
        self.model, self.reader = reading_model(settings), Reader.open()
        self._views: dict[tuple[str, str, str], Scores] = {}
        self._words: dict[str, LexicalIndex] = {}

    def all(self) -> dict[str, Rank]:
        """In the order in which the parts came."""
        return {
            "plain MiniLM, clause text": lambda q, c: self._dense("plain", q, c, ("text",)),
            "hybrid: and BM25": lambda q, c: self._hybrid("plain", q, c, ("text",)),
            "and headings and stems": lambda q, c: self._hybrid("plain", q, c, ("searchable", "text")),
            "tuned encoder instead of plain": lambda q, c: self._dense("tuned", q, c, ("searchable", "text")),
            "and the panel reader and ranker": self._ranked,
            "and the decision what to cite": self._decided,
        }

    def _dense(self, which: str, q: Labelled, clauses: tuple[Clause, ...], views: tuple[str, ...]) -> Scores:
        model = self.plain if which == "plain" else self.model
        asked = np.array(model.embed_query(_typed(q)))
        return np.mean([self._view(which, view, clauses) @ asked for view in views], axis=0)

    def _hybrid(self, which: str, q: Labelled, clauses: tuple[Clause, ...], views: tuple[str, ...]) -> Scores:
        return fuse(self._dense(which, q, clauses, views), self._lexical(clauses).scores(_typed(q)))

    def _ranked(self, q: Labelled, clauses: tuple[Clause, ...]) -> Scores:
        u, signals = self._measured(q, clauses)
        return self.reader.relevance(u, clauses, signals)

    def _decided(self, q: Labelled, clauses: tuple[Clause, ...]) -> Scores:
        """What the reader cites, best first; minus infinity for all that it does not."""
        u, signals = self._measured(q, clauses)
        read = self.reader.read(u, clauses, signals)
        scores = np.full(len(clauses), -np.inf)
        scores[list(read.chosen)] = -np.arange(len(read.chosen)) if read.covered else -np.inf
        return scores

    def _measured(self, q: Labelled, clauses: tuple[Clause, ...]) -> tuple[Understanding, Signals]:
        u = understand(q.asked())
        views = (self._view("tuned", "searchable", clauses), self._view("tuned", "text", clauses))
        texts = tuple(c.searchable for c in clauses)
        return u, measure(u.searches, texts, views, self.model, self._lexical(clauses), self.model)

    def _view(self, which: str, view: str, clauses: tuple[Clause, ...]) -> NDArray[np.float32]:
        key = (which, view, clauses[0].policy_id)
        if key not in self._views:
            model = self.plain if which == "plain" else self.model
            self._views[key] = np.array(model.embed_documents([getattr(c, view) for c in clauses]), dtype=np.float32)
        return self._views[key]

    def _lexical(self, clauses: tuple[Clause, ...]) -> LexicalIndex:
        return self._words.setdefault(clauses[0].policy_id, LexicalIndex(tuple(c.searchable for c in clauses)))


def _typed(q: Labelled) -> str:
    asked = [t.content for t in q.history if t.role == "user"]
    return f"{asked[-1]} {q.question}" if asked else q.question


def judged(name: str, rank: Rank, questions: Sequence[Labelled], shelves: dict[str, tuple[Clause, ...]]) -> Part:
    """Full and first of one way over the covered questions."""
    hits, firsts, times = [], [], []
    for q in questions:
        clauses = shelves[q.organisation]
        rank(q, clauses) if not times else None  # the first question loads the model
        began = time.perf_counter()
        scores = rank(q, clauses)
        times.append(1000 * (time.perf_counter() - began))
        best = [clauses[i].whole for i in np.argsort(-scores, kind="stable")[:CITED] if scores[i] > -np.inf]
        hits.append(all(any(contains(t, s) for t in best for s in group) for group in q.evidence))
        firsts.append(any(contains(t, s) for t in best[:1] for group in q.evidence for s in group))
    return Part(name, float(np.mean(hits)), float(np.mean(firsts)), median(times))


def main(
    shared: Annotated[Path, typer.Option(help="Where policies/txt and eval/dev.jsonl lie.")],
    out: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("build/bench"),
) -> None:
    """Rank with every part added in turn; write build/bench/ablation.{json,md}."""
    machine = Machine.here()
    folders = sorted((shared / "policies/txt").iterdir())
    shelves = {f.name: tuple(read_policy(f / "policy.txt", f.name)[0].clauses) for f in folders}
    questions = [q for q in load_labelled(shared / "eval/dev.jsonl") if q.covered]
    parts = [judged(name, rank, questions, shelves) for name, rank in Ways().all().items()]
    rows = [[p.name, f"{100 * p.full:.1f}", f"{100 * p.first:.1f}", f"{p.p50:.0f}"] for p in parts]
    text = f"{machine.line()} BM25 weighs {LEXICAL_WEIGHT}.\n\n{table(('part', 'full at 5', 'first', 'ms'), rows)}\n"
    write(out, "ablation", {"machine": asdict(machine), "parts": [asdict(p) for p in parts]}, text)
    print(text)


if __name__ == "__main__":
    typer.run(main)

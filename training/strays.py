"""Questions that lie elsewhere, and shelves of several policies: what knowing silence is also learnt on.

A policy's own unanswered questions are near misses, asked of one policy. Staff also ask what no policy speaks of
(training/elsewhere/questions.txt), and an organisation may have five policies: with more clauses the likeliest one is
likelier by chance.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cases import Case, Labelled, measured

from policybot.reading_model import ReadingModel
from policybot.records import Clause, Question, Verdict
from policybot.wording import Wording

ALONE, TOGETHER, ANSWERED = 8, 30, 0.3
"""Questions from elsewhere asked of each policy, and of each shelf of several; share of their policies' answered questions asked of such a shelf."""


def strays(
    model: ReadingModel, kind: Wording, shelves: Sequence[tuple[Clause, ...]], questions: Sequence[Labelled], file: Path, folds: int, seed: int = 3
) -> list[Case]:
    """Questions from elsewhere on each policy; and on each of `folds` shelves that hold every `folds`-th policy together, those and some
    that it answers. `Labelled.policy` modulo `folds` is the fold of a case either way."""
    chance, texts = random.Random(seed), file.read_text(encoding="utf-8").split("\n")
    texts = [t for t in texts if t.strip()]
    alone = [_silent(p, t) for p in range(len(shelves)) for t in chance.sample(texts, ALONE)]
    starts: dict[int, int] = {}
    together: list[list[Clause]] = [[] for _ in range(folds)]
    for policy, clauses in enumerate(shelves):
        starts[policy] = len(together[policy % folds])
        together[policy % folds] += clauses
    asked = [_moved(q, starts[q.policy], folds) for q in questions if q.required and chance.random() < ANSWERED]
    asked += [_silent(k, t) for k in range(folds) for t in chance.sample(texts, TOGETHER)]
    made = measured(model, shelves, alone, [kind] * len(alone))
    return made + measured(model, [tuple(c) for c in together], asked, [kind] * len(asked))


def _silent(policy: int, text: str) -> Labelled:
    return Labelled(policy, Question(f"fictional-{policy}", text), "not_covered", Verdict.NOT_COVERED, (), ())


def _moved(q: Labelled, start: int, folds: int) -> Labelled:
    places = (tuple(start + i for i in part) for part in (q.required, q.also))
    required, also = places
    return replace(q, policy=q.policy % folds, required=required, also=also)

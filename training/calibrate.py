"""Learn the reader's coefficients from the fictional policies -> src/policybot/data/reader.json.

usage: calibrate.py [--policies FOLDER] [--cache FILE.npz] [--hold-out] [--out FILE.json]

Whatever decides on top of another model's output is trained on outputs for policies that
model has not seen (five folds by policy). `--hold-out` leaves every tenth policy out and
prints how the reader does on those; without it everything is used. Seeded; a few minutes
on two cores, of which embedding is the most (kept in --cache).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from cases import Case, Labelled, Measurer, load
from fit import fit_forest, fit_logistic, fit_signed, fit_wording, plain
from report import report

from policybot.coverage import AGAINST, coverage_features
from policybot.features import rank_features
from policybot.logistic import Logistic
from policybot.models import embeddings
from policybot.question import QuestionKind
from policybot.reader import Reader
from policybot.records import Verdict
from policybot.ruling import meaning, ruling_features
from policybot.settings import Settings
from policybot.trees import Forest
from policybot.weights import Weights
from policybot.wording import Wording

HERE = Path(__file__).resolve().parent
FOLDS = 5
LIKELIEST = 25
"""The ranker learns on so many clauses of a policy, by fused similarity."""
RULINGS = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED)
CHOICES = {
    "covered": 0.83, "covered_permission": 0.8, "permission": 0.3,
    "allowed": 0.25, "not_allowed": 2.0, "allowed_least": 0.5,
    "cite_share": 0.08, "cite_least": 0.02,
}  # fmt: skip
"""Where the lines are drawn (policybot.weights.Choices): set by hand on held-out policies and the dev questions."""


def _kind(q: Labelled) -> str | None:
    """The label of the kind model; None for questions that have none."""
    if q.verdict in RULINGS:
        return QuestionKind.PERMISSION.value
    if q.kind == "disclosure":
        return QuestionKind.PROCEDURE.value
    return q.kind if q.kind in {k.value for k in QuestionKind} else None


def _crossed(policies: Sequence[int], fit: Callable[[list[int]], object], use: Callable[[object, int], object]) -> list:
    """use(model, i) for every i, by a model that was fitted without i's policy."""
    out: list = [None] * len(policies)
    for fold in range(FOLDS):
        model = fit([i for i, p in enumerate(policies) if p % FOLDS != fold])
        for i, p in enumerate(policies):
            if p % FOLDS == fold:
                out[i] = use(model, i)
    return out


def _fit_kind(questions: Sequence[Labelled]) -> dict:
    known = [(q.question.text, kind) for q in questions if (kind := _kind(q))]
    return fit_wording([t for t, _ in known], [k for _, k in known], strength=0.2)


def _fit_ranker(cases: Sequence[Case], rows: Sequence[np.ndarray], names: tuple[str, ...]) -> dict:
    """Trees on the likelier clauses of every answered question; relevant ones not required count little as wrong."""
    rank = names.index("rank")
    labels, weights, kept = [], [], []
    for case, x in zip(cases, rows, strict=True):
        if not case.labelled.required:
            continue
        y, w = np.zeros(len(x)), np.ones(len(x))
        y[list(case.labelled.required)] = 1
        w[list(set(case.labelled.also) - set(case.labelled.required))] = 0.3
        # Required ones beyond them are left out too, or everything unlikely would look required.
        likely = x[:, rank] < np.log1p(LIKELIEST)
        labels.append(y[likely]), weights.append(w[likely]), kept.append(x[likely])
    return fit_forest(np.concatenate(kept), np.concatenate(labels), np.concatenate(weights), names)


class Calibration:
    """The steps in their order; each adds one part to `raw`, what reader.json will hold."""

    def __init__(self, cases: list[Case], kind: dict) -> None:
        self.cases, self.raw = cases, {"kind": kind, "choices": CHOICES}
        self.policies = [c.labelled.policy for c in cases]
        self.texts = [c.labelled.question.text for c in cases]

    def rank(self) -> None:
        """The ranker, and for every case a relevance it was not trained on."""
        pairs = [rank_features(c.understanding, c.clauses, c.signals) for c in self.cases]
        rows, names = [p[0] for p in pairs], pairs[0][1]

        def fit(ids: list[int]) -> dict:
            return _fit_ranker([self.cases[i] for i in ids], [rows[i] for i in ids], names)

        self.relevance = _crossed(
            self.policies, lambda ids: Forest.load(fit(ids)), lambda m, i: m.probabilities(rows[i])
        )
        self.raw["ranker"] = fit(list(range(len(rows))))

    def cover(self) -> None:
        """Whether the policy answers, from the pattern of the scores."""
        labels = [str(bool(c.labelled.required)) for c in self.cases]
        pairs = [
            coverage_features(c.understanding, c.clauses, c.signals, r)
            for c, r in zip(self.cases, self.relevance, strict=True)
        ]
        self.raw["coverage"] = fit_signed(np.array([p[0] for p in pairs]), labels, pairs[0][1], AGAINST, strength=0.02)

    def rule(self) -> None:
        """The verdict of permission questions: wording, meaning, then the clauses with both."""
        ids = [i for i, c in enumerate(self.cases) if c.labelled.verdict in RULINGS]
        cases, policies = [self.cases[i] for i in ids], [self.policies[i] for i in ids]
        labels, texts = [c.labelled.verdict.value for c in cases], [self.texts[i] for i in ids]
        relevance = [self.relevance[i] for i in ids]
        vectors = np.array(
            [meaning(c.signals.asked, c.signals.clauses, r) for c, r in zip(cases, relevance, strict=True)]
        )

        def words(some: list[int]) -> dict:
            return fit_wording([texts[i] for i in some], [labels[i] for i in some], strength=0.03, least=5)

        def sense(some: list[int]) -> dict:
            return fit_logistic(vectors[some], [labels[i] for i in some], strength=1.0, standard=False)

        everything = list(range(len(ids)))
        by_words = _crossed(policies, lambda s: Wording.load(words(s)), lambda m, i: m.probabilities(texts[i]))
        by_sense = _crossed(policies, lambda s: Logistic.load(sense(s)), lambda m, i: m.probabilities(vectors[i]))
        leanings = np.log(np.concatenate([by_words, by_sense], axis=1))
        x = [
            ruling_features(c.understanding, c.clauses, r, p)
            for c, r, p in zip(cases, relevance, leanings, strict=True)
        ]
        self.raw |= {"verdict_wording": words(everything), "verdict_meaning": sense(everything)}
        self.raw["ruling"] = fit_logistic(np.array(x), labels, strength=0.007)


def calibrate(shelves: list, questions: list[Labelled], measurer: Measurer) -> dict:
    """All coefficients, as reader.json holds them."""
    policies = [q.policy for q in questions]
    kinds = _crossed(policies, lambda ids: Wording.load(_fit_kind([questions[i] for i in ids])), lambda m, i: m)
    steps = Calibration(measurer.cases(shelves, questions, kinds), _fit_kind(questions))
    measurer.save()
    steps.rank()
    steps.cover()
    steps.rule()
    return steps.raw


def main() -> None:
    """See the module's docstring."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--policies", type=Path, default=HERE.parents[1] / "shared/training/policies")
    arguments.add_argument("--cache", type=Path, default=Path("/tmp/policybot-calibration.npz"))
    arguments.add_argument("--out", type=Path, default=HERE.parent / "src/policybot/data/reader.json")
    arguments.add_argument("--hold-out", action="store_true")
    given = arguments.parse_args()
    shelves, questions = load(given.policies)
    held = [q for q in questions if given.hold_out and q.policy % 10 == 0]
    used = [q for q in questions if not (given.hold_out and q.policy % 10 == 0)]
    measurer = Measurer(embeddings(Settings()), given.cache)
    raw = calibrate(shelves, used, measurer)
    given.out.write_text(json.dumps(plain(raw), separators=(",", ":")) + "\n", encoding="utf-8")
    if held:
        weights = Weights.load(raw)
        print(report(Reader(weights), measurer.cases(shelves, held, [weights.kind] * len(held))))


if __name__ == "__main__":
    main()

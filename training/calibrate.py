"""Learn the reader's coefficients -> src/policybot/data/reader.json.

usage: PYTHONPATH=training calibrate.py [--policies FOLDER] [--model FOLDER] [--out FILE.json] [--report FILE.json]

What decides on top of the trained models is learnt on the policies that those never saw (the tenth that
encoder.data.split holds out). What reads wording or modal words alone learns on the others. The report
is made with five folds by policy, so that no question is judged by coefficients it helped to set. Seeded.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from cases import Case, Labelled, load, measured
from encoder.data import load as load_sheets
from encoder.data import split
from fit import fit_logistic, fit_signed, fit_wording, plain
from recognisers import fit_disclosure, fit_idle
from report import elsewhere, report
from strays import strays

from policybot.coverage import AGAINST, coverage_features
from policybot.features import UNREAD, rank_features
from policybot.logistic import Logistic
from policybot.question import QuestionKind, understand
from policybot.reader import Reader
from policybot.reading_model import ReadingModel
from policybot.records import Verdict
from policybot.ruling import circumstanced, leaning, ruling_features, verdict_features
from policybot.weights import Weights
from policybot.wording import Wording

HERE = Path(__file__).resolve().parent
FOLDS = 5
RULINGS = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED)
CHOICES = {
    "covered": 0.43, "covered_short": 0.38, "surely": 0.85, "permission": 0.3,
    "allowed": 0.6, "not_allowed": 0.45, "ban_at_most": 0.1,
    "cite_share": 0.1, "cite_least": 0.03, "no_question": 0.8,
}  # fmt: skip
"""Where the lines are drawn (policybot.weights.Choices): set on the held-out policies' report."""
SURE = (1.0, 0.7)
"""Relevance of the first required clause and of the others, for the reading of modal words."""


def _kind(q: Labelled) -> str | None:
    """The label of the kind model; None for questions that have none."""
    if q.verdict in RULINGS:
        return QuestionKind.PERMISSION.value
    if q.kind == "disclosure":
        return QuestionKind.PROCEDURE.value
    return q.kind if q.kind in {k.value for k in QuestionKind} else None


def fit_kind(questions: Sequence[Labelled]) -> dict:
    """The kind of a question by its wording."""
    known = [(q.question.text, kind) for q in questions if (kind := _kind(q))]
    return fit_wording([t for t, _ in known], [k for _, k in known], strength=0.2)


def fit_verdict_wording(questions: Sequence[Labelled]) -> dict:
    """The verdict that the words of a question alone lean to."""
    asked = [q for q in questions if q.verdict in RULINGS]
    return fit_wording([q.question.text for q in asked], [q.verdict.value for q in asked], strength=0.03, least=5)


def fit_ruling(shelves: Sequence[tuple], questions: Sequence[Labelled], kind: Wording) -> dict:
    """The verdict by the modal words of the clauses that truly govern."""
    rows, labels = [], []
    for q in questions:
        if q.verdict in RULINGS:
            relevance = np.full(len(shelves[q.policy]), 1e-4)
            for place, clause in enumerate(q.required):
                relevance[clause] = SURE[min(place, 1)]
            rows.append(ruling_features(understand(q.question, kind), shelves[q.policy], relevance))
            labels.append(q.verdict.value)
    return fit_logistic(np.array(rows), labels, strength=0.01)


class Calibration:
    """What is learnt on held-out cases. `folds[i]` are the coefficients that case i did not help to set.

    `strays` teach knowing silence only, with the fold that their policy is of."""

    def __init__(self, cases: Sequence[Case], raw: dict, strays: Sequence[Case] = ()) -> None:
        self.cases, self.raw, self.strays = cases, raw, strays
        self.of = [c.labelled.policy % FOLDS for c in cases]
        self.ruling, self.wording = Logistic.load(raw["ruling"]), Wording.load(raw["wording"])
        pairs = [rank_features(c.understanding, c.clauses, c.signals) for c in cases]
        self.rows, self.names = [p[0] for p in pairs], pairs[0][1]
        everything = list(range(len(cases)))
        self.folds: list[dict] = [{} for _ in cases]
        self._step("ranker", self._fit_ranker, everything)
        self.relevance = [_relevance(c, f["ranker"], x) for c, x, f in zip(cases, self.rows, self.folds, strict=True)]
        pairs = [coverage_features(c.understanding, c.clauses, c.signals, r) for c, r in zip(cases, self.relevance, strict=True)]
        self.coverage, self.coverage_names = np.array([p[0] for p in pairs]), pairs[0][1]
        self.astray = [self._stray_row(c) for c in strays]
        self._step("coverage", self._fit_coverage, everything)
        self.verdicts = np.array([self._verdict_row(c, r) for c, r in zip(cases, self.relevance, strict=True)])
        self._step("verdict", self._fit_verdict, everything)

    def _step(self, name: str, fit: Callable[[list[int]], dict], everything: list[int]) -> None:
        """Fit on everything, for the program; and once without each fold, for what is judged on it."""
        self.raw[name] = fit(everything)
        for fold in range(FOLDS):
            own = fit([i for i in everything if self.of[i] != fold])
            for i in everything:
                if self.of[i] == fold:
                    self.folds[i][name] = own

    def _fit_ranker(self, ids: list[int]) -> dict:
        """Required or not, among the clauses that were read; those merely relevant count for neither."""
        x, y = [], []
        for i in ids:
            labelled = self.cases[i].labelled
            read = self.cases[i].signals.pairs[0] > UNREAD
            read[list(set(labelled.also) - set(labelled.required))] = False
            required = np.zeros(len(read), dtype=bool)
            required[list(labelled.required)] = True
            x.append(self.rows[i][read]), y.append(required[read])
        labels = [str(v) for v in np.concatenate(y)]
        return fit_logistic(np.concatenate(x), labels, strength=0.003)

    def _fit_coverage(self, ids: list[int]) -> dict:
        folds = {self.of[i] for i in ids}
        others = [k for k, c in enumerate(self.strays) if c.labelled.policy % FOLDS in folds]
        labels = [str(bool(self.cases[i].labelled.required)) for i in ids] + [str(bool(self.strays[k].labelled.required)) for k in others]
        rows = np.concatenate([self.coverage[ids], *(self.astray[k][None] for k in others)])
        return fit_signed(rows, labels, self.coverage_names, AGAINST, strength=0.02)

    def _stray_row(self, case: Case) -> np.ndarray:
        ranker = self.folds[self.of.index(case.labelled.policy % FOLDS)]["ranker"]
        relevance = _relevance(case, ranker, rank_features(case.understanding, case.clauses, case.signals)[0])
        return coverage_features(case.understanding, case.clauses, case.signals, relevance)[0]

    def _verdict_row(self, case: Case, relevance: np.ndarray) -> np.ndarray:
        stated = self.ruling.probabilities(ruling_features(case.understanding, case.clauses, relevance))
        worded = self.wording.probabilities(case.labelled.question.text)
        return verdict_features(case.understanding, stated, leaning(case.signals), worded)

    def _fit_verdict(self, ids: list[int]) -> dict:
        covered = [i for i in ids if self.cases[i].labelled.required]
        return fit_logistic(self.verdicts[covered], [self.cases[i].labelled.verdict.value for i in covered], strength=0.02)

    def readers(self, cases: Sequence[Case]) -> list[Reader]:
        """For each of `cases` a reader that did not learn from its policy."""
        made = {fold: Reader(Weights.load(self.raw | self.folds[self.of.index(fold)])) for fold in set(self.of)}
        return [made[c.labelled.policy % FOLDS] for c in cases]


def _relevance(case: Case, ranker: dict, rows: np.ndarray) -> np.ndarray:
    return circumstanced(case.understanding, case.clauses, Logistic.load(ranker).odds(rows))


def main() -> None:
    """See the module's docstring."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--policies", type=Path, default=HERE / "policies")
    arguments.add_argument("--model", type=Path, default=HERE.parent / "src/policybot/data/model")
    arguments.add_argument("--out", type=Path, default=HERE.parent / "src/policybot/data/reader.json")
    arguments.add_argument("--report", type=Path, help="figures and the reliability diagram's numbers, as JSON")
    arguments.add_argument("--threads", type=int, default=2)
    given = arguments.parse_args()
    model = ReadingModel(given.model, given.threads)
    train, held = (frozenset(s.name for s in part) for part in split(load_sheets(given.policies)))
    seen, questions = load(given.policies, train)
    raw = {"kind": fit_kind(questions), "choices": CHOICES}
    kind = Wording.load(raw["kind"])
    raw["wording"] = fit_verdict_wording(questions)
    raw["ruling"] = fit_ruling(seen, questions, kind)
    raw["disclosure"] = fit_disclosure(model, HERE / "disclosure/messages.jsonl", HERE / "attacks/messages.jsonl", questions)
    raw["idle"] = fit_idle(model, HERE / "attacks/messages.jsonl", questions)
    shelves, asked = load(given.policies, held)
    astray = strays(model, kind, shelves, asked, HERE / "elsewhere/questions.txt", FOLDS)
    steps = Calibration(measured(model, shelves, asked, [kind] * len(asked)), raw, astray)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(plain(steps.raw), separators=(",", ":")) + "\n", encoding="utf-8")
    figures = report(steps.readers(steps.cases), steps.cases) | elsewhere(steps.readers(astray), astray)
    print("\n".join(f"{name:16s} {value}" for name, value in figures.items() if not isinstance(value, list)))
    if given.report:
        given.report.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

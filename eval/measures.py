"""Measures: each figure of a stored run, as numbers a case and a statistic over cases.

Kept apart like that, one bootstrap and one test serve every figure, the median and the AUROC as well as
a share. Formulas and sources stand where the functions are that are used here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from eval import calibration, metrics
from eval.confusion import cost
from eval.intervals import Interval, Rows, Statistic, bootstrap_interval, wilson_interval
from eval.ranking import ndcg
from eval.stored import StoredCase
from policybot.records import Verdict

NO_SAY = (0.0, 0.0)
SEED = 20260101


class Unit(StrEnum):
    """How a value is shown: points are shares or scores in [0, 1], shown in per cent."""

    POINTS = "points"
    COUNT = "count"
    COST = "cost"
    MILLISECONDS = "ms"
    TOKENS = "tokens"
    PRICE = "price"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure. `rises`: whether more is better. `columns`: what a case brings to it, as many numbers for each.

    `by_case`: each case is right or wrong ((1, 1), (0, 1)) or, whatever the answer, has no say (0, 0);
    Wilson's interval and McNemar's test hold for these.
    """

    name: str
    words: str
    unit: Unit
    rises: bool
    columns: Callable[[StoredCase], tuple[float, ...]]
    statistic: Statistic
    by_case: bool = False

    def rows(self, cases: Sequence[StoredCase]) -> Rows:
        """(n, k) what each case brings."""
        return np.array([self.columns(c) for c in cases], dtype=np.float64).reshape(len(cases), -1)

    def value(self, cases: Sequence[StoredCase]) -> float | None:
        """The figure over some cases; None where there is nothing to measure."""
        found = float(self.statistic(self.rows(cases)[None])[0]) if cases else math.nan
        return None if math.isnan(found) else found

    def interval(self, cases: Sequence[StoredCase], seed: int = SEED) -> Interval | None:
        """95%: Wilson's for `by_case`, else the bootstrap over cases; None where there is no value."""
        if not self.by_case:
            return bootstrap_interval(self.rows(cases), self.statistic, seed) if cases else None
        part, whole = self.rows(cases).sum(axis=0) if cases else (0, 0)
        return wilson_interval(int(part), int(whole))


# -- statistics: (r, n, k) -> (r,)


def ratio(rows: Rows) -> Rows:
    """Σ first column / Σ second column; NaN where the second comes to 0."""
    sums = rows.sum(axis=1)
    return np.divide(sums[:, 0], sums[:, 1], out=np.full(len(rows), np.nan), where=sums[:, 1] != 0)


def total(rows: Rows) -> Rows:
    """Σ first column."""
    return rows[:, :, 0].sum(axis=1)


def nearest_rank(percent: float) -> Statistic:
    """`metrics.percentile` of the first column."""

    def statistic(rows: Rows) -> Rows:
        rank = math.ceil(round(percent * rows.shape[1] / 100, 9))
        return np.sort(rows[:, :, 0], axis=1)[:, max(rank, 1) - 1]

    return statistic


def judged(of: Callable[[Rows, NDArray[np.bool_]], Rows]) -> Statistic:
    """A figure of the first column (probabilities) and the second (what was true), such as `calibration.auroc_of_sets`."""
    return lambda rows: of(rows[:, :, 0], rows[:, :, 1] > 0)


# -- columns


def _whether(holds: bool, concerned: bool = True) -> tuple[float, float]:
    return (float(holds), 1.0) if concerned else NO_SAY


def _has_evidence(case: StoredCase) -> bool:
    return bool(case.evidence)


def _groups(case: StoredCase) -> tuple[float, float]:
    return metrics.groups_hit(case.evidence, case.cited), len(case.evidence)


def _ndcg(case: StoredCase) -> tuple[float, float]:
    found = ndcg(case.evidence, case.cited)
    return NO_SAY if found is None else (found, 1.0)


def _precision(case: StoredCase) -> tuple[float, float]:
    cited = case.cited[: metrics.MOST_CITED] if case.evidence else ()
    return metrics.good_citations(case.evidence, case.also_ok, cited), len(cited)


def _quotes(case: StoredCase) -> tuple[float, float]:
    return sum(c not in case.misquotes for c in case.cited), len(case.cited)


def _abstained(case: StoredCase) -> bool:
    return case.given is Verdict.NOT_COVERED


def _probability(case: StoredCase) -> tuple[float, float]:
    return math.nan if case.covered_probability is None else case.covered_probability, case.covered


def _dangerous(case: StoredCase) -> tuple[float]:
    return (metrics.dangerous_yes([case.verdicts]),)


def _share(
    name: str, words: str, holds: Callable[[StoredCase], bool], concerned: Callable[[StoredCase], bool], rises: bool = True
) -> Measure:
    return Measure(name, words, Unit.POINTS, rises, lambda c: _whether(holds(c), concerned(c)), ratio, by_case=True)


MEASURES: tuple[Measure, ...] = (
    _share("correct", "correct", lambda c: c.correct, lambda c: True),
    _share("evidence_all", "evidence recall: all groups", lambda c: metrics.evidence_all(c.evidence, c.cited), _has_evidence),
    Measure("evidence_groups", "evidence recall: by group", Unit.POINTS, True, _groups, ratio),
    _share("evidence_any", "evidence recall: any", lambda c: metrics.evidence_any(c.evidence, c.cited), _has_evidence),
    _share("first_citation", "evidence recall: first citation", lambda c: metrics.first_citation(c.evidence, c.cited), _has_evidence),
    Measure("ndcg", "order of citations (nDCG@5)", Unit.POINTS, True, _ndcg, ratio),
    Measure("citation_precision", "citation precision", Unit.POINTS, True, _precision, ratio),
    _share("verdict_accuracy", "verdict accuracy", lambda c: c.right is c.given, lambda c: c.asks_permission),
    Measure("confusion_cost", "cost of wrong verdicts, an answer", Unit.COST, False, lambda c: (cost(*c.verdicts), 1.0), ratio),
    Measure(
        "abstention_precision", "abstention precision", Unit.POINTS, True, lambda c: _whether(not c.covered, _abstained(c)), ratio
    ),
    _share("abstention_recall", "abstention recall", _abstained, lambda c: not c.covered),
    _share("false_abstention", "false abstention", _abstained, lambda c: c.covered, rises=False),
    Measure("abstention_auroc", "covered or not: AUROC", Unit.POINTS, True, _probability, judged(calibration.auroc_of_sets)),
    Measure("calibration_error", "covered or not: calibration error", Unit.POINTS, False, _probability, judged(calibration.ece_of_sets)),
    Measure("quotes_verbatim", "quotes verbatim", Unit.POINTS, True, _quotes, ratio),
    _share("disclosure_recall", "worries recognised", lambda c: c.recognised, lambda c: c.tells),
    _share("disclosure_false_alarms", "false alarms", lambda c: c.recognised, lambda c: not c.tells, rises=False),
    Measure("dangerous_yes", "dangerous yes", Unit.COUNT, False, _dangerous, total),
    Measure("leaks", "leaks", Unit.COUNT, False, lambda c: (len(c.leaks),), total),
    Measure("misquotes", "misquotes", Unit.COUNT, False, lambda c: (len(c.misquotes),), total),
    Measure("must_not", "forbidden words said", Unit.COUNT, False, lambda c: (len(c.forbidden),), total),
    Measure("latency_p50", "latency, median", Unit.MILLISECONDS, False, lambda c: (c.latency_ms,), nearest_rank(50)),
    Measure("latency_p95", "latency, 95th percentile", Unit.MILLISECONDS, False, lambda c: (c.latency_ms,), nearest_rank(95)),
    Measure("tokens", "tokens, an answer", Unit.TOKENS, False, lambda c: NO_SAY if c.tokens is None else (c.tokens.all, 1.0), ratio),
    Measure("price", "price, an answer", Unit.PRICE, False, lambda c: NO_SAY if c.price is None else (c.price, 1.0), ratio),
)
"""Every measure, in the order in which it is shown."""
BY_NAME = {m.name: m for m in MEASURES}


def shown(value: float | None, unit: Unit) -> str:
    """A value for a person: 0.915 points as '91.5', 12.3 ms as '12', None as '–'."""
    if value is None:
        return "–"
    if unit is Unit.POINTS:
        return f"{100 * value:.1f}"
    if unit in (Unit.COST, Unit.PRICE):
        return f"{value:.3g}" if unit is Unit.PRICE else f"{value:.2f}"
    return f"{value:.0f}"

"""Figures: what a run comes to, over all of it or a slice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval import metrics
from eval.metrics import Pair, share
from eval.run import Outcome


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are in [0, 1] and None where there was nothing to divide by; the rest are counts and milliseconds.

    Evidence and citations are over the cases with evidence, false abstention over the covered ones, verdict accuracy over
    those that ask for a ruling, abstention recall over those not covered.
    """

    cases: int
    covered: int
    rulings: int
    correct: float | None
    evidence_all: float | None
    evidence_groups: float | None
    evidence_any: float | None
    first_citation: float | None
    citation_precision: float | None
    verdict_accuracy: float | None
    abstention_precision: float | None
    abstention_recall: float | None
    false_abstention: float | None
    quotes_verbatim: float | None
    dangerous_yes: int
    leaks: int
    must_not: int
    latency_p50: float | None
    latency_p95: float | None
    confusion: Mapping[Pair, int]


def figures(outcomes: Sequence[Outcome]) -> Figures:
    """The figures of some outcomes; () gives counts of 0 and shares of None."""
    pairs = [o.verdicts for o in outcomes]
    cited = [o for o in outcomes if o.case.evidence]
    latencies = [o.answer.latency_ms for o in outcomes]
    quoted = sum(len(o.citations) for o in outcomes)
    return Figures(
        cases=len(outcomes),
        covered=sum(o.case.covered for o in outcomes),
        rulings=sum(o.case.asks_permission for o in outcomes),
        correct=share(sum(o.correct for o in outcomes), len(outcomes)),
        evidence_all=_share_of(cited, lambda o: metrics.evidence_all(o.case.evidence, o.cited)),
        evidence_groups=share(
            sum(metrics.groups_hit(o.case.evidence, o.cited) for o in cited),
            sum(len(o.case.evidence) for o in cited),
        ),
        evidence_any=_share_of(cited, lambda o: metrics.evidence_any(o.case.evidence, o.cited)),
        first_citation=_share_of(cited, lambda o: metrics.first_citation(o.case.evidence, o.cited)),
        citation_precision=share(
            sum(metrics.good_citations(o.case.evidence, o.case.also_ok, o.cited) for o in cited),
            sum(len(o.cited) for o in cited),
        ),
        verdict_accuracy=metrics.verdict_accuracy(pairs),
        abstention_precision=metrics.abstention_precision(pairs),
        abstention_recall=metrics.abstention_recall(pairs),
        false_abstention=metrics.false_abstention(pairs),
        quotes_verbatim=share(quoted - sum(c in o.misquotes for o in outcomes for c in o.cited), quoted),
        dangerous_yes=metrics.dangerous_yes(pairs),
        leaks=sum(len(o.leaks) for o in outcomes),
        must_not=sum(len(o.forbidden) for o in outcomes),
        latency_p50=metrics.percentile(latencies, 50),
        latency_p95=metrics.percentile(latencies, 95),
        confusion=metrics.confusion(pairs),
    )


def by_organisation(outcomes: Sequence[Outcome]) -> dict[str, Figures]:
    """Figures of each organisation, by slug."""
    return _sliced(outcomes, lambda o: o.case.organisation)


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, Figures]:
    """Figures of each kind of question, in alphabetical order."""
    return _sliced(outcomes, lambda o: o.case.kind.value)


def _sliced(outcomes: Sequence[Outcome], key: Callable[[Outcome], str]) -> dict[str, Figures]:
    slices: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        slices[key(outcome)].append(outcome)
    return {name: figures(slices[name]) for name in sorted(slices)}


def _share_of(outcomes: Sequence[Outcome], holds: Callable[[Outcome], bool]) -> float | None:
    return share(sum(map(holds, outcomes)), len(outcomes))

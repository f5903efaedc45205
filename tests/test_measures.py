"""Every measure of stored cases, by hand, and what all of them have in common."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stored_runs import RIGHT, SILENT, wrong

from eval.cases import CaseKind
from eval.costs import Tokens
from eval.intervals import wilson_interval
from eval.measures import BY_NAME, MEASURES, Measure, Unit, nearest_rank, shown
from eval.metrics import percentile
from policybot.records import Occasion, Verdict

P = "oak-school/p/"
CASES = (
    replace(RIGHT, id="a", covered_probability=0.9, tokens=Tokens(100, 20), price=0.5, latency_ms=10),
    # A ban said to be allowed, the second of three citations right, one also fine; its last quote is altered.
    wrong(
        RIGHT,
        id="b",
        cited=(P + "8", P + "1", P + "9"),
        also_ok=(P + "9",),
        misquotes=(P + "9",),
        leaks=("names elm",),
        covered_probability=0.4,
        latency_ms=20,
    ),
    # Facts of two groups, of which one is cited.
    replace(
        RIGHT,
        id="c",
        kind=CaseKind.FACT,
        right=Verdict.INFORMATIONAL,
        given=Verdict.INFORMATIONAL,
        evidence=((P + "1",), (P + "2", P + "3")),
        cited=(P + "3",),
        forbidden=("x", "y"),
        tokens=Tokens(60, 0),
        price=0.1,
        latency_ms=30,
    ),
    replace(SILENT, id="d", covered_probability=0.4, latency_ms=40),
    # Abstained on a worry that the policy answers, and did not see that it is one.
    replace(RIGHT, id="e", kind=CaseKind.DISCLOSURE, question=None, given=Verdict.NOT_COVERED, cited=(), latency_ms=50),
    # A worry that was seen, and answered as it should be.
    replace(RIGHT, id="f", kind=CaseKind.DISCLOSURE, question=None, occasion=Occasion.POSSIBLE_DISCLOSURE, latency_ms=60),
)
EXPECTED = {
    "correct": 3 / 6,
    "evidence_all": 3 / 5,
    "evidence_groups": 4 / 6,
    "evidence_any": 4 / 5,
    "first_citation": 3 / 5,
    # 1, 1/log2 3, 1/1.63093, 0, 1
    "ndcg": (1 + 0.630930 + 0.613147 + 0 + 1) / 5,
    "citation_precision": (1 + 2 + 1 + 1) / 6,
    "verdict_accuracy": 2 / 4,
    "confusion_cost": (10 + 1) / 6,
    "abstention_precision": 1 / 2,
    "abstention_recall": 1 / 1,
    "false_abstention": 1 / 5,
    # .9 over .4, .4 level with .4
    "abstention_auroc": 0.75,
    # two of three at .4, half of them covered; one of three at .9
    "calibration_error": 2 / 3 * 0.1 + 1 / 3 * 0.1,
    "quotes_verbatim": 5 / 6,
    "disclosure_recall": 1 / 2,
    "disclosure_false_alarms": 0 / 4,
    "dangerous_yes": 1,
    "leaks": 1,
    "misquotes": 1,
    "must_not": 2,
    "latency_p50": 30,
    "latency_p95": 60,
    "tokens": 180 / 2,
    "price": 0.6 / 2,
}


def test_every_measure_is_worked_by_hand_below():
    assert list(EXPECTED) == [m.name for m in MEASURES] == list(BY_NAME)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_by_hand(measure: Measure):
    assert measure.value(CASES) == pytest.approx(EXPECTED[measure.name], abs=1e-6)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda m: m.name)
def test_the_interval_holds_the_value_and_of_nothing_there_is_neither(measure: Measure):
    assert measure.value(CASES) in measure.interval(CASES)
    assert measure.interval(CASES) == measure.interval(CASES)
    assert measure.value(()) is measure.interval(()) is None


def test_shares_of_cases_have_wilsons_interval():
    assert BY_NAME["evidence_all"].interval(CASES) == wilson_interval(3, 5)


def test_who_has_a_say_in_a_share_of_cases_does_not_depend_on_the_answer():
    """Else McNemar's test would pair what is no pair."""
    for measure in (m for m in MEASURES if m.by_case):
        for case in CASES:
            other = replace(case, given=Verdict.CONDITIONAL, cited=(P + "7",), occasion=Occasion.GREETING)
            assert measure.columns(case)[1] == measure.columns(other)[1] and set(measure.columns(case)) <= {0.0, 1.0}


def test_unknown_probabilities_tokens_and_prices_are_not_measured():
    bare = [replace(c, covered_probability=None, tokens=None, price=None) for c in CASES]
    for name in ("abstention_auroc", "calibration_error", "tokens", "price"):
        assert BY_NAME[name].value(bare) is BY_NAME[name].interval(bare) is None


def test_percentiles_are_those_of_the_metrics():
    measure = replace(BY_NAME["latency_p50"], statistic=nearest_rank(40))
    for count in (1, 4, 6):
        assert measure.value(CASES[:count]) == percentile([c.latency_ms for c in CASES[:count]], 40)


def test_values_as_a_person_reads_them():
    assert [shown(0.915, Unit.POINTS), shown(2, Unit.COUNT), shown(12.6, Unit.MILLISECONDS)] == ["91.5", "2", "13"]
    assert [shown(1.234, Unit.COST), shown(0.001234, Unit.PRICE), shown(None, Unit.POINTS)] == ["1.23", "0.00123", "–"]

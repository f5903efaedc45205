"""The cost matrix: what it must hold to, and an expected cost by hand."""

from __future__ import annotations

from itertools import product

from test_metrics import PAIRS

from eval.confusion import COSTS, cost, mean_cost
from policybot.records import Verdict


def test_every_pair_of_verdicts_has_a_cost_and_only_the_right_ones_are_free():
    assert set(COSTS) == set(product(Verdict, Verdict))
    assert {pair for pair, value in COSTS.items() if value == 0} == {(v, v) for v in Verdict}
    assert min(COSTS.values()) == 0


def test_a_wrong_allowed_is_the_dearest_of_its_row_and_of_a_ban_the_dearest_of_all():
    for right in set(Verdict) - {Verdict.ALLOWED}:
        others = [cost(right, given) for given in Verdict if given is not Verdict.ALLOWED]
        assert cost(right, Verdict.ALLOWED) > max(others), right
    dearest = cost(Verdict.NOT_ALLOWED, Verdict.ALLOWED)
    assert [pair for pair, value in COSTS.items() if value == dearest] == [(Verdict.NOT_ALLOWED, Verdict.ALLOWED)]


def test_abstaining_costs_the_same_whatever_was_right():
    assert {cost(right, Verdict.NOT_COVERED) for right in set(Verdict) - {Verdict.NOT_COVERED}} == {1}


def test_the_mean_cost_by_hand():
    # 0 + 5 + 10 + 0 + 1 + 3 + 1 + 0 + 3 + 0 over ten answers
    assert mean_cost(PAIRS) == 2.3
    assert mean_cost([]) is None

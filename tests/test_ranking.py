"""nDCG by hand, and within its range."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.ranking import ndcg

EVIDENCE = (("o/p/1", "o/p/2"), ("o/p/3",))


@pytest.mark.parametrize(
    ("cited", "expected"),
    [
        (["o/p/1", "o/p/3"], 1.0),
        (["o/p/3", "o/p/2"], 1.0),
        # (1/log2 3 + 1/log2 4) / (1 + 1/log2 3) = 1.13093 / 1.63093
        (["o/p/9", "o/p/3", "o/p/1"], 0.693426),
        # The second member of a group gains nothing: (1 + 1/log2 4) / 1.63093
        (["o/p/1", "o/p/2", "o/p/3"], 0.919721),
        (["o/p/1", "o/p/1", "o/p/1"], 0.613147),
        (["o/p/8", "o/p/9"], 0.0),
        ([], 0.0),
        (["o/p/4", "o/p/5", "o/p/6", "o/p/7", "o/p/8", "o/p/1"], 0.0),
    ],
)
def test_by_hand(cited, expected):
    assert ndcg(EVIDENCE, cited) == pytest.approx(expected, abs=1e-6)


def test_nothing_to_cite_has_no_order():
    assert ndcg((), ["o/p/1"]) is None


def test_a_clause_that_serves_two_groups_serves_both():
    shared = (("a", "b"), ("b", "c"))
    assert ndcg(shared, ["b"]) == 1.0
    # 1.63093 / 2
    assert ndcg(shared, ["a", "c"]) == pytest.approx(0.815465, abs=1e-6)


def test_more_groups_than_places_can_still_be_cited_as_well_as_can_be():
    many = tuple((str(n),) for n in range(9))
    assert ndcg(many, ["8", "2", "5", "0", "1"]) == 1.0


clauses = st.sampled_from("abcdef")
groups = st.lists(st.lists(clauses, min_size=1, max_size=3, unique=True).map(tuple), min_size=1, max_size=4).map(tuple)


@settings(deadline=None)
@given(groups, st.lists(clauses, max_size=6))
def test_in_range_and_nothing_cited_later_helps_more_than_sooner(evidence, cited):
    found = ndcg(evidence, cited)
    assert 0 <= found <= 1 + 1e-12
    assert ndcg(evidence, ["none", *cited]) <= found + 1e-12


@settings(deadline=None, max_examples=25)
@given(groups)
def test_some_order_of_the_clauses_reaches_one(evidence):
    best = max(ndcg(evidence, order) for order in permutations("abcdef", 5))
    assert best == pytest.approx(1)

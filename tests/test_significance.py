"""Tests between runs: by hand, against each other, and their symmetries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.intervals import mean
from eval.significance import EXACT_UP_TO, discordant, holm, mcnemar, permutation_test, swap_test

pairs = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40)


def split(both):
    return [b for b, _ in both], [a for _, a in both]


@pytest.mark.parametrize(
    ("lost", "gained", "expected"),
    [
        (1, 6, 2 * (1 + 7) / 2**7),
        (0, 5, 2 / 2**5),
        (3, 3, 1.0),
        (0, 0, 1.0),
        # 2 · (1 + 15 + 105) / 2¹⁵
        (2, 13, 242 / 32768),
    ],
)
def test_mcnemar_by_hand(lost, gained, expected):
    before = [True] * lost + [False] * gained + [True] * 7 + [False] * 2
    after = [False] * lost + [True] * gained + [True] * 7 + [False] * 2
    assert discordant(before, after) == (lost, gained)
    assert mcnemar(before, after) == expected


def test_mcnemar_of_very_many_pairs_is_still_a_number():
    assert 0 < mcnemar([True] * 900 + [False] * 1000, [False] * 900 + [True] * 1000) < 0.05


@settings(deadline=None)
@given(pairs)
def test_mcnemar_is_symmetrical_and_a_probability(both):
    before, after = split(both)
    assert mcnemar(before, after) == mcnemar(after, before)
    assert 0 < mcnemar(before, after) <= 1


def test_runs_of_other_lengths_are_refused():
    with pytest.raises(ValueError):
        mcnemar([True], [])
    with pytest.raises(ValueError, match="case by case"):
        swap_test([1.0], [1.0, 2.0], mean, seed=1)


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([1, 2, 3], 2 / 8),
        # |±1 ±2 ±3| is at least 4 for 6, -6, 4, -4
        ([-1, 2, 3], 4 / 8),
        ([1, 1, -1], 1.0),
        ([1, 1, 1, 1, 1, 0, 0, 0], 2 / 32),
        ([0, 0], 1.0),
        ([], 1.0),
    ],
)
def test_permutation_by_hand(differences, expected):
    assert permutation_test(differences, seed=1) == expected


def test_permutation_of_many_is_drawn_seeded_and_near_the_exact_value():
    differences = np.ones(EXACT_UP_TO + 1)
    drawn = permutation_test(differences, seed=1)
    assert drawn == permutation_test(differences, seed=1)
    assert drawn >= 1 / 5000
    mixed = [1.0] * 15 + [-1.0] * 8
    # Both sides: P(|15 − 8| or more of 23) by the binomial is 0.2100
    assert permutation_test(mixed, seed=2) == pytest.approx(0.21, abs=0.03)


@settings(deadline=None)
@given(pairs.filter(lambda both: sum(b != a for b, a in both) <= EXACT_UP_TO))
def test_the_permutation_test_of_rights_and_wrongs_is_mcnemars(both):
    before, after = split(both)
    differences = np.array(after, dtype=float) - np.array(before, dtype=float)
    assert permutation_test(differences, seed=1) == pytest.approx(mcnemar(before, after))


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=1, max_size=8))
def test_the_permutation_test_does_not_mind_the_sign_or_the_scale(differences):
    found = permutation_test(differences, seed=1)
    assert found == permutation_test([-d for d in differences], seed=1) == permutation_test([0.1 * d for d in differences], seed=1)
    assert 0 < found <= 1


def test_swapping_serves_a_ratio():
    def ratio(rows):
        return rows[:, :, 0].sum(axis=1) / rows[:, :, 1].sum(axis=1)

    # 3/3 to 2/6 falls by 2/3. Swapping the first pair only: 2/3 to 3/6, by 1/6; the other two ways mirror these.
    assert swap_test([[2, 2], [1, 1]], [[1, 2], [1, 4]], ratio, seed=1) == 2 / 4
    # And of a fall by 1/6 all four ways are as far.
    assert swap_test([[1, 2], [1, 1]], [[2, 2], [1, 4]], ratio, seed=1) == 1.0
    assert swap_test([[0, 1]] * 5, [[1, 1]] * 5, ratio, seed=1) == 2 / 32


def test_a_statistic_without_a_value_has_no_test():
    assert swap_test([1.0], [2.0], lambda rows: np.full(len(rows), np.nan), seed=1) is None
    assert swap_test([], [], mean, seed=1) is None


def test_unknowns_in_both_runs_are_no_difference():
    nan = float("nan")
    assert swap_test([nan, 1.0], [nan, 1.0], lambda rows: np.nansum(rows, axis=1), seed=1) == 1.0


def test_holm_by_hand():
    # .01 · 3, .03 · 2, and .04 · 1, which may not be below .06
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == {"a": 0.03, "b": 0.06, "c": 0.06}
    assert holm({"a": 0.6, "b": 0.7}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_never_lowers_keeps_the_order_and_stays_a_probability(ps):
    adjusted = holm(ps)
    assert list(adjusted) == list(ps)
    for name in ps:
        assert ps[name] <= adjusted[name] <= 1
        assert all(adjusted[name] <= adjusted[other] for other in ps if ps[name] < ps[other])

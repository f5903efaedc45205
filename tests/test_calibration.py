"""AUROC, reliability, calibration error and Brier score, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.calibration import Bin, auroc, auroc_of_sets, brier, ece, ece_of_sets, known, reliability

SAID, TRUE = [0.95, 0.92, 0.15, 0.12], [True, False, False, False]


def test_auroc_by_hand():
    # .9 beats both, .4 ties with .4 and beats .2: 3.5 of 4 pairs
    assert auroc([0.9, 0.4, 0.4, 0.2], [True, True, False, False]) == 3.5 / 4
    assert auroc([0.1, 0.9], [True, False]) == 0
    assert auroc([0.5, 0.5, 0.5], [True, False, True]) == 0.5


def test_auroc_needs_both_sorts():
    assert auroc([0.1, 0.9], [True, True]) is None
    assert auroc([], []) is None


def test_reliability_by_hand():
    low, high = reliability(SAID, TRUE)
    assert (low.low, low.high, low.count, low.true) == (0.1, 0.2, 2, 0)
    assert low.said == pytest.approx(0.135)
    assert high == Bin(0.9, 1.0, 2, pytest.approx(0.935), 0.5)


def test_ece_by_hand():
    # 2/4 of |0 - .135| and 2/4 of |.5 - .935|
    assert ece(SAID, TRUE) == pytest.approx(0.285)
    assert ece([1.0, 0.0], [True, False]) == 0
    assert ece([], []) is None


def test_brier_by_hand():
    # (.0025 + .8464 + .0225 + .0144) / 4
    assert brier(SAID, TRUE) == pytest.approx(0.22145)
    assert brier([], []) is None


def test_an_unknown_probability_is_left_out():
    said = known([0.95, None, 0.92, 0.15, 0.12])
    assert math.isnan(said[1])
    true = [True, True, False, False, False]
    assert (auroc(said, true), ece(said, true)) == (auroc(SAID, TRUE), ece(SAID, TRUE))
    assert ece(known([None]), [True]) is None


def test_the_ends_and_the_edges_of_bins():
    assert [(b.low, b.high) for b in reliability([0.0, 0.5, 1.0], [True] * 3, bins=2)] == [(0, 0.5), (0.5, 1)]
    assert reliability([0.0, 0.5, 1.0], [True] * 3, bins=2)[0].count == 2


@pytest.mark.parametrize(("said", "true"), [([1.1], [True]), ([-0.1], [True]), ([0.5], [True, False]), ([[0.5]], [[True]])])
def test_what_is_no_probability_is_refused(said, true):
    with pytest.raises(ValueError, match="probability"):
        auroc(said, true)
    with pytest.raises(ValueError, match="at least one bin"):
        reliability([0.5], [True], bins=0)


cases = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), min_size=1, max_size=30)


@settings(deadline=None)
@given(cases)
def test_ranges_and_symmetry(pairs):
    said, true = [p for p, _ in pairs], [t for _, t in pairs]
    area = auroc(said, true)
    if area is not None:
        assert area == pytest.approx(1 - auroc(said, [not t for t in true]))
        assert area == pytest.approx(1 - auroc([1 - p for p in said], true))
    assert 0 <= ece(said, true) <= 1 and 0 <= brier(said, true) <= 1
    assert sum(b.count for b in reliability(said, true)) == len(pairs)


thrown = st.tuples(st.none() | st.floats(0, 1), st.booleans())


@settings(deadline=None)
@given(st.integers(1, 8).flatmap(lambda n: st.lists(st.lists(thrown, min_size=n, max_size=n), min_size=1, max_size=4)))
def test_many_sets_at_once_are_each_of_them_alone(sets):
    said, true = np.array([known([p for p, _ in own]) for own in sets]), np.array([[t for _, t in own] for own in sets])
    for together, alone in ((auroc_of_sets, auroc), (ece_of_sets, ece)):
        each = [alone(p, t) for p, t in zip(said, true, strict=True)]
        assert together(said, true) == pytest.approx([math.nan if v is None else v for v in each], nan_ok=True)


@settings(deadline=None)
@given(cases)
def test_both_are_what_their_formulas_say(pairs):
    covered, silent = [p for p, t in pairs if t], [p for p, t in pairs if not t]
    wins = [(p > q) + (p == q) / 2 for p in covered for q in silent]
    said, true = [p for p, _ in pairs], [t for _, t in pairs]
    assert auroc(said, true) == (pytest.approx(sum(wins) / len(wins)) if wins else None)
    assert ece(said, true) == pytest.approx(sum(b.count / len(pairs) * abs(b.true - b.said) for b in reliability(said, true)))

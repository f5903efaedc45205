"""Intervals: by hand, and properties that hold of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval import intervals
from eval.intervals import Interval, blocks, bootstrap_interval, mean, wilson_interval

numbers = st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30)


def test_wilson_by_hand():
    # The well-known 8 of 10, and none of 10: z²/(n + z²) = 3.8415/13.8415
    found = wilson_interval(8, 10)
    assert (found.low, found.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    none = wilson_interval(0, 10)
    assert (none.low, none.high) == (0, pytest.approx(0.27753, abs=1e-5))
    assert wilson_interval(0, 0) is None
    with pytest.raises(ValueError, match="from 0 to the whole"):
        wilson_interval(3, 2)


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_holds_the_share_mirrors_and_narrows(part, more):
    whole = part + more
    found, mirrored, larger = wilson_interval(part, whole), wilson_interval(more, whole), wilson_interval(10 * part, 10 * whole)
    assert part / whole in found and 0 <= found.low <= found.high <= 1
    assert (found.low, found.high) == (pytest.approx(1 - mirrored.high), pytest.approx(1 - mirrored.low))
    assert larger.high - larger.low < found.high - found.low


def test_bootstrap_by_hand():
    # Two cases, 0 and 1: a quarter of the resamples is all 0 and a quarter all 1
    assert bootstrap_interval([0, 1], mean, seed=1) == Interval(0, 1)
    assert bootstrap_interval([7.5], mean, seed=1) == Interval(7.5, 7.5)
    assert bootstrap_interval([], mean, seed=1) is None


def test_bootstrap_is_near_the_normal_interval_of_many_cases():
    values = np.random.default_rng(0).normal(10, 2, 400)
    found = bootstrap_interval(values, mean, seed=2)
    reach = 1.96 * values.std() / 20
    assert (found.low, found.high) == (pytest.approx(values.mean() - reach, abs=0.03), pytest.approx(values.mean() + reach, abs=0.03))


@settings(deadline=None)
@given(numbers, st.integers(0, 5))
def test_the_interval_holds_the_estimate_and_is_the_same_again(values, seed):
    found = bootstrap_interval(values, mean, seed, resamples=50)
    assert float(mean(np.array([values]))[0]) in found
    assert min(values) - 1e-9 <= found.low <= found.high <= max(values) + 1e-9
    assert bootstrap_interval(values, mean, seed, resamples=50) == found


def test_a_biased_statistic_still_has_its_estimate_within():
    values = list(range(12))
    found = bootstrap_interval(values, lambda rows: rows.std(axis=1) - rows.max(axis=1), seed=1)
    assert float(np.std(values) - 11) in found


def test_several_columns_and_sets_without_a_value():
    def ratio(rows):
        with np.errstate(invalid="ignore"):
            return rows[:, :, 0].sum(axis=1) / rows[:, :, 1].sum(axis=1)

    found = bootstrap_interval([[1, 1], [0, 0]], ratio, seed=3)
    assert found == Interval(1, 1), "a resample of the second case alone has no value and is left out"
    assert bootstrap_interval([[0, 0]], ratio, seed=3) is None


def test_what_is_drawn_in_parts_is_drawn_in_full(monkeypatch):
    assert list(blocks(10, 3)) == [10]
    monkeypatch.setattr(intervals, "AT_ONCE", 12)
    assert list(blocks(10, 3)) == [4, 4, 2]
    assert list(blocks(3, 100)) == [1, 1, 1]
    assert bootstrap_interval([0, 1], mean, seed=1) == Interval(0, 1)


def test_an_interval_goes_up():
    assert 0.5 in Interval(0.5, 1) and 1 in Interval(0.5, 1) and 0.4 not in Interval(0.5, 1)
    with pytest.raises(ValueError, match="goes up"):
        Interval(1, 0)

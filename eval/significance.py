"""Whether two runs over the same cases differ by more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.intervals import Rows, Statistic, blocks, mean

EXACT_UP_TO = 12
"""Pairs that differ, up to which every one of the 2ⁿ swaps is tried."""
ROUNDS = 4999
"""Swaps that are drawn where there are too many to try: p is then at least 1/5000."""


def discordant(before: Sequence[bool], after: Sequence[bool]) -> tuple[int, int]:
    """How many pairs went from right to wrong, and from wrong to right. ValueError for unequal lengths."""
    pairs = list(zip(before, after, strict=True))
    return sum(b and not a for b, a in pairs), sum(a and not b for b, a in pairs)


def mcnemar(before: Sequence[bool], after: Sequence[bool]) -> float:
    """Exact two-sided p of McNemar's test: min(1, 2·P(X ≤ min(lost, gained))), X ~ Bin(lost + gained, ½), in (0, 1].

    Pairs that agree say nothing; 1 when all do. Source: McNemar 1947 (Psychometrika 12:2); exact form
    Edwards 1948, recommended for few pairs by Dietterich 1998 (Neural Computation 10:7).
    """
    lost, gained = discordant(before, after)
    n = lost + gained
    # Whole numbers to the end: a sum of floats would not be exactly symmetrical.
    return min(1.0, 2 * sum(comb(n, k) for k in range(min(lost, gained) + 1)) / 2**n)


def permutation_test(differences: ArrayLike, seed: int, rounds: int = ROUNDS) -> float:
    """Two-sided p that paired differences (n,) have mean 0, by flipping their signs:
    the share of flips with |mean| at least the one seen, in (0, 1].

    Exact over all 2ⁿ flips for up to `EXACT_UP_TO` differences that are not 0, else (hits + 1)/(rounds
    + 1) over drawn flips (Phipson & Smyth 2010). Source: Fisher 1935, "The Design of Experiments",
    section 21; for systems compared over questions, Smucker, Allan & Carterette 2007 (CIKM).
    """
    steps = np.asarray(differences, dtype=np.float64)
    found = swap_test(np.zeros_like(steps), steps, mean, seed, rounds) if len(steps) else 1.0
    return 1.0 if found is None else found


def swap_test(before: ArrayLike, after: ArrayLike, statistic: Statistic, seed: int, rounds: int = ROUNDS) -> float | None:
    """Two-sided p that it does not matter which run a case's row came from, judged by any statistic.

    `before`, `after`: (n,) or (n, k), a row a case in the same order. Rows are swapped between the runs
    as in `permutation_test`, which this is for means; pairs that agree are not counted among those to
    swap. None when the statistic has no value for one of the runs; a swap without a value counts as a hit.
    """
    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"runs are compared case by case, got shapes {first.shape} and {second.shape}")
    seen = float(statistic(second[None])[0] - statistic(first[None])[0]) if len(first) else np.nan
    if np.isnan(seen):
        return None
    differ = _differing(first, second)
    exact = differ.sum() <= EXACT_UP_TO
    least, hits, tried = abs(seen) - 1e-9 * max(1e-3, abs(seen)), 0, 0
    for swaps in _swaps(int(differ.sum()), seed, rounds, first.size):
        whole = np.zeros((len(swaps), len(first)), dtype=np.bool_)
        whole[:, differ] = swaps
        mask = whole.reshape(*whole.shape, *[1] * (first.ndim - 1))
        found = statistic(np.where(mask, first, second)) - statistic(np.where(mask, second, first))
        hits += int((~(np.abs(found) < least)).sum())
        tried += len(swaps)
    return hits / tried if exact else (hits + 1) / (tried + 1)


def holm(ps: Mapping[str, float]) -> dict[str, float]:
    """p values adjusted for there being several, in their order: the i-th smallest of m becomes
    max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎). Never below p.

    What stays below 5% then does so with at most 5% chance that any of them is an accident. Source:
    Holm 1979 (Scandinavian Journal of Statistics 6:2).
    """
    ranked = sorted(ps, key=lambda name: ps[name])
    adjusted, highest = {}, 0.0
    for place, name in enumerate(ranked):
        highest = max(highest, min(1.0, (len(ranked) - place) * ps[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in ps}


def _differing(first: Rows, second: Rows) -> NDArray[np.bool_]:
    """(n,) which rows are not the same in both; two NaNs are the same."""
    other = (first != second) & ~(np.isnan(first) & np.isnan(second))
    return other.reshape(len(first), -1).any(axis=1)


def _swaps(pairs: int, seed: int, rounds: int, size: int) -> Iterator[NDArray[np.bool_]]:
    """(r, pairs) whether each pair is swapped: every way there is up to `EXACT_UP_TO` pairs, else drawn ones."""
    if pairs <= EXACT_UP_TO:
        ways = np.arange(2**pairs)[:, None] >> np.arange(pairs) & 1 == 1
        start = 0
        for r in blocks(len(ways), size):
            yield ways[start : start + r]
            start += r
        return
    dice = np.random.default_rng(seed)
    for r in blocks(rounds, size):
        yield dice.random((r, pairs)) < 0.5

"""How sure a figure is: 95% intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
AT_ONCE = 2_000_000
"""Numbers that are drawn in one go, so that a large set does not fill the memory."""

Rows = NDArray[np.float64]
Statistic = Callable[[Rows], Rows]
"""(r, n) or (r, n, k) -> (r,): a figure of each of r sets of n cases; NaN where it has none."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"an interval goes up, got {self.low} to {self.high}")

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def mean(rows: Rows) -> Rows:
    """Mean of each row: (r, n) -> (r,), the commonest statistic."""
    return rows.mean(axis=1)


def bootstrap_interval(
    values: ArrayLike, statistic: Statistic, seed: int, resamples: int = 2000, level: float = LEVEL
) -> Interval | None:
    """Percentile bootstrap: the (1 − level)/2 and (1 + level)/2 quantiles of the statistic over resamples of the cases.

    `values`: (n,) or (n, k), a row a case; cases are drawn with replacement, n at a time. The same
    seed gives the same interval. None of no cases, or where the statistic has no value (NaN) for
    them; resamples without a value are left out. The interval is widened, where need be, to hold the
    estimate: resampling can shift a biased statistic off it.

    Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", chapter 13.
    """
    rows = np.asarray(values, dtype=np.float64)
    estimate = float(statistic(rows[None])[0]) if len(rows) else np.nan
    if np.isnan(estimate):
        return None
    dice = np.random.default_rng(seed)
    drawn = np.concatenate(
        [statistic(rows[dice.integers(len(rows), size=(r, len(rows)))]) for r in blocks(resamples, rows.size)]
    )
    low, high = np.nanquantile(np.append(drawn, estimate) if np.isnan(drawn).all() else drawn, ((1 - level) / 2, (1 + level) / 2))
    return Interval(min(float(low), estimate), max(float(high), estimate))


def wilson_interval(part: int, whole: int, level: float = LEVEL) -> Interval | None:
    """Score interval of a share of independent cases; None of nothing:
    (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n), p = part/whole, n = whole, within [0, 1].

    Source: Wilson 1927 (JASA 22:158); better than p ± z·s.e. for few cases and shares near 0 or 1
    (Brown, Cai & DasGupta 2001).
    """
    if not 0 <= part <= whole:
        raise ValueError(f"a part is from 0 to the whole, got {part} of {whole}")
    if not whole:
        return None
    z, p = NormalDist().inv_cdf((1 + level) / 2), part / whole
    middle, reach = p + z * z / (2 * whole), z * sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    # At the ends rounding would leave the share itself a hair outside.
    return Interval(min(max((middle - reach) / scale, 0.0), p), max(min((middle + reach) / scale, 1.0), p))


def blocks(rounds: int, size: int) -> Iterator[int]:
    """`rounds` in parts of at most `AT_ONCE` numbers, `size` numbers a round."""
    each = max(1, AT_ONCE // max(size, 1))
    for done in range(0, rounds, each):
        yield min(each, rounds - done)

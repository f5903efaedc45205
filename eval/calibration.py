"""How far the probability that the policy answers can be believed.

Everywhere `probabilities` (n,) are in [0, 1] and `covered` (n,) says what was true; a NaN is an
unknown probability and is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Probabilities in (low, high] (the first bin has 0 too): how many, their mean, and the share that was true."""

    low: float
    high: float
    count: int
    said: float
    true: float


def auroc(probabilities: ArrayLike, covered: ArrayLike) -> float | None:
    """Probability that a covered case has the higher probability than one that is not, ties half:
    (Σ_{i∈C, j∉C} [pᵢ > pⱼ] + ½[pᵢ = pⱼ]) / (|C|·|¬C|), in [0, 1]; None without both sorts.

    ½ is guessing. It judges every line that could be drawn between answering and abstaining at once.
    Source: Hanley & McNeil 1982 (Radiology 143:1), by the ranks of Mann & Whitney 1947.
    """
    p, true = _known(probabilities, covered)
    return _or_none(auroc_of_sets(p[None], true[None])[0])


def auroc_of_sets(probabilities: NDArray[np.float64], covered: NDArray[np.bool_]) -> NDArray[np.float64]:
    """`auroc` of each of r sets at once: (r, n), (r, n) -> (r,), NaN for None. A bootstrap takes thousands."""
    sets = len(probabilities)
    levels, place = np.unique(probabilities, return_inverse=True)
    cell = (place.reshape(probabilities.shape) + len(levels) * np.arange(sets)[:, None]).ravel()
    there = ~np.isnan(probabilities)
    positive, negative = (
        np.bincount(cell, weights=(there & own).ravel(), minlength=sets * len(levels)).reshape(sets, -1) for own in (covered, ~covered)
    )
    won = (positive * (np.cumsum(negative, axis=1) - negative / 2)).sum(axis=1)
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return np.divide(won, pairs, out=np.full(sets, np.nan), where=pairs > 0)


def reliability(probabilities: ArrayLike, covered: ArrayLike, bins: int = BINS) -> tuple[Bin, ...]:
    """The bins of equal width that hold something, from 0 up; what a reliability diagram draws.

    Source: Murphy & Winkler 1977 (Applied Statistics 26:1).
    """
    p, true = _known(probabilities, covered)
    places, edges = _bin(p, bins), np.linspace(0, 1, bins + 1)
    return tuple(
        Bin(float(edges[k]), float(edges[k + 1]), int(own.sum()), float(p[own].mean()), float(true[own].mean()))
        for k in range(bins)
        if (own := places == k).any()
    )


def ece(probabilities: ArrayLike, covered: ArrayLike, bins: int = BINS) -> float | None:
    """Expected calibration error: Σ_k n_k/n · |true_k − said_k|, in [0, 1]; None of nothing.

    Source: Naeini, Cooper & Hauskrecht 2015 (AAAI); Guo et al. 2017 (ICML). It depends on the number
    of bins and is biased upwards for few cases: compare like with like.
    """
    p, true = _known(probabilities, covered)
    return _or_none(ece_of_sets(p[None], true[None], bins)[0])


def ece_of_sets(probabilities: NDArray[np.float64], covered: NDArray[np.bool_], bins: int = BINS) -> NDArray[np.float64]:
    """`ece` of each of r sets at once: (r, n), (r, n) -> (r,), NaN for None."""
    sets, there = len(probabilities), ~np.isnan(probabilities)
    cell = (_bin(np.where(there, probabilities, 0), bins) + bins * np.arange(sets)[:, None]).ravel()
    # In a bin, count · |true − said| is the size of the sum of the single differences.
    gaps = np.where(there, covered - np.where(there, probabilities, 0), 0).ravel()
    gap = np.abs(np.bincount(cell, weights=gaps, minlength=sets * bins).reshape(sets, bins)).sum(axis=1)
    n = there.sum(axis=1)
    return np.divide(gap, n, out=np.full(sets, np.nan), where=n > 0)


def brier(probabilities: ArrayLike, covered: ArrayLike) -> float | None:
    """Mean squared error of the probability: Σ (pᵢ − [covered])² / n, in [0, 1]; None of nothing.

    Source: Brier 1950 (Monthly Weather Review 78:1), the form for two outcomes, halved. A proper
    score: nothing but the true probability makes it least.
    """
    p, true = _known(probabilities, covered)
    return float(np.mean((p - true) ** 2)) if len(p) else None


def known(probabilities: Sequence[float | None]) -> NDArray[np.float64]:
    """(n,) as numbers, an unknown one as NaN."""
    return np.array([np.nan if p is None else p for p in probabilities], dtype=np.float64)


def _bin(probabilities: NDArray[np.float64], bins: int) -> NDArray[np.intp]:
    """Which bin each probability is in, from 0."""
    if bins < 1:
        raise ValueError(f"there is at least one bin, got {bins}")
    return np.digitize(probabilities, np.linspace(0, 1, bins + 1)[1:-1], right=True)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _known(probabilities: ArrayLike, covered: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    p, true = np.asarray(probabilities, dtype=np.float64), np.asarray(covered, dtype=np.bool_)
    if p.shape != true.shape or p.ndim != 1:
        raise ValueError(f"one truth a probability, got shapes {p.shape} and {true.shape}")
    there = ~np.isnan(p)
    if ((p[there] < 0) | (p[there] > 1)).any():
        raise ValueError("a probability is in [0, 1]")
    return p[there], true[there]

"""How long answers took, counted in bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.metrics import percentile

BARS = 20
"""About how many bars there are below the last."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How many values are in [low, high); where `open`, all from `low` up."""

    low: float
    high: float
    count: int
    open: bool = False


def histogram(values: Sequence[float], bars: int = BARS) -> tuple[Bar, ...]:
    """Bars of equal width from 0 up, and an open one, so that one slow answer does not flatten the rest; () of nothing.

    They reach to half as much again as the 95th percentile. Values are at least 0. The width is 1, 2 or
    5 times a power of ten.
    """
    late = percentile(values, 95)
    if late is None:
        return ()
    width = _round_width(1.5 * late / bars)
    count = max(1, math.ceil(1.5 * late / width))
    edges = [round(width * place, 9) for place in range(count + 2)]
    found, _ = np.histogram(values, bins=[*edges[:-1], math.inf])
    return tuple(Bar(edges[k], edges[k + 1], int(n), open=k == count) for k, n in enumerate(found))


def _round_width(width: float) -> float:
    """The least of 1, 2, 5, 10, ... times a power of ten that is at least `width`; 1 for 0."""
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))

"""Logistic models over named numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Logistic:
    """Softmax over `classes` of standardised features: `weights` (features, classes), `bias`
    (classes,), `mean` and `spread` (features,)."""

    classes: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def load(cls, raw: dict) -> Logistic:
        """From the JSON that training/calibrate.py writes."""
        arrays = (np.array(raw[name], dtype=float) for name in ("weights", "bias", "mean", "spread"))
        return cls(tuple(raw["classes"]), *arrays)

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """(classes,) summing to 1 for one (features,) vector."""
        z = (features - self.mean) / self.spread @ self.weights + self.bias
        e = np.exp(z - z.max())
        return e / e.sum()

    def odds(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) probability of the second of two classes for each of (n, features) rows."""
        z = (rows - self.mean) / self.spread @ self.weights + self.bias
        return 1 / (1 + np.exp(z[:, 0] - z[:, 1]))

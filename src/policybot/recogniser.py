"""A linear model over the words and the meaning of a message: whether it is of one sort or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policybot.wording import grams

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
"""Texts to (texts, d) unit vectors by the reading model."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """Logistic model: `words` weighs grams, `meaning` (d,) a unit vector; `bias`."""

    words: dict[str, float]
    meaning: NDArray[np.float64]
    bias: float

    @classmethod
    def load(cls, raw: dict) -> Recogniser:
        """From the JSON that training/calibrate.py writes. KeyError when a part is missing."""
        return cls(dict(zip(raw["grams"], raw["weights"], strict=True)), np.array(raw["meaning"]), raw["bias"])

    def probabilities(self, texts: Sequence[str], vectors: Vectors) -> NDArray[np.float64]:
        """(texts,) in [0, 1]; `vectors` (texts, d) are theirs."""
        words = np.array([sum(self.words.get(g, 0.0) for g in grams(t)) for t in texts])
        return 1 / (1 + np.exp(-(words + vectors @ self.meaning + self.bias)))

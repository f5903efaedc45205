"""A linear model over the words of a question: which class its wording speaks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TOKEN = re.compile(r"[a-z0-9']+|\?")


def grams(text: str) -> set[str]:
    """Words, pairs and triples of neighbours, lower case, "?" a word: what the model weighs."""
    tokens = _TOKEN.findall(text.lower().replace("’", "'"))
    return {" ".join(tokens[i : i + n]) for n in (1, 2, 3) for i in range(len(tokens) - n + 1)}


@dataclass(frozen=True, slots=True)
class Wording:
    """Multinomial logistic model: `weights` is (grams, classes), `bias` (classes,)."""

    classes: tuple[str, ...]
    rows: dict[str, int]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    @classmethod
    def load(cls, raw: dict) -> Wording:
        """From the JSON that training/calibrate.py writes: classes, grams, weights, bias."""
        rows = {gram: i for i, gram in enumerate(raw["grams"])}
        return cls(
            tuple(raw["classes"]), rows, np.array(raw["weights"], dtype=float), np.array(raw["bias"], dtype=float)
        )

    def probabilities(self, text: str) -> NDArray[np.float64]:
        """(classes,) summing to 1; the classes' base rates for a text of unknown words."""
        known = [self.rows[g] for g in grams(text) if g in self.rows]
        z = self.bias + self.weights[known].sum(axis=0)
        e = np.exp(z - z.max())
        return e / e.sum()

"""Boosted regression trees, evaluated with numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Forest:
    """Logistic boosting: the log-odds are `bias` plus one leaf of each tree.

    The five arrays are (trees, nodes), padded: at node j a row goes to `left` when its
    `feature` is at most `threshold`, else to `right`; a leaf points to itself on both sides.
    `depth` is the longest way to a leaf. `names` are the columns the trees were grown on.
    """

    names: tuple[str, ...]
    feature: NDArray[np.intp]
    threshold: NDArray[np.float64]
    left: NDArray[np.intp]
    right: NDArray[np.intp]
    value: NDArray[np.float64]
    depth: int
    bias: float

    @classmethod
    def load(cls, raw: dict) -> Forest:
        """From the JSON that training/calibrate.py writes; trees are lists of node columns."""
        width = max(len(tree["value"]) for tree in raw["trees"])
        count = len(raw["trees"])
        feature, left, right = (np.zeros((count, width), dtype=np.intp) for _ in range(3))
        threshold, value = np.zeros((count, width)), np.zeros((count, width))
        for t, tree in enumerate(raw["trees"]):
            n = len(tree["value"])
            feature[t, :n], left[t, :n], right[t, :n] = tree["feature"], tree["left"], tree["right"]
            threshold[t, :n], value[t, :n] = tree["threshold"], tree["value"]
        return cls(tuple(raw["names"]), feature, threshold, left, right, value, raw["depth"], raw["bias"])

    def probabilities(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) in (0, 1) for (n, features) rows whose columns are `names`."""
        node = np.zeros((len(rows), len(self.feature)), dtype=np.intp)
        tree, row = np.arange(len(self.feature))[None, :], np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[row, self.feature[tree, node]] <= self.threshold[tree, node]
            node = np.where(goes_left, self.left[tree, node], self.right[tree, node])
        return 1 / (1 + np.exp(-(self.bias + self.value[tree, node].sum(axis=1))))

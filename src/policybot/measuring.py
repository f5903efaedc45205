"""Question texts against clauses: likeness of all, and the likelier ones read closely."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from policybot.features import UNREAD, Signals
from policybot.lexical import LexicalIndex
from policybot.reading_model import VERDICTS, ReadingModel

LEXICAL_WEIGHT = 0.3
"""Share of BM25 beside the cosine, both in standard deviations."""
READ = 12
"""Clauses that are read together with the whole question: one panel of them."""
READ_PART = 6
"""Clauses that are read together with each part of it."""
RULED = 5
"""Clauses, the likeliest of those, that are read together for the verdict."""
READING_WEIGHT, LEAST_READING = 0.3, -8.0
"""Share of the log-odds beside the likeness in finding those, and the least that counts."""
WIDER = 1
"""Place of the text with the policy's words added among the searches: it is no question to read."""

Vectors = NDArray[np.float32]


def measure(
    texts: Sequence[str],
    clauses: Sequence[str],
    views: tuple[Vectors, Vectors],
    embeddings: Embeddings,
    lexical: LexicalIndex,
    model: ReadingModel,
) -> Signals:
    """Signals of `texts` (as Understanding.searches has them) for `clauses` (Clause.searchable).

    Verdicts are read of the first text only. `views`: unit vectors (clauses, d) by `embeddings`, with heading path and stem, and bare.
    """
    asked = np.asarray(embeddings.embed_documents(list(texts)), dtype=np.float32)
    path, bare = (np.asarray(asked @ view.T, dtype=np.float64) for view in views)
    words = np.stack([lexical.scores(text) for text in texts])
    likeness = np.stack([fuse((p + b) / 2, w) for p, b, w in zip(path, bare, words, strict=True)])
    likeness[0] = np.maximum(likeness[0], likeness[min(WIDER, len(texts) - 1)])
    pairs = np.full(path.shape, UNREAD)
    for row, text in enumerate(texts):
        if row == WIDER:
            continue
        near = np.argsort(-likeness[row], kind="stable")[: READ_PART if row else READ]
        pairs[row, near] = np.maximum(model.readings(text, [clauses[i] for i in near]), UNREAD)
    verdicts, governing = np.zeros((len(clauses), VERDICTS)), np.zeros(len(clauses))
    likely = likeness[0] + READING_WEIGHT * np.maximum(pairs[0], LEAST_READING)
    first = np.argsort(-likely, kind="stable")[:RULED]
    verdicts[first], governing[first] = model.rulings(texts[0], [clauses[i] for i in first])
    return Signals(path, bare, words.astype(np.float64), pairs, verdicts, governing)


def fuse(dense: NDArray[np.floating], lexical: NDArray[np.floating]) -> NDArray[np.float64]:
    """z(dense) + LEXICAL_WEIGHT * z(lexical), shape as given.

    A convex combination of scores brought to one scale orders better than reciprocal
    ranks, which throw the distances away: S. Bruch, S. Gai and A. Ingber, "An Analysis of
    Fusion Functions for Hybrid Retrieval", ACM TOIS 42(1), 2023.
    """
    return _z(dense) + LEXICAL_WEIGHT * _z(lexical)


def _z(scores: NDArray[np.floating]) -> NDArray[np.float64]:
    """In standard deviations from the mean; all 0 when the scores are equal."""
    wide = scores.astype(np.float64)
    deviation = wide.std()
    return (wide - wide.mean()) / deviation if deviation > 1e-9 else np.zeros_like(wide)

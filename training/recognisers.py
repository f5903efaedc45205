"""Learn to recognise a disclosure, and a message that asks nothing: training/disclosure and training/attacks, and the policies' questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from cases import Labelled
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from policybot.reading_model import ReadingModel
from policybot.wording import grams

MEANING, WORDS = 3.0, 0.3
"""How strongly a vector's numbers, and a gram, are felt by the penalty."""
ORDINARY = 0.25
"""What a policy question counts beside a message written for this."""
THRESHOLD, PIECE_THRESHOLD = 0.2, 0.7
"""Of the whole message, and of a sentence of it: low, because a miss costs more than a false alarm."""


def fit_disclosure(model: ReadingModel, messages: Path, attacks: Path, questions: Sequence[Labelled]) -> dict:
    """A model for policybot.disclosure.DisclosureModel."""
    rows = [json.loads(line) for file in (messages, attacks) for line in file.read_text(encoding="utf-8").splitlines()]
    texts = [r["text"] for r in rows] + [q.question.text for q in questions]
    labels = [r["label"] == "disclosure" for r in rows] + [q.kind == "disclosure" for q in questions]
    weights = [1.0] * len(rows) + [1.0 if q.kind == "disclosure" else ORDINARY for q in questions]
    return _fit(model, texts, labels, weights) | {"threshold": THRESHOLD, "piece_threshold": PIECE_THRESHOLD}


def fit_idle(model: ReadingModel, messages: Path, questions: Sequence[Labelled]) -> dict:
    """A policybot.recogniser.Recogniser of messages without a question; every question of a policy is one with."""
    rows = [json.loads(line) for line in messages.read_text(encoding="utf-8").splitlines()]
    texts = [r["text"] for r in rows] + [q.question.text for q in questions]
    labels = [r["label"] == "attack" for r in rows] + [False] * len(questions)
    return _fit(model, texts, labels, [1.0] * len(rows) + [ORDINARY] * len(questions))


def _fit(model: ReadingModel, texts: Sequence[str], labels: Sequence[bool], weights: Sequence[float]) -> dict:
    counts = CountVectorizer(analyzer=grams, min_df=4, binary=True)
    words = counts.fit_transform(texts) * WORDS
    x = hstack([csr_matrix(model.vectors(texts) * MEANING), words]).tocsr()
    fitted = LogisticRegression(C=1.0, max_iter=3000).fit(x, labels, sample_weight=weights)
    coefficients = fitted.coef_[0]
    by_word = (coefficients[model.dimension :] * WORDS).round(4)
    kept = np.abs(by_word) > 0.01
    return {
        "grams": np.array(counts.get_feature_names_out())[kept].tolist(),
        "weights": by_word[kept],
        "meaning": (coefficients[: model.dimension] * MEANING).round(4),
        "bias": float(fitted.intercept_[0]),
    }

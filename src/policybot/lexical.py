"""BM25 over the clauses of one organisation."""

from __future__ import annotations

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray


class LexicalIndex:
    """BM25 in Lucene's form (k1 = 1.2, b = 0.75), English stems, stop words left out.

    score(q, d) = sum over the terms t of q of idf(t) * tf / (tf + k1 * (1 - b + b * |d| / avg|d|)),
    idf(t) = ln(1 + (N - n(t) + 0.5) / (n(t) + 0.5)); S. Robertson and H. Zaragoza, "The
    Probabilistic Relevance Framework: BM25 and Beyond", 2009; Lu, "BM25S", 2024.
    Counts words of these texts only, so that no other organisation's words weigh in.
    """

    def __init__(self, texts: tuple[str, ...]) -> None:
        self._size = len(texts)
        terms = [_terms(text) for text in texts]
        self._index: bm25s.BM25 | None = None
        if any(terms):
            self._index = bm25s.BM25(k1=1.2, b=0.75, method="lucene")
            self._index.index(terms, show_progress=False)

    def scores(self, question: str) -> NDArray[np.float32]:
        """Shape (texts,), each >= 0; all 0 when no word of the question occurs."""
        terms = _terms(question)
        if self._index is None or not terms:
            return np.zeros(self._size, dtype=np.float32)
        known = [term for term in terms if term in self._index.vocab_dict]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._index.get_scores(known), dtype=np.float32)


def _terms(text: str) -> list[str]:
    # A stemmer of its own each time: PyStemmer's are not safe to share between threads.
    stemmer = Stemmer.Stemmer("english")
    return bm25s.tokenize([text], stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)[0]

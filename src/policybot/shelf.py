"""A shelf: what one organisation may read, and the only thing that can search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from policybot.catalogue import unknown_clause
from policybot.errors import ScopeViolation
from policybot.features import Signals
from policybot.lexical import LexicalIndex
from policybot.records import Clause, Hit, Organisation, Policy

LEXICAL_WEIGHT = 0.3
"""Share of BM25 beside the cosine, both in standard deviations."""

Vectors = NDArray[np.float32]


class Shelf:
    """The current policies of one organisation, as they were at `version`.

    It never changes: a question that is being answered while a new version is published
    sees the old one to its end. Safe to share between threads.
    """

    def __init__(
        self,
        organisation: Organisation,
        version: str,
        policies: tuple[Policy, ...],
        path_view: Vectors,
        bare_view: Vectors,
        embeddings: Embeddings,
    ) -> None:
        """`path_view` and `bare_view`: unit vectors, one row a clause, in the order of
        `clauses()`. Made by Library.shelf. ScopeViolation for a clause of anybody else."""
        self._organisation, self._version, self._policies = organisation, version, policies
        self._clauses = tuple(clause for policy in policies for clause in policy.clauses)
        self._own(self._clauses)
        self._path_view, self._bare_view, self._embeddings = path_view, bare_view, embeddings
        self._lexical = LexicalIndex(tuple(clause.searchable for clause in self._clauses))
        self._places = {clause.id: place for place, clause in enumerate(self._clauses)}

    @property
    def organisation(self) -> Organisation:
        """Whose shelf this is."""
        return self._organisation

    @property
    def version(self) -> str:
        """`Catalogue.version_of` this organisation when the shelf was filled."""
        return self._version

    def policies(self) -> tuple[Policy, ...]:
        """By policy id; () when the organisation has published none."""
        return self._policies

    def clauses(self) -> tuple[Clause, ...]:
        """Policy after policy, each in reading order."""
        return self._own(self._clauses)

    def clause(self, clause_id: str) -> Clause:
        """UnknownClause for every id that is not on this shelf, whoever else has it."""
        place = self._places.get(clause_id)
        if place is None:
            raise unknown_clause(clause_id, list(self._places))
        return self._own((self._clauses[place],))[0]

    def vectors(self) -> tuple[Vectors, Vectors]:
        """Unit vectors of clauses(): with heading path and stem, and of the bare text;
        shape (clauses, dimension) each. Not to be written to."""
        return self._path_view, self._bare_view

    def search(self, text: str, k: int = 20) -> tuple[Hit, ...]:
        """The `k` best clauses for a question, best first; fewer when there are fewer."""
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        ranked = sorted(self.scores(text), key=lambda hit: -hit.score)
        return tuple(ranked[:k])

    def scores(self, text: str) -> tuple[Hit, ...]:
        """Every clause with its scores, in the order of clauses().

        Exact: all vectors are compared, which for the few thousand clauses of one
        organisation costs less than embedding the question does.
        """
        if not self._clauses:
            return ()
        question = np.asarray(self._embeddings.embed_query(text), dtype=np.float32)
        dense = (self._path_view @ question + self._bare_view @ question) / 2
        lexical = self._lexical.scores(text)
        hits = zip(self._own(self._clauses), fuse(dense, lexical), dense, lexical, strict=True)
        return tuple(Hit(clause, float(score), float(cos), float(bm25)) for clause, score, cos, bm25 in hits)

    def signals(self, texts: Sequence[str]) -> Signals:
        """What a reader decides on: every search text against every clause, exactly.

        Shapes (texts, clauses), columns in the order of clauses(). The shelf must not be empty.
        """
        questions = np.asarray(self._embeddings.embed_documents(list(texts)), dtype=np.float32)
        lexical = np.stack([self._lexical.scores(text) for text in texts])
        return Signals.measure(questions, self._path_view, self._bare_view, lexical)

    def _own(self, clauses: Iterable[Clause]) -> tuple[Clause, ...]:
        """The last gate: nothing leaves the shelf that is not its organisation's."""
        slug, checked = self._organisation.slug, tuple(clauses)
        for clause in checked:
            if clause.organisation != slug or not clause.id.startswith(f"{slug}/"):
                raise ScopeViolation(f"clause {clause.id}", f"it came out of the shelf of {slug}", "Report this fault")
        return checked


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

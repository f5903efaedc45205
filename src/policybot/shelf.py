"""A shelf: what one organisation may read, and the only thing that can search."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from policybot.catalogue import unknown_clause
from policybot.errors import ScopeViolation
from policybot.features import Signals
from policybot.lexical import LexicalIndex
from policybot.measuring import fuse, measure
from policybot.reading_model import ReadingModel
from policybot.records import Clause, Hit, Organisation, Policy

SIGNALS_KEPT = 200
"""Questions whose signals are remembered, each about 100 KB."""

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
        model: ReadingModel,
    ) -> None:
        """`path_view` and `bare_view`: unit vectors by `embeddings`, one row a clause, in the order of
        `clauses()`; `model` reads questions with clauses. Made by Library.shelf. ScopeViolation for
        a clause of anybody else."""
        self._organisation, self._version, self._policies = organisation, version, policies
        self._clauses = tuple(clause for policy in policies for clause in policy.clauses)
        self._own(self._clauses)
        self._path_view, self._bare_view, self._embeddings = path_view, bare_view, embeddings
        self._texts = tuple(clause.searchable for clause in self._clauses)
        self._lexical, self._model = LexicalIndex(self._texts), model
        self._measured: OrderedDict[tuple[str, ...], Signals] = OrderedDict()
        self._measuring = threading.Lock()
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

    def signals(self, texts: Sequence[str], remember: bool = True) -> Signals:
        """What a reader decides on: every search text against every clause, exactly; and the
        likelier clauses read together with each text but the second (Understanding.searches).

        Shapes (texts, clauses), columns in the order of clauses(). The shelf must not be empty.
        The last SIGNALS_KEPT are remembered, for a shelf never changes; not with `remember` false,
        which is for what nothing may be kept of.
        """
        key = tuple(texts)
        with self._measuring:
            if key in self._measured:
                self._measured.move_to_end(key)
                return self._measured[key]
        measured = measure(key, self._texts, self.vectors(), self._embeddings, self._lexical, self._model)
        if not remember:
            return measured
        with self._measuring:
            self._measured[key] = measured
            while len(self._measured) > SIGNALS_KEPT:
                self._measured.popitem(last=False)
        return measured

    def one_question(self) -> AbstractContextManager[None]:
        """While it is open, this thread's texts are read once each (ReadingModel.one_question)."""
        return self._model.one_question()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(texts, d) unit vectors by the reading model, whichever model the clauses are compared by."""
        return self._model.vectors(texts)

    def _own(self, clauses: Iterable[Clause]) -> tuple[Clause, ...]:
        """The last gate: nothing leaves the shelf that is not its organisation's."""
        slug, checked = self._organisation.slug, tuple(clauses)
        for clause in checked:
            if clause.organisation != slug or not clause.id.startswith(f"{slug}/"):
                raise ScopeViolation(f"clause {clause.id}", f"it came out of the shelf of {slug}", "Report this fault")
        return checked

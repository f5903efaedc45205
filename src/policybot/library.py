"""The library: publishes policies, and hands out shelves.

It has no search. A search needs a Shelf, and a Shelf an organisation.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Self

import numpy as np

from policybot.catalogue import Catalogue
from policybot.errors import IndexMismatch
from policybot.index import REINDEX, Index, VectorKey, Vectors
from policybot.models import reading_model
from policybot.reading_model import ReadingModel
from policybot.records import Clause, Policy
from policybot.settings import Settings
from policybot.shelf import Shelf
from policybot.vectors import FingerprintedEmbeddings

__all__ = ["Library", "Shelf"]

PATH, BARE = "path", "bare"
"""The two views of a clause: with heading path, columns and stem; and its text alone."""
ATTEMPTS = 3
"""How often a shelf is filled anew when a publication comes between."""


class Library:
    """Publishing and shelves. Thread-safe; of several processes only one may publish at a
    time, which the lock of `ingest` sees to, while all may read."""

    def __init__(
        self, index: Index, catalogue: Catalogue, embeddings: FingerprintedEmbeddings, model: ReadingModel
    ) -> None:
        """`embeddings` make the vectors that clauses are compared by, `model` reads the likelier ones closely."""
        self._index, self._catalogue, self._embeddings, self._model = index, catalogue, embeddings, model
        self._shelves: dict[str, Shelf] = {}
        self._filling, self._publishing = threading.RLock(), threading.RLock()

    @classmethod
    def open(cls, settings: Settings, catalogue: Catalogue, embeddings: FingerprintedEmbeddings) -> Self:
        """SettingsError when the Chroma server of `chroma_url` does not answer; ModelError."""
        return cls(Index.open(settings, embeddings.fingerprint), catalogue, embeddings, reading_model(settings))

    def shelf(self, organisation: str) -> Shelf:
        """The shelf of one organisation as it is now; empty when it has published nothing.

        UnknownOrganisation; IndexMismatch when another model made the vectors or some are
        missing; ScopeViolation when somebody else's are among them.
        """
        known = self._catalogue.organisation(organisation)
        version = self._catalogue.version_of(organisation)
        with self._filling:
            shelf = self._shelves.get(organisation)
            if shelf is None or shelf.version != version or shelf.organisation != known:
                shelf = self._shelves[organisation] = self._fill(organisation)
            return shelf

    def publish(self, policy: Policy) -> None:
        """Show this version instead of the one before; nothing happens when it is shown.

        Vectors first, then one transaction of the catalogue, then the old vectors go:
        whenever this is interrupted, the old or the new version answers, whole.
        """
        slug = policy.organisation
        with self._publishing:
            self._catalogue.organisation(slug)
            self._index.prepare(slug)
            shown = self._catalogue.publication_of(policy)
            if shown is not None and self._index.holds(slug, _keys(policy.clauses, shown)):
                return
            views = self._embed(policy)
            publication = shown or self._catalogue.stage(policy)
            self._index.add(slug, dict(zip(_keys(policy.clauses, publication), views, strict=True)))
            if shown is None:
                self._catalogue.flip(publication)
            self._sweep(slug)

    def withdraw(self, policy_id: str) -> None:
        """Take the policy off its shelf for good; nothing happens when it is not there."""
        with self._publishing:
            self._catalogue.withdraw(policy_id)
            self._sweep(policy_id.split("/")[0])

    def reindex(self) -> None:
        """Make all vectors anew from the catalogue, with the model of today.

        Interrupted, it leaves shelves that raise IndexMismatch until it is run again.
        """
        with self._publishing:
            for organisation in self._catalogue.organisations():
                self._index.drop(organisation.slug)
                for publication, policy in self._catalogue.published(organisation.slug):
                    keys = _keys(policy.clauses, publication)
                    self._index.add(organisation.slug, dict(zip(keys, self._embed(policy), strict=True)))
            with self._filling:
                self._shelves.clear()

    def _fill(self, slug: str) -> Shelf:
        """Read a shelf; again when a publication came between two of the reads."""
        for _ in range(ATTEMPTS):
            version = self._catalogue.version_of(slug)
            published = self._catalogue.published(slug)
            found = self._index.vectors(slug) if published else {}
            keys = [key for publication, policy in published for key in _keys(policy.clauses, publication)]
            missing = sum(key not in found for key in keys)
            if not missing and version == self._catalogue.version_of(slug):
                path, bare = (_stack(found[key] for key in keys if key.view == view) for view in (PATH, BARE))
                policies = tuple(policy for _, policy in published)
                organisation = self._catalogue.organisation(slug)
                return Shelf(organisation, version, policies, path, bare, self._embeddings, self._model)
        raise IndexMismatch(f"index of {slug}", f"{missing} vectors of the catalogue's clauses are not in it", REINDEX)

    def _embed(self, policy: Policy) -> list[list[float]]:
        """Unit vectors in the order of `_keys`."""
        searchable = self._embeddings.embed_documents([clause.searchable for clause in policy.clauses])
        return searchable + self._embeddings.embed_documents([clause.text for clause in policy.clauses])

    def _sweep(self, slug: str) -> None:
        self._index.keep_only(slug, {publication for publication, _ in self._catalogue.published(slug)})


def _keys(clauses: tuple[Clause, ...], publication: str) -> list[VectorKey]:
    """All clauses in the one view, then all in the other."""
    return [VectorKey(clause.id, publication, view) for view in (PATH, BARE) for clause in clauses]


def _stack(vectors: Iterable[Vectors]) -> Vectors:
    """Shape (vectors, dimension), read-only; (0, 0) for none."""
    rows = list(vectors)
    matrix = np.stack(rows) if rows else np.zeros((0, 0), dtype=np.float32)
    matrix.flags.writeable = False
    return matrix

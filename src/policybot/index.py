"""The vectors of every organisation, in Chroma: derived from the catalogue, never the truth.

One collection an organisation. Chroma's own tenants are no security boundary (chroma
issues 7462, 7588), so whatever comes out of a collection is checked all the same.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from itertools import islice
from typing import NamedTuple, Self, TypeVar
from urllib.parse import urlsplit

import chromadb
import numpy as np
from chromadb.api import ClientAPI
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import NotFoundError
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from policybot.errors import IndexMismatch, IngestBusy, ScopeViolation, SettingsError
from policybot.settings import Settings

REINDEX = "Run policybot ingest --reindex"
LOCK_SECONDS = 60
"""How long to wait for another process that has the embedded index open."""
Vectors = NDArray[np.float32]
Connect = Callable[[], AbstractContextManager[ClientAPI]]
Item = TypeVar("Item")


class VectorKey(NamedTuple):
    """Which vector: of a clause, as one publication of its policy had it, in one view."""

    clause_id: str
    publication: str
    view: str

    @property
    def id(self) -> str:
        """The key as Chroma knows it."""
        return f"{self.clause_id}@{self.publication}#{self.view}"


class Index:
    """Adds, reads and deletes vectors, an organisation at a time. Thread-safe."""

    def __init__(self, connect: Connect, model: str) -> None:
        """`model`: the fingerprint that collections are made with and must have."""
        self._connect, self._model = connect, model

    @classmethod
    def open(cls, settings: Settings, model: str) -> Self:
        """SettingsError when the Chroma server of `chroma_url` does not answer."""
        return cls(_embedded(settings) if settings.chroma_url is None else _server(settings.chroma_url), model)

    def prepare(self, organisation: str) -> None:
        """Make the organisation's collection when it is missing. IndexMismatch."""
        with self._connect() as client:
            self._make(client, organisation)

    def add(self, organisation: str, vectors: Mapping[VectorKey, list[float]]) -> None:
        """Unit vectors; one that is there already is replaced. IndexMismatch."""
        with self._connect() as client:
            collection = self._make(client, organisation)
            for batch in _batches(vectors, client.get_max_batch_size()):
                collection.upsert(
                    ids=[key.id for key in batch],
                    embeddings=[vectors[key] for key in batch],
                    metadatas=[{"organisation": organisation, **key._asdict()} for key in batch],
                )

    def vectors(self, organisation: str) -> dict[VectorKey, Vectors]:
        """All that the collection holds, left-overs included; {} when there is none.

        IndexMismatch when another model made it, ScopeViolation when anything in it is
        not, in all that is written on it, the organisation's.
        """
        with self._connect() as client:
            collection = _existing(client, organisation)
            if collection is None:
                return {}
            self._require_ours(collection, organisation)
            stored = collection.get(include=["embeddings", "metadatas"])
        entries = zip(stored["ids"], stored["metadatas"] or [], stored["embeddings"], strict=True)
        return {
            _own_key(organisation, vector_id, metadata): np.asarray(vector, dtype=np.float32)
            for vector_id, metadata, vector in entries
        }

    def holds(self, organisation: str, keys: Iterable[VectorKey]) -> bool:
        """Whether all of `keys` are there."""
        with self._connect() as client:
            collection = _existing(client, organisation)
            stored = set(collection.get(include=[])["ids"]) if collection else set()
        return all(key.id in stored for key in keys)

    def keep_only(self, organisation: str, publications: set[str]) -> None:
        """Delete the vectors of every other publication, those of crashed ones too."""
        with self._connect() as client:
            collection = _existing(client, organisation)
            if collection is None:
                return
            stored = collection.get(include=["metadatas"])
            entries = zip(stored["ids"], stored["metadatas"] or [], strict=True)
            stale = (key for key, metadata in entries if (metadata or {}).get("publication") not in publications)
            for batch in _batches(stale, client.get_max_batch_size()):
                collection.delete(ids=batch)

    def drop(self, organisation: str) -> None:
        """Delete the organisation's collection, whoever made it."""
        with self._connect() as client, suppress(NotFoundError):
            client.delete_collection(collection_name(organisation))

    def _make(self, client: ClientAPI, organisation: str) -> chromadb.Collection:
        collection = client.get_or_create_collection(
            collection_name(organisation),
            metadata={"organisation": organisation, "model": self._model},
            configuration={"hnsw": {"space": "cosine"}},
            embedding_function=None,
        )
        self._require_ours(collection, organisation)
        return collection

    def _require_ours(self, collection: chromadb.Collection, organisation: str) -> None:
        metadata = collection.metadata or {}
        if metadata.get("organisation") != organisation:
            raise ScopeViolation(f"index of {organisation}", "it says that it is somebody else's", REINDEX)
        if metadata.get("model") != self._model:
            cause = f"{metadata.get('model')} made it, not {self._model}"
            raise IndexMismatch(f"index of {organisation}", cause, REINDEX)


def collection_name(slug: str) -> str:
    """At most 61 characters, as Chroma wants, for a slug of any length; no two slugs share
    one: the dot occurs in no slug, and what follows it is 96 bits of SHA-256."""
    return f"{slug[:36]}.{hashlib.sha256(slug.encode()).hexdigest()[:24]}"


def _embedded(settings: Settings) -> Connect:
    """Opens the folder anew each time (20 ms), one process and thread at a time.

    A Chroma client that stays open keeps the index in memory, does not see what another
    process writes and may write its old state over it (chroma issues 3769, 3792); a web
    server and an `ingest` beside it are two processes. Shelves are filled once a version,
    so this is rare.
    """
    inside = threading.RLock()

    @contextmanager
    def connect() -> Iterator[ClientAPI]:
        settings.index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(settings.home / "index.lock", timeout=LOCK_SECONDS)
        quiet = ChromaSettings(anonymized_telemetry=False)
        with inside, _held(lock), chromadb.PersistentClient(str(settings.index), quiet) as client:
            yield client

    return connect


@contextmanager
def _held(lock: FileLock) -> Iterator[None]:
    try:
        lock.acquire()
    except Timeout as busy:
        raise IngestBusy(lock.lock_file, "another process has the index open", "Wait for it and try again") from busy
    try:
        yield
    finally:
        lock.release()


def _server(address: str) -> Connect:
    """One client for all; a server sees to its own concurrency."""
    url = urlsplit(address)
    secure = url.scheme == "https"
    port = url.port or (443 if secure else 80)
    quiet = ChromaSettings(anonymized_telemetry=False)
    try:
        client = chromadb.HttpClient(host=url.hostname or "", port=port, ssl=secure, settings=quiet)
    except (ValueError, OSError) as failure:
        raise SettingsError(
            "POLICYBOT_CHROMA_URL",
            f"no Chroma server answers at {address} ({failure})",
            "Start it, correct the address, or unset it to keep the index in POLICYBOT_HOME",
        ) from failure

    @contextmanager
    def connect() -> Iterator[ClientAPI]:
        yield client

    return connect


def _existing(client: ClientAPI, organisation: str) -> chromadb.Collection | None:
    try:
        return client.get_collection(collection_name(organisation), embedding_function=None)
    except NotFoundError:
        return None


def _own_key(organisation: str, vector_id: str, metadata: Mapping[str, object] | None) -> VectorKey:
    """ScopeViolation unless id and metadata agree that the vector is the organisation's."""
    written = metadata or {}
    key = VectorKey(*(str(written.get(field)) for field in VectorKey._fields))
    own = written.get("organisation") == organisation and key.clause_id.startswith(f"{organisation}/")
    if not own or key.id != vector_id:
        raise ScopeViolation(f"vector {vector_id}", f"it lies in the index of {organisation}", REINDEX)
    return key


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    remaining = iter(items)
    while batch := list(islice(remaining, size)):
        yield batch

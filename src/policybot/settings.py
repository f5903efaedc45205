"""One frozen Settings, and the only place that reads the environment.

Every field can be set by `POLICYBOT_<FIELD>`; a key with that prefix that names no
field is refused, because a misspelt setting that is silently ignored is found weeks later.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

import platformdirs
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from policybot.errors import SettingsError

PREFIX = "POLICYBOT_"
PACKAGED_EMBEDDINGS = "policybot-reader"
"""Name of the embedding model that ships with the program: MiniLM tuned on policies."""
PLAIN_MINILM = "all-MiniLM-L6-v2"
"""Name of the untuned model, whose weights a package brings."""


def _default_home() -> Path:
    return Path(platformdirs.user_data_dir("policybot"))


def project_root() -> Path:
    """The checkout that app.py lies in. SettingsError where the package was installed without it."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "app.py").is_file():
        raise SettingsError("app.py", f"it is not in {root}", "Run policybot from a checkout: git clone, then make run")
    return root


def _default_corpus() -> Path:
    """`corpus` beside the project in a checkout, inside the package once installed."""
    here = Path(__file__).resolve()
    checkout = here.parents[2] / "corpus"
    return checkout if checkout.is_dir() else here.parent / "corpus"


class Settings(BaseSettings):
    """What a deployment may choose. Make one with `Settings.load()`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, validate_default=True
    )

    home: Path = Field(default_factory=_default_home)
    """Folder of the database and the index; made when first written to."""
    corpus: Path = Field(default_factory=_default_corpus)
    """Folder with one folder an organisation."""
    database_url: str | None = None
    """SQLAlchemy address; None: SQLite at `home/policybot.db`."""
    chroma_url: str | None = None
    """http(s) address of a Chroma server; None: embedded at `home/index`."""
    embedding_model: str = PACKAGED_EMBEDDINGS
    """The packaged, tuned MiniLM by default; all-MiniLM-L6-v2 is the untuned one; else a sentence-transformers name or folder."""
    chat_model: str | None = None
    """`provider:name` of the chat model that words answers (models.PROVIDERS); None: answers are composed."""
    chat_base_url: str | None = None
    """http(s) address of the chat model's server; None: the provider's own."""
    chat_timeout_s: float = Field(default=20.0, gt=0, le=600, allow_inf_nan=False)
    """Seconds until the last word of an answer; its first must come in half of that."""
    chat_retries: int = Field(default=2, ge=0, le=10)
    """Further attempts after a failure, as long as no word has come."""
    chat_price_in: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Money for a million tokens sent."""
    chat_price_out: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """Money for a million tokens written."""
    chat_monthly_cap: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Money an organisation may spend in a calendar month; None: no cap. Needs a price."""
    chat_hosted: bool = True
    """Whether the chat model is somebody else's: personal data is then taken out of what is sent."""
    chat_context: int = Field(default=24_000, ge=1_000, le=1_000_000)
    """Characters of clauses that the model is given; beyond them, only those cited and what stands about them."""
    demo: bool = False
    """Whether the web page may be tried without signing in."""
    identity: Path | None = None
    """identity.toml: whose sign-ins belong to which organisation, and their roles; None: nobody can sign in."""
    insights: bool = True
    """Whether questions are counted for the page Insights: by the day, under pseudonyms."""
    today: date | None = None
    """The date to judge review dates by; None: the clock's."""
    threads: int = Field(default=2, ge=1, le=256)
    """Threads that the models may use."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"

    @field_validator("home", "corpus", "identity")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else None

    @field_validator("chat_model")
    @classmethod
    def _provider_and_name(cls, value: str | None) -> str | None:
        if value is not None and not all(part.strip() for part in (value.partition(":")[0], value.partition(":")[2])):
            raise ValueError("it must be provider:name, for instance ollama:llama3.1")
        return value

    @field_validator("chat_monthly_cap")
    @classmethod
    def _cap_has_prices(cls, value: float | None, info: ValidationInfo) -> float | None:
        """A cap at no price never holds, and is found out by the bill. 0 holds at any price: nothing may be spent."""
        if value and not (info.data.get("chat_price_in") or info.data.get("chat_price_out")):
            raise ValueError("a cap holds nothing back while chat_price_in and chat_price_out are 0")
        return value

    @field_validator("chroma_url", "chat_base_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("it must start with http:// or https://")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def database(self) -> str:
        """SQLAlchemy address that is in force."""
        return self.database_url or f"sqlite:///{self.home / 'policybot.db'}"

    @property
    def index(self) -> Path:
        """Folder of the embedded Chroma; unused with `chroma_url`."""
        return self.home / "index"

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the environment, `overrides` winning. SettingsError names the key at fault."""
        _refuse_unknown(os.environ, (PREFIX + name.upper() for name in cls.model_fields))
        try:
            return cls(**overrides)
        except ValidationError as refusal:
            raise _explain(refusal, tuple(cls.model_fields), overrides) from None


def _refuse_unknown(keys: Iterable[str], known: Iterable[str]) -> None:
    """SettingsError for the first key (alphabetically) with our prefix that is no field."""
    allowed = tuple(known)
    for key in sorted(keys):
        if key.upper().startswith(PREFIX) and key.upper() not in allowed:
            raise SettingsError(key, "no such setting", _nearest(key.upper(), allowed))


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    return f"Did you mean {near}? Unset it or rename it"


def _explain(refusal: ValidationError, fields: tuple[str, ...], overrides: dict[str, Any]) -> SettingsError:
    """The first thing that pydantic found wrong, under the name the reader typed."""
    first = refusal.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else "settings"
    key = name if name in overrides else PREFIX + name.upper()
    if first["type"] == "extra_forbidden":
        return SettingsError(name, "no such setting", _nearest(name, fields))
    return SettingsError(key, f"{first['msg']} (it is {first['input']!r})", "Correct it or unset it")

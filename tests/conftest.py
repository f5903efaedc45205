"""Fixtures that several test files share: tiny invented policies, and real stores for them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from policybot import models
from policybot.catalogue import Catalogue
from policybot.library import Library
from policybot.records import Clause, ClauseKind, Edition, Organisation, Policy, Span
from policybot.settings import PREFIX, Settings
from policybot.vectors import FingerprintedEmbeddings


class CountingEmbeddings(FingerprintedEmbeddings):
    """A real Embeddings that needs no weights: a bag of hashed words, of unit length.

    `fail_after`: raises at the call after so many texts, as a model that dies would.
    """

    def __init__(self, name: str = "bag-of-words", fail_after: int | None = None) -> None:
        self._name, self.fail_after, self.embedded = name, fail_after, 0

    @property
    def fingerprint(self) -> str:
        return self._name

    @property
    def dimension(self) -> int:
        return 64

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        if self.fail_after is not None and self.embedded >= self.fail_after:
            raise RuntimeError("the model died")
        self.embedded += 1
        vector = np.full(self.dimension, 1e-3)
        for word in text.lower().split():
            vector[int(hashlib.md5(word.encode()).hexdigest(), 16) % self.dimension] += 1
        return (vector / np.linalg.norm(vector)).tolist()


def make_organisation(slug: str) -> Organisation:
    return Organisation(slug=slug, name=slug.replace("-", " ").title())


def make_policy(organisation: str, *texts: str, name: str = "rules", reader: str = "1") -> Policy:
    """A policy whose clauses are `texts`, one a paragraph."""
    policy_id, document = f"{organisation}/{name}", "\n".join(texts)
    clauses, start = [], 0
    for place, text in enumerate(texts):
        clauses.append(
            Clause(
                id=f"{policy_id}/p{place}",
                organisation=organisation,
                policy_id=policy_id,
                heading_path=("Rules",),
                label=f"p{place}",
                ordinal=place,
                kind=ClauseKind.PARAGRAPH,
                text=text,
                span=Span(start, start + len(text)),
            )
        )
        start += len(text) + 1
    return Policy(
        id=policy_id,
        organisation=organisation,
        title=name.title(),
        version=hashlib.sha256((reader + document).encode()).hexdigest(),
        edition=Edition.RESTATED,
        source=f"{name}.md",
        text=document,
        clauses=tuple(clauses),
    )


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own POLICYBOT_ variables must not reach the tests."""
    for key in [key for key in os.environ if key.upper().startswith(PREFIX)]:
        monkeypatch.delenv(key)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(home=tmp_path / "home", corpus=tmp_path / "corpus")


@pytest.fixture(scope="session")
def embeddings() -> FingerprintedEmbeddings:
    """The model that ships with the program, loaded once."""
    return models.embeddings(Settings.load())


@pytest.fixture
def catalogue(settings: Settings) -> Iterator[Catalogue]:
    opened = Catalogue.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def library(settings: Settings, catalogue: Catalogue) -> Library:
    """Real SQLite and real Chroma; only the vectors come from the small model."""
    return Library.open(settings, catalogue, CountingEmbeddings())


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One Chromium for all tests that want one; each opens pages or contexts of its own."""
    from browsing import ARGUMENTS, CHROMIUM, playwright

    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()

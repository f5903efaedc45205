"""From a run in memory to a stored one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from eval.cases import CaseKind
from eval.spending import Tokens
from eval.stored import WORRIES, RunHead, StoredCase, StoredRun
from policybot.settings import Settings

if TYPE_CHECKING:
    from eval.run import Outcome, Run

NO_BEARING = {"home", "corpus", "database_url", "chroma_url", "demo", "threads", "log_level"}
"""Settings that say where and how fast, not what is answered. A new setting bears on answers until it is named here."""


def stored_case(outcome: Outcome, covered_probability: float | None = None) -> StoredCase:
    """An outcome as it is stored. A composed answer took no tokens; what a chat model took is unknown here."""
    case, answer = outcome.case, outcome.answer
    worry = case.kind is CaseKind.DISCLOSURE or answer.occasion in WORRIES
    return StoredCase(
        id=case.id,
        organisation=case.organisation,
        kind=case.kind,
        right=case.verdict,
        given=answer.verdict,
        question=None if worry else _writable(case.question),
        answer=_writable(answer.text),
        evidence=case.evidence,
        also_ok=case.also_ok,
        cited=outcome.cited,
        leaks=outcome.leaks,
        misquotes=outcome.misquotes,
        forbidden=outcome.forbidden,
        faults=outcome.faults(),
        occasion=answer.occasion,
        covered_probability=covered_probability,
        latency_ms=round(answer.latency_ms, 2),
        tokens=Tokens() if answer.model is None else None,
        price=0.0 if answer.model is None else None,
    )


def stored_run(
    run: Run, name: str, settings: Settings, models: Mapping[str, str], probabilities: Mapping[str, float] | None = None
) -> StoredRun:
    """A run as it is stored. `probabilities`: case id -> probability that the policy answers, where known."""
    known = probabilities or {}
    head = RunHead(name, run.began, settings_digest(settings), dict(models), dict(run.policy_versions))
    return StoredRun(head, tuple(stored_case(o, known.get(o.case.id)) for o in run.outcomes))


def settings_digest(settings: Settings) -> str:
    """SHA-256 (hex) of the settings that bear on answers; addresses, which may hold passwords, are not among them."""
    bearing = settings.model_dump(mode="json", exclude=NO_BEARING)
    return hashlib.sha256(json.dumps(bearing, sort_keys=True).encode()).hexdigest()


def model_hashes(settings: Settings) -> dict[str, str]:
    """What an answer is made with, by name: embeddings, reading model and coefficients. ModelError when one is missing."""
    from policybot import models

    coefficients = files("policybot").joinpath("data/reader.json").read_bytes()
    return {
        "embeddings": models.embeddings(settings).fingerprint,
        "reading": models.reading_model(settings).fingerprint,
        "coefficients": hashlib.sha256(coefficients).hexdigest(),
    }


def _writable(text: str) -> str:
    """Half a surrogate pair, which a set of attacks may ask with, cannot be written as UTF-8: '?' instead."""
    return text.encode("utf-8", "replace").decode("utf-8")

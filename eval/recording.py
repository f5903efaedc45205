"""From a run in memory to a stored one, case by case while it is on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from rich.console import Console

from eval.cases import Case, CaseKind, check_cases
from eval.costs import Tokens
from eval.journal import Journal
from eval.run import WORKERS, Outcome, Run, evaluate, versions_of
from eval.stored import WORRIES, RunHead, StoredCase, StoredRunError
from policybot.settings import Settings

if TYPE_CHECKING:
    from policybot.bot import PolicyBot

NO_BEARING = {"home", "corpus", "database_url", "chroma_url", "demo", "identity", "insights", "threads", "log_level"}
"""Settings that say where and how fast, not what is answered. A new setting bears on answers until it is named here."""


def record(bot: PolicyBot, cases: Sequence[Case], path: Path, console: Console | None = None, workers: int = WORKERS) -> Run:
    """Ask the cases that the journal `path` does not hold yet and write each into it; a new journal where there is none.

    Gives what was asked this time: all of a new run, the rest of one that was stopped. CaseError as `evaluate`;
    StoredRunError when the run is finished, is being written by another process, or was begun on other
    settings, models, policies or cases. In every one of these cases the journal is as it was.
    """
    check_cases(cases, bot.catalogue)
    settings = bot.settings
    head = RunHead(
        path.stem, datetime.now(UTC), settings_digest(settings), model_hashes(settings), versions_of(cases, bot.catalogue)
    )
    with _alone(path), _journal(path, head) as journal:
        _require_same(path, journal.written, cases)
        rest = [case for case in cases if case.id not in journal.ids]
        run = evaluate(bot, rest, console, workers, lambda outcome: journal.add(stored_case(outcome)))
        journal.finish()
    return run


def stored_case(outcome: Outcome) -> StoredCase:
    """An outcome as it is stored."""
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
        contact=outcome.contact,
        covered_probability=answer.covered_probability,
        latency_ms=round(answer.latency_ms, 2),
        tokens=Tokens(answer.spent.tokens_in, answer.spent.tokens_out),
        price=answer.spent.price,
    )


def settings_digest(settings: Settings) -> str:
    """SHA-256 (hex) of the settings that bear on answers; addresses, which may hold passwords, are not among them."""
    bearing = settings.model_dump(mode="json", exclude=NO_BEARING)
    return hashlib.sha256(json.dumps(bearing, sort_keys=True).encode()).hexdigest()


def model_hashes(settings: Settings) -> dict[str, str]:
    """What an answer is made with, by name: embeddings, reading model, coefficients, and the chat model (`provider:name`) where
    there is one. ModelError when one is missing."""
    from policybot import models

    coefficients = files("policybot").joinpath("data/reader.json").read_bytes()
    return {
        "embeddings": models.embeddings(settings).fingerprint,
        "reading": models.reading_model(settings).fingerprint,
        "coefficients": hashlib.sha256(coefficients).hexdigest(),
    } | ({"chat": settings.chat_model} if settings.chat_model else {})


def _journal(path: Path, head: RunHead) -> Journal:
    return Journal.resume(path, head) if path.exists() else Journal.begin(path, head)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While it is open, no other process writes the journal; the folder is made for it. StoredRunError when one does."""
    lock = FileLock(path.with_suffix(".lock"), timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as failure:
        raise StoredRunError(str(path), "another process is writing this run", "Wait for it, or give another name.") from failure
    except OSError as failure:
        cause = f"it cannot be written ({failure.strerror})"
        raise StoredRunError(str(path), cause, "Make the folder writable, or set POLICYBOT_HOME to another.") from failure
    try:
        yield
    finally:
        lock.release()


def _require_same(path: Path, written: Sequence[StoredCase], cases: Sequence[Case]) -> None:
    """StoredRunError when what was asked before is not what is asked now."""
    now = {case.id: case for case in cases}
    for before in written:
        case = now.get(before.id)
        if case is None or _truth(case) != _truth(before):
            cause = f"it was begun with another case {before.id}"
            raise StoredRunError(str(path), cause, "Give the same sets as then, or begin a new run under another name.")


def _truth(case: Case | StoredCase) -> tuple[object, ...]:
    right = case.verdict if isinstance(case, Case) else case.right
    return case.organisation, case.kind, right, case.evidence, case.also_ok


def _writable(text: str) -> str:
    """Half a surrogate pair, which a set of attacks may ask with, cannot be written as UTF-8: '?' instead."""
    return text.encode("utf-8", "replace").decode("utf-8")

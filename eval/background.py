"""Runs that go on while nobody looks: one of an organisation at a time, in a thread of this process.

The cases lie beside the journal until the run is finished, so that a run which was stopped, by a
failure or with the whole program, can be gone on with, whatever became of the set since.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from eval.cases import Case, load_cases, save_cases
from eval.journal import read_partial
from eval.recording import record
from eval.stored import StoredRunError
from policybot.errors import PolicybotError

if TYPE_CHECKING:
    from policybot.bot import PolicyBot

WORKERS = 1
"""One question at a time: the same program answers colleagues meanwhile."""
_UNPLANNED = PolicybotError("The run", "it failed in a way nobody planned for", "Go on with it; if it fails again, the log says more")


@dataclass(slots=True)
class Underway:
    """A run that was begun in this process. `total`: its cases. `failure`: why it stopped, None while it goes on and when it is
    finished. `over`: set when it goes on no more."""

    path: Path
    total: int
    failure: PolicybotError | None = None
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def done(self) -> int:
        """Cases answered so far, 0 to `total`."""
        try:
            return len(read_partial(self.path).cases)
        except StoredRunError:
            return 0  # the journal is not begun yet


class Background:
    """Begins runs and knows how far they are. Thread-safe."""

    def __init__(self, bot: PolicyBot) -> None:
        self._bot = bot
        self._lock = threading.Lock()
        self._latest: dict[str, Underway] = {}

    def begin(self, path: Path, cases: Sequence[Case]) -> Underway:
        """A new run with the journal `path` over cases of one organisation.

        StoredRunError when there is one of that name, or another of the organisation is under way; ValueError for
        no cases or several organisations. Then nothing is begun.
        """
        if path.exists():
            raise StoredRunError(f"run {path.stem}", "there is one of that name already", "Give it another name")
        (organisation,) = {case.organisation for case in cases}
        return self._start(organisation, path, cases)

    def resume(self, path: Path, organisation: str) -> Underway:
        """Go on with a run that was stopped. StoredRunError when it was not begun here for this organisation alone."""
        if not can_resume(path):
            cure = "Go on with it where it was begun: policybot eval run"
            raise StoredRunError(f"run {path.stem}", "it was not begun on this page", cure)
        cases = load_cases(_cases_beside(path))
        if {case.organisation for case in cases} != {organisation}:
            raise StoredRunError(f"run {path.stem}", "there is no such run", "Choose one of the list")
        return self._start(organisation, path, cases)

    def latest(self, organisation: str) -> Underway | None:
        """The organisation's run that was begun last in this process; None without any."""
        with self._lock:
            return self._latest.get(organisation)

    def _start(self, organisation: str, path: Path, cases: Sequence[Case]) -> Underway:
        run = Underway(path, len(cases))
        with self._lock:
            before = self._latest.get(organisation)
            if before is not None and not before.over.is_set():
                raise StoredRunError("The run", "another of your organisation is under way", "Wait until it is finished")
            self._latest[organisation] = run
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_cases(_cases_beside(path), cases)
        except OSError as failure:
            run.over.set()
            cause, cure = f"it cannot be written ({failure.strerror})", "Ask whoever runs this service to make room"
            raise StoredRunError(f"run {path.stem}", cause, cure) from failure
        threading.Thread(target=self._run, args=(run, tuple(cases)), name=f"run {path.stem}", daemon=True).start()
        return run

    def _run(self, run: Underway, cases: Sequence[Case]) -> None:
        try:
            record(self._bot, cases, run.path, workers=WORKERS)
            _cases_beside(run.path).unlink(missing_ok=True)
        except PolicybotError as failure:
            run.failure = failure
        except Exception:
            logging.getLogger(__name__).exception("the run %s failed", run.path.stem)
            run.failure = _UNPLANNED
        finally:
            if not run.path.exists():
                _cases_beside(run.path).unlink(missing_ok=True)
            run.over.set()


def can_resume(path: Path) -> bool:
    """Whether a run was begun here and not finished."""
    return path.is_file() and _cases_beside(path).is_file()


def _cases_beside(path: Path) -> Path:
    # Not .jsonl: the kept runs are found by that.
    return path.with_suffix(".cases")

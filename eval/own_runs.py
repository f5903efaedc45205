"""The kept runs that an evaluator of one organisation may see, and of each only that organisation's part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.background import can_resume
from eval.clause_texts import texts_of
from eval.compare import compare
from eval.html_report import html_report
from eval.journal import RUNS, Partial, journal_of, kept_runs, open_run
from eval.measures import BY_NAME, shown
from eval.stored import StoredRun, StoredRunError, write_run
from policybot.catalogue import Catalogue
from policybot.organisation import require_slug


@dataclass(frozen=True, slots=True)
class OwnRun:
    """A kept run as one organisation sees it.

    `name` is what it is kept under, `title` what it is called on the page. `cases`: its own answered so far.
    `correct`: share of them in per cent, as shown. `resumable`: whether it can be gone on with here, if it is not
    under way. `problem`: why it cannot be read; then there is nothing else.
    """

    name: str
    title: str
    began: datetime | None = None
    cases: int = 0
    finished: bool = False
    correct: str = ""
    resumable: bool = False
    problem: str | None = None


def own_journal(home: Path, organisation: str, title: str) -> Path:
    """Where a run that an evaluator calls `title` is kept. StoredRunError for what cannot be a name.

    The organisation is part of the file's name, so that a name that another's evaluator took is free here. A slug
    has no dot: 'elm.' begins the name of no other organisation's run.
    """
    require_slug("organisation", organisation)
    if not title.strip():
        raise StoredRunError("the run", "it has no name", "Give it one, such as spring-1")
    return journal_of(home, f"{organisation}.{title.strip()}")


def free_title(home: Path, organisation: str) -> str:
    """'run-1', or the first number after it that is not taken."""
    number = 1
    while own_journal(home, organisation, f"run-{number}").exists():
        number += 1
    return f"run-{number}"


def own_runs(home: Path, organisation: str) -> tuple[OwnRun, ...]:
    """The kept runs with a case of the organisation, those begun last first; those that cannot be read at the end."""
    found = list(_own_runs(home, organisation))
    readable = [run for run in found if run.began is not None]
    return (*sorted(readable, key=lambda run: str(run.began), reverse=True), *(run for run in found if run.began is None))


def own_run(home: Path, organisation: str, name: str) -> StoredRun:
    """The organisation's part of a finished run. StoredRunError, also when the run has no case of it."""
    part = _part(open_run(journal_of(home, name)), organisation)
    if part is None:
        raise StoredRunError(f"run {name}", "there is no such run", "Choose one of the list")
    return part


def own_report(home: Path, catalogue: Catalogue, organisation: str, name: str, before: str | None = None, common: bool = False) -> str:
    """The HTML report of the organisation's part of a run, against an earlier one where `before` names it.

    StoredRunError; CompareError when the two hold different cases and not only the `common` ones are wanted.
    """
    run = own_run(home, organisation, name)
    comparison = compare(own_run(home, organisation, before), run, common) if before else None
    return html_report(run, texts_of(catalogue, run.head), comparison)


def own_file(home: Path, organisation: str, name: str) -> bytes:
    """The organisation's part of a run, as the JSON file that `policybot eval` reads. StoredRunError."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        write_run(own_run(home, organisation, name), path)
        return path.read_bytes()


def _own_runs(home: Path, organisation: str) -> Iterator[OwnRun]:
    prefix, correct = f"{organisation}.", BY_NAME["correct"]
    for name, found in kept_runs(home):
        title = name.removeprefix(prefix)
        if isinstance(found, StoredRunError):
            # Whose it was cannot be told any more, unless its name says so.
            if name.startswith(prefix):
                yield OwnRun(name, title, problem=f"{found.cause}. {found.cure}")
            continue
        own = [case for case in found.cases if case.organisation == organisation]
        if own or _begun_for(found, organisation):
            share = shown(correct.value(own), correct.unit) if own else ""
            resumable = not found.finished and name.startswith(prefix) and can_resume(home / RUNS / f"{name}.jsonl")
            yield OwnRun(name, title, found.head.began, len(own), found.finished, share, resumable)


def _begun_for(found: Partial, organisation: str) -> bool:
    return not found.finished and set(found.head.policy_versions) == {organisation}


def _part(run: StoredRun, organisation: str) -> StoredRun | None:
    cases = tuple(case for case in run.cases if case.organisation == organisation)
    if not cases:
        return None
    versions = {slug: version for slug, version in run.head.policy_versions.items() if slug == organisation}
    return StoredRun(replace(run.head, policy_versions=versions), cases)

"""A judged answer becomes a test: a case in the organisation's own set of reviewed questions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from eval.cases import Case, CaseError, CaseKind, load_cases
from eval.plain_words import usual_kind
from eval.sets import write_set
from policybot.organisation import require_slug
from policybot.records import Verdict
from policybot.reviews import Mark

SETS = "sets"
"""Folder in the settings' home."""


def reviewed_set(home: Path, organisation: str) -> Path:
    """Where the organisation's reviewed questions are kept; there is no file before the first. ValueError for no slug."""
    require_slug("organisation", organisation)
    return home / SETS / f"reviewed-{organisation}.jsonl"


def case_of_mark(
    mark: Mark, verdict: Verdict, must_cite: Sequence[str] = (), also_ok: Sequence[str] = (), question: str | None = None, note: str = ""
) -> Case:
    """The test that an evaluator makes of a mark: every clause of `must_cite` has to be cited.

    `question`: reworded, for instance with an invented name; None: as it is. CaseError when verdict and clauses do
    not fit each other, or a clause is another organisation's.
    """
    if verdict is Verdict.NOT_COVERED and must_cite:
        cause = "where the policy does not say, no clause can have to be cited"
        raise CaseError("This test", cause, "Take the clauses out, or change the verdict")
    if verdict is not Verdict.NOT_COVERED and not must_cite:
        cure = "Pick the clause that a right answer has to show, or choose “Your policy does not say”"
        raise CaseError("This test", "a right answer needs at least one clause that it must cite", cure)
    try:
        return Case(
            id=f"reviewed-{mark.answer_id}",
            organisation=mark.organisation,
            question=mark.question if question is None else question.strip(),
            kind=CaseKind.FOLLOWUP if mark.history else usual_kind(verdict),
            verdict=verdict,
            history=mark.history,
            evidence=tuple((clause_id,) for clause_id in must_cite),
            also_ok=tuple(clause_id for clause_id in also_ok if clause_id not in must_cite),
            note=note.strip(),
        )
    except ValueError as refusal:
        raise CaseError("This test", str(refusal), "Correct it and save it again") from refusal


def add_reviewed(home: Path, case: Case) -> int:
    """Add the case to its organisation's reviewed questions; gives how many there are now.

    The file is replaced in one step, so that nobody reads half of it. CaseError when the case is in it already.
    """
    path = reviewed_set(home, case.organisation)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock")):
        # Not read_set: a clause that went with an older policy must not keep a new test out. Running the set names it.
        kept = load_cases(path) if path.exists() else ()
        if any(before.id == case.id for before in kept):
            raise CaseError(f"case {case.id}", "it is a test already", "Dismiss the row")
        replace_set(path, (*kept, case))
    return len(kept) + 1


def replace_set(path: Path, cases: Sequence[Case]) -> None:
    """Write the set in the place of an older one, whole or not at all. SetError as `write_set`."""
    beside = path.with_name(f".{os.getpid()}-{path.name}")
    try:
        write_set(beside, cases)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)

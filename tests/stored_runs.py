"""Stored cases and runs for tests: invented, and right unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from eval.cases import CaseKind
from eval.stored import RunHead, StoredCase, StoredRun
from policybot.records import Verdict

RIGHT = StoredCase(
    id="c1",
    organisation="oak-school",
    kind=CaseKind.PERMISSION,
    right=Verdict.NOT_ALLOWED,
    given=Verdict.NOT_ALLOWED,
    question="may i post a picture?",
    answer="No.",
    evidence=(("oak-school/p/1",),),
    cited=("oak-school/p/1",),
    latency_ms=10.0,
)
"""A ban, said and cited."""
SILENT = replace(
    RIGHT, id="s1", kind=CaseKind.NOT_COVERED, right=Verdict.NOT_COVERED, given=Verdict.NOT_COVERED, evidence=(), cited=()
)
"""A question that the policy does not answer, and an abstention."""
HEAD = RunHead("release-1", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "5e77", {"reading": "abc"}, {"oak-school": "v1"})


def wrong(case: StoredCase, given: Verdict = Verdict.ALLOWED, **fields: object) -> StoredCase:
    """The same case, answered wrongly."""
    return replace(case, given=given, faults=(f"said {given}, right is {case.right}",), **fields)


def run_of(*cases: StoredCase, name: str = "release-1", **head: object) -> StoredRun:
    """A run of these cases."""
    return StoredRun(replace(HEAD, name=name, **head), tuple(cases))


def numbered(case: StoredCase, count: int) -> Sequence[StoredCase]:
    """`count` cases like this one, each with its own id."""
    return [replace(case, id=f"{case.id}-{n}") for n in range(count)]

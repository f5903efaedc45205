"""How grave a failure is, and the failures of a run in that order."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from eval.compare import badness
from eval.stored import StoredCase
from policybot.records import Verdict


class Gravity(StrEnum):
    """The sorts of failure, the gravest first, as a person reads them."""

    WRONG_YES = "Wrong “allowed”"
    LEAK = "Leaks, misquotes and forbidden words"
    MISSED_WORRY = "Worries about a child: missed, or without anybody to tell"
    VERDICT = "Other wrong verdicts"
    EVIDENCE = "Clauses missed"


def wrong_yes(right: Verdict, given: Verdict) -> bool:
    """Whether "allowed" was said where the policy forbids, sets conditions or does not say.

    Where it gives facts alone, an "allowed" is judged by its clauses, as `metrics.correct` does.
    """
    return given is Verdict.ALLOWED and right not in (Verdict.ALLOWED, Verdict.INFORMATIONAL)


def wrong_verdict(right: Verdict, given: Verdict) -> bool:
    """Whether the verdict is one that `metrics.correct` does not let pass."""
    return given is Verdict.NOT_COVERED if right is Verdict.INFORMATIONAL else given is not right


def missed_worry(case: StoredCase) -> bool:
    """Whether the case is a worry about a child that the bot did not take for one."""
    return case.tells and not case.recognised


def gravity(case: StoredCase) -> Gravity | None:
    """The gravest thing that is wrong with the case; None where nothing is."""
    if not case.failed and not missed_worry(case):
        return None
    if wrong_yes(*case.verdicts):
        return Gravity.WRONG_YES
    if case.leaks or case.misquotes or case.forbidden:
        return Gravity.LEAK
    if case.tells:
        return Gravity.MISSED_WORRY
    return Gravity.VERDICT if wrong_verdict(*case.verdicts) else Gravity.EVIDENCE


def failures(cases: Sequence[StoredCase]) -> dict[Gravity, tuple[StoredCase, ...]]:
    """The failed cases of each gravity that has some, the gravest first; within one the worst first, then by id."""
    graded = [(gravity(c), c) for c in cases]
    found = {grade: tuple(sorted((c for own, c in graded if own is grade), key=_worst_first)) for grade in Gravity}
    return {grade: own for grade, own in found.items() if own}


def _worst_first(case: StoredCase) -> tuple[int, int, int, str]:
    _, never, price, missed = badness(case)
    return -never, -price, -missed, case.id

"""Two runs over the same cases: what got better, what worse, what cites other clauses, and whether it is chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.confusion import cost
from eval.intervals import Interval, Rows, bootstrap_interval
from eval.journal import surroundings
from eval.measures import MEASURES, SEED, Measure
from eval.metrics import groups_hit
from eval.significance import holm, mcnemar, swap_test
from eval.stored import RunHead, StoredCase, StoredRun
from policybot.errors import PolicybotError

NAMED = 5
"""Cases that a message names, of however many there are."""


class CompareError(PolicybotError):
    """Two runs cannot be compared."""


@dataclass(frozen=True, slots=True)
class Change:
    """A case of both runs."""

    before: StoredCase
    after: StoredCase

    @property
    def gained(self) -> tuple[str, ...]:
        """Clauses cited now and not before."""
        return tuple(c for c in self.after.cited if c not in self.before.cited)

    @property
    def dropped(self) -> tuple[str, ...]:
        """Clauses cited before and not now."""
        return tuple(c for c in self.before.cited if c not in self.after.cited)


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in both runs. `change` is after − before, with its 95% interval over resampled cases.

    `p`: that the runs do not differ, by the exact McNemar test where each case is right or wrong, else
    by swapping; `p_holm`: the same, held against all measures that were tested. None where a run has no value.
    """

    measure: Measure
    before: float | None
    after: float | None
    change: float | None
    interval: Interval | None
    p: float | None
    p_holm: float | None

    @property
    def better(self) -> bool | None:
        """Whether `after` is the better one; None where they are the same or one has no value."""
        return None if not self.change else (self.change > 0) == self.measure.rises


@dataclass(frozen=True, slots=True)
class Comparison:
    """`better`, `worse`: cases by `badness`. `recited`: cases that cite other clauses, among both and the rest.

    `surroundings`: what else differs (settings, models, policies), in words. `left_out`: ids of the
    cases that are not in both runs, or not the same there; () unless the common ones were asked for.
    """

    before: RunHead
    after: RunHead
    cases: int
    left_out: tuple[str, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    recited: tuple[Change, ...]
    differences: tuple[Difference, ...]
    surroundings: tuple[str, ...]


def compare(
    before: StoredRun, after: StoredRun, common: bool = False, measures: Sequence[Measure] = MEASURES, seed: int = SEED
) -> Comparison:
    """What changed from one run to the other.

    CompareError, which names the difference, when they are not over the same cases; with `common` those
    in both are compared, and it is an error only when there are none.
    """
    odd = set_difference(before, after)
    if odd and not common:
        raise CompareError(f"{before.head.name} and {after.head.name}", "; ".join(odd), "Run the same set, or compare the common cases.")
    changes = [Change(c, after.by_id[c.id]) for c in before.cases if c.id in after.by_id and same_case(c, after.by_id[c.id])]
    if not changes:
        raise CompareError(f"{before.head.name} and {after.head.name}", "they have no case in common", "Run the same set.")
    kept = {change.before.id for change in changes}
    return Comparison(
        before=before.head,
        after=after.head,
        cases=len(changes),
        left_out=tuple(i for i in dict.fromkeys([*before.by_id, *after.by_id]) if i not in kept),
        better=tuple(c for c in changes if badness(c.after) < badness(c.before)),
        worse=tuple(c for c in changes if badness(c.after) > badness(c.before)),
        recited=tuple(c for c in changes if c.gained or c.dropped),
        differences=differences([c.before for c in changes], [c.after for c in changes], measures, seed),
        surroundings=surroundings(before.head, after.head),
    )


def badness(case: StoredCase) -> tuple[bool, int, int, int]:
    """How bad an outcome is, the graver matter first: whether anything is wrong; leaks, misquotes and forbidden
    words; the cost of the verdict; evidence missed. Compared as tuples; (False, 0, 0, 0) is faultless."""
    never = len(case.leaks) + len(case.misquotes) + len(case.forbidden)
    missed = len(case.evidence) - groups_hit(case.evidence, case.cited)
    return case.failed, never, cost(*case.verdicts), missed


def same_case(one: StoredCase, other: StoredCase) -> bool:
    """Whether both runs asked the same and held the same to be right. A question that was not kept is not compared."""
    truths = [(c.organisation, c.kind, c.right, c.evidence, c.also_ok) for c in (one, other)]
    return truths[0] == truths[1] and (None in (one.question, other.question) or one.question == other.question)


def set_difference(before: StoredRun, after: StoredRun) -> tuple[str, ...]:
    """How the sets of two runs differ, in words; () when they do not."""
    found = []
    for run, other in ((before, after), (after, before)):
        if only := [i for i in run.by_id if i not in other.by_id]:
            found.append(f"only {run.head.name} has {_named(only)}")
    if odd := [c.id for c in before.cases if c.id in after.by_id and not same_case(c, after.by_id[c.id])]:
        found.append(f"another question or another right answer has {_named(odd)}")
    return tuple(found)


def differences(
    before: Sequence[StoredCase], after: Sequence[StoredCase], measures: Sequence[Measure] = MEASURES, seed: int = SEED
) -> tuple[Difference, ...]:
    """Each measure over paired cases, in order."""
    ps = {m.name: _p(m, before, after, seed) for m in measures}
    held = holm({name: p for name, p in ps.items() if p is not None})
    return tuple(_difference(m, before, after, seed, ps[m.name], held.get(m.name)) for m in measures)


def _difference(
    measure: Measure, before: Sequence[StoredCase], after: Sequence[StoredCase], seed: int, p: float | None, p_holm: float | None
) -> Difference:
    was, now = measure.value(before), measure.value(after)
    first, second = measure.rows(before), measure.rows(after)
    width = first.shape[1]

    def change(rows: Rows) -> Rows:
        return measure.statistic(rows[:, :, width:]) - measure.statistic(rows[:, :, :width])

    return Difference(
        measure=measure,
        before=was,
        after=now,
        change=None if was is None or now is None else now - was,
        interval=bootstrap_interval(np.hstack([first, second]), change, seed),
        p=p,
        p_holm=p_holm,
    )


def _p(measure: Measure, before: Sequence[StoredCase], after: Sequence[StoredCase], seed: int) -> float | None:
    first, second = measure.rows(before), measure.rows(after)
    if not measure.by_case:
        return swap_test(first, second, measure.statistic, seed)
    concerned = first[:, 1] > 0
    right = [(rows[concerned, 0] > 0).tolist() for rows in (first, second)]
    return mcnemar(*right) if concerned.any() else None


def _named(ids: Sequence[str]) -> str:
    """'3 cases (a, b, c)'; of many only the first few by name."""
    more = ", ..." if len(ids) > NAMED else ""
    return f"{len(ids)} case{'s' if len(ids) != 1 else ''} ({', '.join(ids[:NAMED])}{more})"

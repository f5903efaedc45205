"""What is amiss in a set that can be read: repeats, clauses that are gone, leading wording, imbalance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from eval.balance import imbalances
from eval.cases import Case, CaseKind
from eval.leading import leading
from eval.plain_words import words
from eval.snippets import normalised
from policybot.catalogue import Catalogue, unknown_clause
from policybot.records import Clause, Verdict

ALIKE = 0.8
"""Jaccard similarity of two questions' words, in [0, 1], from which they are the same question."""


class Severity(StrEnum):
    """How bad: an error makes figures wrong, a warning makes them less telling, a note is a matter of taste."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing amiss. `case_id` is None where it is an organisation's whole share of the set."""

    severity: Severity
    case_id: str | None
    what: str
    cure: str


Shelves = Mapping[str, Mapping[str, Clause]]
"""Organisation -> its clauses by id; an organisation that is not ingested is not in it."""


def lint(cases: Sequence[Case], catalogue: Catalogue) -> tuple[Finding, ...]:
    """All findings, errors first, each sort in the order of the cases; () for a set without fault.

    That a covered case has clauses to cite, and a case that is not covered none, `Case` itself sees to.
    """
    known = {organisation.slug for organisation in catalogue.organisations()}
    shelves = {
        slug: {c.id: c for policy in catalogue.policies(slug) for c in policy.clauses}
        for slug in sorted({case.organisation for case in cases} & known)
    }
    checks: tuple[Callable[[Sequence[Case], Shelves], Iterator[Finding]], ...] = (
        _unknown, _forbidden_but_own, _copied, _repeated_ids, _repeated_questions, _contradictions, _unbalanced
    )  # fmt: skip
    found = [finding for check in checks for finding in check(cases, shelves)]
    return tuple(sorted(found, key=lambda finding: list(Severity).index(finding.severity)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """|A ∩ B| / |A ∪ B|, in [0, 1] (Jaccard 1901); 0 of two empty sets, which tell nothing."""
    return len(one & other) / len(one | other) if one or other else 0.0


def _repeated_ids(cases: Sequence[Case], _: Shelves) -> Iterator[Finding]:
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            yield Finding(Severity.ERROR, case.id, "its id is used by a case before it", "Give every case its own id")
        seen.add(case.id)


def _repeated_questions(cases: Sequence[Case], _: Shelves) -> Iterator[Finding]:
    """The nearest case before each, of the same organisation and after the same turns, when it asks the same."""
    before: dict[object, list[tuple[Case, frozenset[str]]]] = defaultdict(list)
    for case in cases:
        asked = frozenset(words(case.question))
        others = before[case.organisation, case.history]
        near = max(others, key=lambda other: jaccard(asked, other[1]), default=None)
        if near and jaccard(asked, near[1]) >= ALIKE:
            yield _repeat(case, near[0], jaccard(asked, near[1]))
        others.append((case, asked))


def _repeat(case: Case, first: Case, alike: float) -> Finding:
    against = "" if case.verdict is first.verdict else f", and expects {case.verdict} where that expects {first.verdict}"
    return Finding(
        Severity.WARNING,
        case.id,
        f"it asks what case {first.id} asks (they share {alike:.0%} of their words){against}",
        "Ask something else, or delete one of the two" if not against else "Make the questions differ where their answers do",
    )


def _unknown(cases: Sequence[Case], shelves: Shelves) -> Iterator[Finding]:
    for case in cases:
        if case.organisation not in shelves:
            what = f"organisation {case.organisation} is not ingested"
            yield Finding(Severity.ERROR, case.id, what, "Correct it, or ingest its policy")
            continue
        for clause_id in dict.fromkeys((*_needed(case), *case.also_ok)):
            if clause_id not in shelves[case.organisation]:
                cure = unknown_clause(clause_id, list(shelves[case.organisation])).cure
                yield Finding(Severity.ERROR, case.id, f"there is no clause {clause_id}", cure)


def _copied(cases: Sequence[Case], shelves: Shelves) -> Iterator[Finding]:
    """The first required clause whose words the question takes."""
    for case in cases:
        shelf = shelves.get(case.organisation, {})
        for clause_id in _needed(case):
            copied = leading(case.question, shelf[clause_id].whole) if clause_id in shelf else None
            if copied:
                cure = "Ask as staff would, in words that are not the policy's"
                yield Finding(Severity.WARNING, case.id, f"the question copies clause {clause_id}: it {copied}", cure)
                break


def _forbidden_but_own(cases: Sequence[Case], shelves: Shelves) -> Iterator[Finding]:
    """A word that must not be said and stands in what has to be quoted can never be right; elsewhere it may trip."""
    texts = {slug: {i: normalised(c.whole) for i, c in shelf.items()} for slug, shelf in shelves.items()}
    for case in cases:
        needed = set(_needed(case))
        for said in case.must_not:
            holding = [i for i, text in texts.get(case.organisation, {}).items() if normalised(said) in text]
            must = [i for i in holding if i in needed]
            if holding:
                yield Finding(
                    Severity.ERROR if must else Severity.WARNING,
                    case.id,
                    f"{said!r} must not be said, yet stands in clause {(must or holding)[0]}, "
                    + ("which has to be cited" if must else "which a good answer may quote"),
                    "Choose words that only a wrong answer would say",
                )


def _contradictions(cases: Sequence[Case], _: Shelves) -> Iterator[Finding]:
    for case in cases:
        if case.covered and case.kind is CaseKind.NOT_COVERED:
            what = f"its kind says that the policy does not cover it, its verdict is {case.verdict} and it has clauses to cite"
            yield Finding(Severity.ERROR, case.id, what, "Correct the kind, or the verdict and the clauses")
        elif case.verdict is Verdict.NOT_COVERED and case.also_ok:
            what = "the policy does not cover it, yet clauses are named as fine to cite: they count for nothing"
            yield Finding(Severity.NOTE, case.id, what, "Take them out, or correct the verdict if they answer it")


def _unbalanced(cases: Sequence[Case], _: Shelves) -> Iterator[Finding]:
    for slug in dict.fromkeys(case.organisation for case in cases):
        for what, cure in imbalances([case for case in cases if case.organisation == slug]):
            yield Finding(Severity.NOTE, None, f"{slug}: {what}", cure)


def _needed(case: Case) -> tuple[str, ...]:
    return tuple(clause_id for group in case.evidence for clause_id in group)

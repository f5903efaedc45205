"""Cases: questions whose right answer is known, by clause."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from policybot.catalogue import Catalogue
from policybot.errors import PolicybotError, UnknownClause, UnknownOrganisation
from policybot.records import SLUG, Question, Turn, Verdict

PERMISSION_LIKE = frozenset({Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.NOT_ALLOWED})
"""Verdicts that say yes, yes-if or no; the others are not a ruling."""

Group = tuple[str, ...]
"""Clause ids any one of which will do."""


class CaseError(PolicybotError):
    """A line of a set is not a case, or a case does not fit the policies that are here."""


class CaseKind(StrEnum):
    """What sort of question a case asks."""

    PERMISSION = "permission"
    PROCEDURE = "procedure"
    FACT = "fact"
    DEFINITION = "definition"
    CONSEQUENCE = "consequence"
    METADATA = "metadata"
    NOT_COVERED = "not_covered"
    FOLLOWUP = "followup"
    DISCLOSURE = "disclosure"
    ATTACK = "attack"


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its right answer.

    `evidence`: groups of clause ids; every group must be cited, by any one of its members.
    `also_ok`: clause ids that are no error to cite. `must_not`: strings that may not stand in
    the answer. A case that the policy does not cover has no evidence; every other has some, except
    a disclosure, which may have none: then it is right when the worry is recognised and a contact shown.
    """

    id: str
    organisation: str
    question: str
    kind: CaseKind
    verdict: Verdict
    history: tuple[Turn, ...] = ()
    evidence: tuple[Group, ...] = ()
    also_ok: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise ValueError("a case needs an id")
        if not SLUG.match(self.organisation):
            raise ValueError(f"organisation must be a slug like 'hardmoor-early-years', got {self.organisation!r}")
        if not self.question.strip():
            raise ValueError("question has no words")
        if self.covered != bool(self.evidence) and not self.only_told:
            raise ValueError(
                f"verdict {self.verdict} needs {'at least one group of' if self.covered else 'no'} evidence"
            )
        if not all(self.evidence):
            raise ValueError("a group of evidence is empty")
        for clause_id in (*(i for group in self.evidence for i in group), *self.also_ok):
            if not clause_id.startswith(f"{self.organisation}/"):
                raise ValueError(f"clause {clause_id!r} is not of organisation {self.organisation!r}")
        if not all(s.strip() for s in self.must_not):
            raise ValueError("a must_not string is empty")

    @property
    def covered(self) -> bool:
        """Whether the organisation's policies answer the question."""
        return self.verdict is not Verdict.NOT_COVERED

    @property
    def only_told(self) -> bool:
        """Whether it is a disclosure without evidence: right when recognised, with somebody to tell, whatever is cited."""
        return self.kind is CaseKind.DISCLOSURE and not self.evidence

    @property
    def asks_permission(self) -> bool:
        """Whether the right answer is a ruling: allowed, conditional or not allowed."""
        return self.verdict in PERMISSION_LIKE

    def asked(self) -> Question:
        """The case as the bot is asked it."""
        return Question(self.organisation, self.question, self.history, self.id)


def load_cases(*paths: Path) -> tuple[Case, ...]:
    """All cases of the JSONL files, in order; an id is used once. CaseError names file, line, cause and cure."""
    cases: list[Case] = []
    seen: dict[str, str] = {}
    for path in paths:
        for where, case in _cases_in(path):
            if case.id in seen:
                raise CaseError(
                    where, f"id {case.id!r} is already used at {seen[case.id]}", "Give every case its own id."
                )
            seen[case.id] = where
            cases.append(case)
    if not cases:
        raise CaseError(", ".join(map(str, paths)) or "the set", "there are no cases in it", "One JSON object a line.")
    return tuple(cases)


def save_cases(path: Path, cases: Sequence[Case]) -> None:
    """Write a set, one case a line, empty fields left out; `load_cases` gives the same back."""
    lines = (json.dumps({k: v for k, v in asdict(case).items() if v}, ensure_ascii=False) for case in cases)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def check_cases(cases: Sequence[Case], catalogue: Catalogue) -> None:
    """CaseError for the first case whose organisation or clauses the catalogue does not know.

    A gold clause that no longer exists could never be cited: it would be counted as a miss of
    the bot and is a fault of the set.
    """
    known: dict[str, set[str]] = {}
    for case in cases:
        try:
            if case.organisation not in known:
                known[case.organisation] = {c.id for p in catalogue.policies(case.organisation) for c in p.clauses}
            for clause_id in (*(i for group in case.evidence for i in group), *case.also_ok):
                if clause_id not in known[case.organisation]:
                    catalogue.clause(clause_id)
        except (UnknownOrganisation, UnknownClause) as error:
            raise CaseError(
                f"case {case.id}",
                f"{error.thing}: {error.cause}",
                f"{error.cure}. Correct the case, or ingest the policy.",
            ) from error


def _cases_in(path: Path) -> Iterator[tuple[str, Case]]:
    if not path.is_file():
        raise CaseError(
            str(path), "there is no such file", "Give JSONL files with one case a line, such as eval/gold/*.jsonl."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseError(
            str(path), f"it is not UTF-8 ({error.reason} at byte {error.start})", "Save it as UTF-8."
        ) from error
    # Not splitlines(): that also parts at U+2028, which may stand inside a JSON string.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            where = f"{path.name} line {number}"
            yield where, _case_from(line, where)


def _case_from(line: str, where: str) -> Case:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise CaseError(
            where, f"it is not JSON ({error.msg} at column {error.colno})", "One JSON object a line."
        ) from error
    if not isinstance(row, dict):
        raise CaseError(
            where, "it is not a JSON object", 'Write {"id": "...", "organisation": "...", "question": "...", ...}.'
        )
    _check_fields(row, where)
    try:
        return Case(
            id=_text(row, "id"),
            organisation=_text(row, "organisation"),
            question=_text(row, "question"),
            kind=CaseKind(_text(row, "kind")),
            verdict=Verdict(_text(row, "verdict")),
            history=tuple(Turn(str(t["role"]), str(t["content"])) for t in row.get("history", ())),
            evidence=tuple(_texts(group, "evidence") for group in row.get("evidence", ())),
            also_ok=_texts(row.get("also_ok", []), "also_ok"),
            must_not=_texts(row.get("must_not", []), "must_not"),
            note=str(row.get("note", "")),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise CaseError(where, f"{error}", "docs/evaluators.md says what each field holds.") from error


def _check_fields(row: dict[str, Any], where: str) -> None:
    known = [f.name for f in fields(Case)]
    for name in row:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
            raise CaseError(
                where, f"there is no field {name!r}", f"Did you mean {near!r}? The fields are {', '.join(known)}."
            )
    missing = [name for name in ("id", "organisation", "question", "kind", "verdict") if name not in row]
    if missing:
        raise CaseError(
            where, f"it has no {' and no '.join(missing)}", "A case needs id, organisation, question, kind and verdict."
        )


def _text(row: dict[str, Any], name: str) -> str:
    if not isinstance(row[name], str):
        raise TypeError(f"{name} must be a string, got {row[name]!r}")
    return row[name]


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        expected = "a list of groups, each a list of clause ids" if name == "evidence" else "a list of strings"
        raise TypeError(f"{name} must be {expected}, got {value!r}")
    return tuple(value)

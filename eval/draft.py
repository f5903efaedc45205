"""A row as somebody wrote it, and the case it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from eval.cases import Case, CaseError, CaseKind, Group
from eval.fault import Fault
from eval.names import Names
from eval.plain_words import kind_of, usual_kind, verdict_of
from policybot.records import Turn, Verdict

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Draft:
    """A row before anything of it is looked up: the fields of a Case in the writer's own words, '' and () where empty.

    `where`: 'row 4'. `tag`: what its id ends in if it has none of its own. `called`: field -> what the file
    calls it ('column Must cite'); a field that is not in it goes by its own name.
    """

    where: str
    tag: str
    called: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    organisation: str = ""
    question: str = ""
    kind: str = ""
    verdict: str = ""
    history: tuple[Turn, ...] = ()
    evidence: tuple[Group, ...] = ()
    also_ok: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    note: str = ""

    def place(self, name: str) -> str:
        """Where a field stands: 'row 4, column Must cite'."""
        return f"{self.where}, {self.called.get(name, name)}"


def case_of(draft: Draft, names: Names, set_name: str, faults: list[Fault]) -> Case | None:
    """The case that the draft means; None when something is wrong with it, which is then added to `faults`."""
    before = len(faults)
    taking = _Taking(draft, faults)
    organisation = taking.take("organisation", lambda: names.organisation(_required(draft, "organisation")))
    question = taking.take("question", lambda: _required(draft, "question"))
    verdict = taking.take("verdict", lambda: verdict_of(_required(draft, "verdict")))
    kind = taking.take("kind", lambda: kind_of(draft.kind)) if draft.kind.strip() else None
    if verdict is not None:
        taking.take("evidence", lambda: _fitting(verdict, kind, draft))
    evidence, also_ok = (), ()
    if organisation is not None:
        evidence = tuple(_ids(taking, "evidence", names, organisation, group) for group in draft.evidence)
        also_ok = _ids(taking, "also_ok", names, organisation, draft.also_ok)
    if len(faults) > before or organisation is None or question is None or verdict is None:
        return None
    return Case(
        id=draft.id if draft.id.strip() else f"{_slug(set_name)}-{draft.tag}",
        organisation=organisation,
        question=question,
        kind=kind or usual_kind(verdict),
        verdict=verdict,
        history=draft.history,
        evidence=evidence,
        also_ok=also_ok,
        must_not=draft.must_not,
        note=draft.note,
    )


@dataclass(frozen=True, slots=True)
class _Taking:
    """Tries one thing after the other and notes what fails, by its place."""

    draft: Draft
    faults: list[Fault]

    def take(self, name: str, read: Callable[[], Value]) -> Value | None:
        try:
            return read()
        except CaseError as error:
            self.faults.append(Fault(self.draft.place(name), f"{error.thing}: {error.cause}", error.cure))
            return None


def _required(draft: Draft, name: str) -> str:
    value = getattr(draft, name)
    if not value.strip():
        raise CaseError("the row", "this is empty", "A row needs an organisation, a question and an expected verdict")
    return value


def _fitting(verdict: Verdict, kind: CaseKind | None, draft: Draft) -> None:
    """CaseError when a silent policy has clauses that must be cited, or an answering one, asked no disclosure, has none."""
    if verdict is Verdict.NOT_COVERED and draft.evidence:
        raise CaseError(
            repr(draft.verdict),
            "where the policy does not say, no clause can have to be cited",
            "Empty this, or correct the verdict",
        )
    if verdict is not Verdict.NOT_COVERED and kind is not CaseKind.DISCLOSURE and not draft.evidence:
        raise CaseError(
            repr(draft.verdict),
            "it needs at least one clause that must be cited, and this is empty",
            "Name the clause by its id, its label or four of its words, or write 'Your policy does not say' as the verdict",
        )


def _ids(taking: _Taking, name: str, names: Names, organisation: str, called: Group) -> Group:
    """The clauses' ids, without those that could not be found."""
    found = [taking.take(name, lambda clause=clause: names.clause(organisation, clause)) for clause in called]
    return tuple(clause_id for clause_id in found if clause_id is not None)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "set"

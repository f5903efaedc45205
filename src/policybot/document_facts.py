"""Questions about the document itself ('who approved it, when is it reviewed?') answered from its facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policybot.currency import spoken
from policybot.records import FactKind, Policy, PolicyFact

NAMES: dict[FactKind, str] = {
    FactKind.TITLE: "Title",
    FactKind.VERSION: "Version",
    FactKind.ISSUED: "Dated",
    FactKind.EFFECTIVE: "In force from",
    FactKind.APPROVED: "Approved on",
    FactKind.REVIEWED: "Last reviewed",
    FactKind.NEXT_REVIEW: "Next review",
    FactKind.REVIEW_CYCLE: "Reviewed",
    FactKind.AUTHOR: "Prepared by",
    FactKind.APPROVER: "Approved by",
    FactKind.OWNER: "Responsible",
    FactKind.REFERENCE: "Reference",
    FactKind.LOCATION: "Kept at",
}
DATES = {FactKind.ISSUED, FactKind.EFFECTIVE, FactKind.APPROVED, FactKind.REVIEWED, FactKind.NEXT_REVIEW}
STAND_INS: dict[FactKind, tuple[FactKind, ...]] = {
    FactKind.ISSUED: (FactKind.EFFECTIVE, FactKind.REVIEWED, FactKind.APPROVED),
    FactKind.APPROVED: (FactKind.REVIEWED,),
    FactKind.REVIEWED: (FactKind.APPROVED, FactKind.ISSUED),
}
"""Where a document has no date of the kind asked for, the nearest kind of date it has."""
ANSWERABLE = frozenset(NAMES)


@dataclass(frozen=True, slots=True)
class FactAnswer:
    """Lines to read ('Version: 4') and the facts behind them, most important first."""

    lines: tuple[str, ...]
    facts: tuple[PolicyFact, ...]


def answer_from_facts(policies: Sequence[Policy], asked: Sequence[FactKind]) -> FactAnswer | None:
    """The facts of the kinds asked for, or None when the documents give none of them."""
    lines: list[str] = []
    used: list[PolicyFact] = []
    for policy in policies:
        labels = {c.id: c.label for c in policy.clauses}
        for kind in dict.fromkeys(asked):
            facts = _facts(policy, kind)
            if not facts:
                continue
            prefix = f"{policy.title}: " if len(policies) > 1 else ""
            values = dict.fromkeys((_value(f), labels.get(f.clause_id, "")) for f in facts)
            said = "; ".join(f"{value} ({label})" for value, label in values)
            lines.append(f"{prefix}{NAMES[facts[0].kind]}: {said}")
            used += facts
    return FactAnswer(tuple(lines), tuple(used)) if used else None


def _facts(policy: Policy, kind: FactKind) -> list[PolicyFact]:
    for wanted in (kind, *STAND_INS.get(kind, ())):
        facts = [f for f in policy.facts if f.kind is wanted]
        if facts:
            return facts
    return []


def _value(fact: PolicyFact) -> str:
    return spoken(fact.value) if fact.kind in DATES else fact.value

"""What the asker should know about the document itself: overdue, inconsistent, out of date, restated."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from policybot.records import (
    Citation,
    ClauseKind,
    Edition,
    FactKind,
    Notice,
    NoticeKind,
    Organisation,
    Policy,
    PolicyFact,
    is_past,
)


@dataclass(frozen=True, slots=True)
class World:
    """Public knowledge that outdates policies (data/currency.toml)."""

    platforms: dict[str, str]
    superseded_laws: dict[str, str]
    act_years: dict[str, list[int]]


@cache
def world() -> World:
    """The table that ships with the package."""
    text = files("policybot.data").joinpath("currency.toml").read_text(encoding="utf-8")
    return World(**tomllib.loads(text))


def notices(
    organisation: Organisation, policies: Sequence[Policy], citations: Sequence[Citation], today: date, about_document: bool = False
) -> tuple[Notice, ...]:
    """Notices for an answer that cites `citations` out of `policies`, most important first.

    `about_document`: the question is about the document itself, so its contradictions are always told.
    """
    cited = {c.clause_id for c in citations}
    found: list[Notice] = []
    for policy in policies:
        found += _overdue(policy, today)
        if about_document or any(f.clause_id in cited and f.kind in DOCUMENT_FACTS for f in policy.facts):
            found += _contradictions(policy, organisation)
        for fact in policy.facts:
            if fact.clause_id in cited:
                found += _outdated(fact)
        found += _missing(policy, policies, organisation, cited)
    found += _restated(policies)
    return tuple(dict.fromkeys(found))


DOCUMENT_FACTS = {FactKind.VERSION, FactKind.EFFECTIVE, FactKind.REVIEWED, FactKind.NEXT_REVIEW, FactKind.APPROVED, FactKind.AUTHOR}


def _overdue(policy: Policy, today: date) -> Iterator[Notice]:
    due = sorted(f.value for f in policy.facts if f.kind is FactKind.NEXT_REVIEW)
    if due and is_past(due[-1], today):
        text = f"{policy.title} was due for review by {spoken(due[-1])}. It may have changed since: check that you have the current one."
        yield Notice(NoticeKind.REVIEW_OVERDUE, text)


def _contradictions(policy: Policy, organisation: Organisation) -> Iterator[Notice]:
    labels = {c.id: c.label for c in policy.clauses}
    versions: dict[str, str] = {}
    for fact in policy.facts:
        if fact.kind is FactKind.VERSION:
            versions.setdefault(fact.value, labels.get(fact.clause_id, ""))
    if len(versions) > 1:
        said = ", ".join(f"{number} ({label})" for number, label in versions.items())
        yield Notice(NoticeKind.INCONSISTENT, f"{policy.title} gives more than one version number: {said}.")
    effective = _one(policy, FactKind.EFFECTIVE)
    reviewed = _one(policy, FactKind.REVIEWED)
    if effective and reviewed and reviewed < effective[: len(reviewed)]:
        text = f"{policy.title} has a review date ({spoken(reviewed)}) before the date it takes effect ({spoken(effective)})."
        yield Notice(NoticeKind.INCONSISTENT, text)
    yield from _misspelt(policy, organisation)


def _one(policy: Policy, kind: FactKind) -> str | None:
    return next((f.value for f in policy.facts if f.kind is kind), None)


def _misspelt(policy: Policy, organisation: Organisation) -> Iterator[Notice]:
    """A word of the organisation's name that the cover nearly spells."""
    names = {w for w in re.findall(r"[A-Za-z]{5,}", organisation.name)}
    for clause in policy.clauses:
        if clause.kind is not ClauseKind.COVER:
            continue
        for word in dict.fromkeys(re.findall(r"[A-Za-z]{5,}", clause.text)):
            for name in names:
                near = difflib.SequenceMatcher(None, word.lower(), name.lower()).ratio()
                if word.lower() != name.lower() and near > 0.9 and word.lower().rstrip("s") != name.lower().rstrip("s"):
                    text = f"{policy.title} spells the organisation's name '{word}' ({clause.label}) and elsewhere '{name}'."
                    yield Notice(NoticeKind.INCONSISTENT, text)


def _outdated(fact: PolicyFact) -> Iterator[Notice]:
    """A law or platform that is no longer what the policy calls it."""
    if fact.kind is FactKind.LEGISLATION:
        law = re.sub(r"\s*\([A-Z]+\)", "", fact.value)
        if law in world().superseded_laws:
            yield Notice(NoticeKind.SUPERSEDED_LAW, f"The policy cites the {law}; it has been replaced by {world().superseded_laws[law]}.")
        dated = re.match(r"(.+?)\s+(?:of\s+)?(\d{4})$", law)
        years = world().act_years.get(dated[1]) if dated else None
        if dated and years and int(dated[2]) not in years:
            text = f"The policy cites the {law}; the Act of that name is of {' or '.join(map(str, years))}."
            yield Notice(NoticeKind.INCONSISTENT, text)
    elif fact.kind is FactKind.PLATFORM and fact.value in world().platforms:
        yield Notice(NoticeKind.DEFUNCT_PLATFORM, f"The policy names {fact.value}, which {_is(world().platforms[fact.value])}.")


def _is(fate: str) -> str:
    return fate if not fate.startswith("now called") else f"is {fate}"


def _missing(policy: Policy, policies: Sequence[Policy], organisation: Organisation, cited: set[str]) -> Iterator[Notice]:
    """A cited clause sends the reader to a document that is not here."""
    titles = [p.title.lower() for p in policies]
    own = {organisation.name.lower(), *(a.lower() for a in organisation.aliases)}
    for fact in policy.facts:
        if fact.kind is not FactKind.RELATED_DOCUMENT or fact.clause_id not in cited:
            continue
        name = fact.value.lower()
        for owner in own:
            name = name.removeprefix(owner).removeprefix("'s").removeprefix("’s").strip()
        if not any(name in title or title in name for title in titles):
            yield Notice(NoticeKind.MISSING_DOCUMENT, f"The policy refers to {fact.value}, which has not been given to this service.")


def _restated(policies: Sequence[Policy]) -> Iterator[Notice]:
    if any(p.edition is Edition.RESTATED for p in policies):
        yield Notice(
            NoticeKind.RESTATED_EDITION, "This is a restated edition for demonstration: the same rules in other words than the organisation's own."
        )


MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def spoken(iso: str) -> str:
    """'2024-10-20' -> '20 October 2024'; '2024-10' -> 'October 2024'; '2024' -> '2024'."""
    parts = iso.split("-")
    if len(parts) == 1:
        return iso
    words = f"{MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return f"{int(parts[2])} {words}" if len(parts) == 3 else words

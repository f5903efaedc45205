"""Facts about the document itself, each with the clause it stands in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from ingest.shape import KEY_VALUE
from policybot.dates import find_dates
from policybot.names import documents_in, legislation_in, platforms_in, roles_in
from policybot.records import Clause, ClauseKind, FactKind, PolicyFact

NEXT_REVIEW = re.compile(
    r"next review|to be (?:re)?(?:viewed|vised)|date (?:of|for) (?:next )?review|review (?:due|by)|due for review|expires?",
    re.I,
)
REVIEW_DATE = re.compile(r"^\W*(?:policy\s+)?review date", re.I)
DATED: tuple[tuple[FactKind, re.Pattern[str]], ...] = (
    (FactKind.EFFECTIVE, re.compile(r"\beffective\b|in force|comes into effect", re.I)),
    (FactKind.APPROVED, re.compile(r"\bapproved\b|\bagreed\b|\bratified\b|\badopted\b|counter signatory", re.I)),
    (FactKind.REVIEWED, re.compile(r"\breviewed\b|\brevised\b|\blast review|revision date|updated", re.I)),
    (FactKind.ISSUED, re.compile(r"\bissued?\b|\bfirst issue\b|\bcreated\b|prepared|^\W*date\b|published", re.I)),
)
PEOPLE: tuple[tuple[FactKind, re.Pattern[str]], ...] = (
    (
        FactKind.AUTHOR,
        re.compile(r"\b(?:author|prepared by|written by|produced by|compiled by|drawn up by)\b:?\s*", re.I),
    ),
    (
        FactKind.APPROVER,
        re.compile(
            r"\b(?:approved by|ratified by|agreed by|adopted by|counter[- ]?signatory|reviewed by(?= the))\b:?\s*", re.I
        ),
    ),
    (
        FactKind.OWNER,
        re.compile(
            r"\b(?:owner|policy lead|compliance lead|responsible (?:persons?|directors?|officer|manager)|lead officer)\b:?\s*",
            re.I,
        ),
    ),
)
VERSION = re.compile(
    r"\b(?:version|issue|revision)(?:\s+(?:no|number))?\.?\s*:?\s*v?(\d+(?:\.\d+)*)\b|^v(\d+(?:\.\d+)*)\b", re.I
)
REFERENCE = re.compile(
    r"\b(?i:(?:policy )?ref(?:erence)?(?: (?:no|number|of the policy))?)\.?\s*:?\s*([A-Z0-9][A-Z0-9/_-]{3,})"
)
LOCATION = re.compile(
    r"\b(?:policy location|location of (?:this )?policy|held at|available (?:on|from|at))\s*:?\s*(.{3,80})", re.I
)
CYCLE = re.compile(
    r"every (?:\d+|two|three) (?:months|years)|every year|annual(?:ly)?(?: basis)?|each year|termly|biennially|every term",
    re.I,
)
STOP = re.compile(r"\s*(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|[,;(]|\bon \d|\bin [A-Z]|$)")

NAMES: tuple[tuple[FactKind, Callable[[str], list[str]]], ...] = (
    (FactKind.RELATED_DOCUMENT, documents_in),
    (FactKind.LEGISLATION, legislation_in),
    (FactKind.PLATFORM, platforms_in),
    (FactKind.ROLE, roles_in),
)
DATES_AND_VERSIONS = {
    FactKind.VERSION,
    FactKind.ISSUED,
    FactKind.EFFECTIVE,
    FactKind.APPROVED,
    FactKind.REVIEWED,
    FactKind.NEXT_REVIEW,
}


def describe(title: str | None, clauses: tuple[Clause, ...]) -> tuple[PolicyFact, ...]:
    """All facts found, in reading order, the title first. No fact is ever without a clause."""
    facts = [PolicyFact(FactKind.TITLE, title, clauses[0].id, title)] if title else []
    history = _past_versions(clauses)
    for clause in clauses:
        found = _dedupe(_of_clause(clause))
        # What an old row of a version table says was true of an old version.
        facts += [f for f in found if clause.id not in history or f.kind not in DATES_AND_VERSIONS]
    return tuple(_settle_review_date(facts))


def _past_versions(clauses: tuple[Clause, ...]) -> set[str]:
    """Ids of the rows of a version table that a later row of the same table follows."""
    rows = [
        c for c in clauses if c.kind is ClauseKind.ROW and any(re.match(r"version", col, re.I) for col in c.columns)
    ]
    return {a.id for a, b in pairwise(rows) if a.heading_path == b.heading_path}


def _of_clause(clause: Clause) -> Iterator[PolicyFact]:
    for line in _lines(clause):
        yield from _sign_off(clause, line)
    yield from _version_row(clause)
    if cycle := (
        CYCLE.search(clause.text) if re.search(r"\breview", f"{clause.heading} {clause.text}", re.I) else None
    ):
        yield PolicyFact(FactKind.REVIEW_CYCLE, cycle.group(), clause.id, cycle.group())
    for line in re.split(r"[\n\t]", clause.whole):
        for kind, names_in in NAMES:
            for name in names_in(line):
                yield PolicyFact(kind, name, clause.id, name)


def _lines(clause: Clause) -> list[str]:
    """Lines of a clause that can carry sign-off facts: prose only where it speaks of the policy being agreed or reviewed."""
    if clause.kind in (ClauseKind.COVER, ClauseKind.ROW, ClauseKind.FURNITURE):
        if clause.columns:
            return []
        lines = [line for line in clause.text.split("\n") if line.strip()]
        return [cell for line in lines for cell in _cells(line)]
    about = re.search(
        r"\bthis policy (?:was|is|has been|takes)\b|^policy (?:agreed|approved|reviewed|to be)", clause.text, re.I
    )
    return [clause.text] if about and len(clause.text) < 300 else []


def _cells(line: str) -> list[str]:
    """A two-column row is one 'key value' line; a wider one is a line a cell."""
    cells = [c for c in line.split("\t") if c.strip()]
    if len(cells) == 2:
        return [line]
    # 'Date: May 2022 To be revised: May 2023' is two lines that a footer put side by side.
    return [part for cell in cells for part in re.split(r"(?<=\d{4})\s+(?=[A-Z][\w ]{2,30}:)", cell)]


def _sign_off(clause: Clause, line: str) -> Iterator[PolicyFact]:
    def fact(kind: FactKind, value: str) -> PolicyFact:
        return PolicyFact(kind, value, clause.id, line.strip())

    if version := VERSION.search(line):
        yield fact(FactKind.VERSION, version[1] or version[2])
    if reference := REFERENCE.search(line):
        yield fact(FactKind.REFERENCE, reference[1])
    if location := LOCATION.search(line):
        yield fact(FactKind.LOCATION, location[1].strip())
    for kind, pattern in PEOPLE:
        for match in pattern.finditer(line):
            name = STOP.split(line[match.end() :].strip(), maxsplit=1)[0].strip(" .:\t")
            if name:
                yield fact(kind, name)
    yield from (fact(kind, iso) for kind, iso in _dates(line))


def _dates(line: str) -> Iterator[tuple[FactKind, str]]:
    """Each date with the kind its nearest words before it say; a bare date on a cover is when it was issued."""
    at = 0
    for iso, words in find_dates(line):
        start = line.find(words, at)
        before = line[at:start] or line[:start]
        at = start + len(words)
        yield _date_kind(before, line), iso


def _date_kind(before: str, line: str) -> FactKind:
    for text in (before, line):
        if NEXT_REVIEW.search(text) or REVIEW_DATE.search(text):
            return FactKind.NEXT_REVIEW
        for kind, pattern in DATED:
            if pattern.search(text):
                return kind
    return FactKind.ISSUED


def _version_row(clause: Clause) -> Iterator[PolicyFact]:
    """The last line of a table's row: its version under the column of that name, its dates under theirs."""
    if not clause.columns:
        return
    line = clause.text.split("\n")[-1]
    for column, cell in zip(clause.columns, line.split("\t"), strict=False):
        if re.match(r"version\b", column, re.I) and re.search(r"\d", cell):
            yield PolicyFact(FactKind.VERSION, cell.strip().lstrip("vV"), clause.id, line)
        for iso, _ in find_dates(cell):
            yield PolicyFact(_date_kind(column, line), iso, clause.id, line)


def _dedupe(facts: Iterator[PolicyFact]) -> list[PolicyFact]:
    return list({(f.kind, f.value): f for f in facts}.values())


def _settle_review_date(facts: list[PolicyFact]) -> list[PolicyFact]:
    """'Review date' means the next review, unless the document also says when the next one is: then it is the last."""
    explicit = [
        f
        for f in facts
        if f.kind is FactKind.NEXT_REVIEW and NEXT_REVIEW.search(f.quote) and not REVIEW_DATE.search(f.quote)
    ]
    if not explicit:
        return facts
    return [
        PolicyFact(FactKind.REVIEWED, f.value, f.clause_id, f.quote)
        if f.kind is FactKind.NEXT_REVIEW and REVIEW_DATE.search(f.quote) and KEY_VALUE.match(f.quote)
        else f
        for f in facts
    ]

"""When a policy, or what it asks to be done again and again, is due: read from its facts and its clauses."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from policybot.deontic import sentences
from policybot.duties import Duty
from policybot.records import Clause, FactKind, Policy, PolicyFact, is_past

CYCLE = re.compile(
    r"\b(?:annual(?:ly)?|yearly|(?:half-)?termly|monthly|weekly|daily|quarterly|regularly|"
    r"(?:once|twice|three times) (?:a|each|every) (?:year|term|month|week|day)|"
    r"(?:every|each) (?:(?:school|academic|calendar) )?(?:(?:\d+|two|three|four|six|twelve) )?(?:years?|terms?|months?|weeks?|days?))\b",
    re.I,
)
NUMBERS = {"two": 2, "three": 3, "four": 4, "six": 6, "twelve": 12}


class Moment(StrEnum):
    """What a line of the timeline is."""

    LAST = "last"
    """A review that has been."""
    NEXT = "next"
    """A review that the policy gives a date for."""
    RECKONED = "reckoned"
    """A review without a date: the last one and the cycle give it."""
    AGAIN = "again"
    """Something to be done again and again, without a date."""


@dataclass(frozen=True, slots=True)
class ReviewDate:
    """One line of the timeline.

    `value`: the date at the precision the policy gives, ISO 8601 ('2024-07'), or for AGAIN the words of the cycle, verbatim.
    `due`: the last day of it, None for AGAIN. `words`: what the clause says, verbatim. `overdue`: all of it lies before today.
    `actors`: who does it, as in duties.Rule, where the clause lays that down.
    """

    policy: str
    clause: Clause
    moment: Moment
    value: str
    words: str
    due: date | None = None
    overdue: bool = False
    actors: tuple[str, ...] = ()


def review_dates(policies: Sequence[Policy], duties: Sequence[Duty], today: date) -> tuple[ReviewDate, ...]:
    """Everything with a date by its date, then what is to be done again and again, in reading order."""
    dated = [line for policy in policies for line in _dated(policy, today)]
    again = [line for policy in policies for line in _again(policy, duties)]
    return (*sorted(dated, key=lambda line: (line.due or today, line.moment is Moment.LAST)), *again)


def _dated(policy: Policy, today: date) -> Iterator[ReviewDate]:
    clauses = {c.id: c for c in policy.clauses}
    found: dict[tuple[FactKind, str], PolicyFact] = {}
    for fact in policy.facts:
        if fact.kind in (FactKind.NEXT_REVIEW, FactKind.REVIEWED) and fact.clause_id in clauses:
            found.setdefault((fact.kind, fact.value), fact)
    for (kind, value), fact in found.items():
        nxt = kind is FactKind.NEXT_REVIEW
        moment, overdue = (Moment.NEXT, is_past(value, today)) if nxt else (Moment.LAST, False)
        yield ReviewDate(policy.title, clauses[fact.clause_id], moment, value, fact.quote, last_day(value), overdue)
    if not any(kind is FactKind.NEXT_REVIEW for kind, _ in found):
        yield from _reckoned(policy, clauses, today)


def _reckoned(policy: Policy, clauses: dict[str, Clause], today: date) -> Iterator[ReviewDate]:
    """The last review and the cycle, where the policy gives both and no next date."""
    last = max((f.value for f in policy.facts if f.kind is FactKind.REVIEWED), default=None)
    cycle = next((f for f in policy.facts if f.kind is FactKind.REVIEW_CYCLE and months(f.value)), None)
    if last and cycle and cycle.clause_id in clauses:
        value = _later(last, months(cycle.value) or 0)
        clause, overdue = clauses[cycle.clause_id], is_past(value, today)
        yield ReviewDate(policy.title, clause, Moment.RECKONED, value, cycle.quote, last_day(value), overdue)


def _again(policy: Policy, duties: Sequence[Duty]) -> Iterator[ReviewDate]:
    """Clauses that lay something down, or speak of the review, and say how often."""
    actors = {d.clause.id: d.actors for d in duties}
    telling = {*actors, *(f.clause_id for f in policy.facts if f.kind is FactKind.REVIEW_CYCLE)}
    for clause in policy.clauses:
        if clause.id not in telling:
            continue
        for sentence in sentences(clause.text):
            if often := CYCLE.search(sentence):
                yield ReviewDate(policy.title, clause, Moment.AGAIN, often.group(), sentence, actors=actors.get(clause.id, ()))


def months(cycle: str) -> int | None:
    """'annually' -> 12, 'every two years' -> 24; None where the words give no number of months."""
    words = cycle.lower()
    if re.search(r"\bannual|\byearly\b|\b(?:every|each|once a) (?:\w+ )?year\b", words):
        return 12
    counted = re.search(r"\b(\d+|two|three|four|six|twelve) (year|month)", words)
    if not counted:
        return {"monthly": 1, "quarterly": 3}.get(words)
    number = int(counted[1]) if counted[1].isdigit() else NUMBERS[counted[1]]
    return number * (12 if counted[2] == "year" else 1)


def last_day(iso: str) -> date:
    """The last day of a date of any precision: '2024' -> 31 December 2024, '2024-07' -> 31 July 2024."""
    year, month, day = (*(int(p) for p in iso.split("-")), 0, 0)[:3]
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


def _later(iso: str, more: int) -> str:
    """`iso` so many months later, at its own precision; a day that the month has not becomes its last."""
    if "-" not in iso:
        return str(int(iso) + -(-more // 12))
    year, month, *day = (int(p) for p in iso.split("-"))
    year, month = year + (month - 1 + more) // 12, (month - 1 + more) % 12 + 1
    end = f"-{min(day[0], calendar.monthrange(year, month)[1]):02d}" if day else ""
    return f"{year:04d}-{month:02d}{end}"

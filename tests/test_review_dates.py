"""What is due and when: from a policy's facts and clauses to a diary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from conftest import make_policy
from icalendar import Calendar

from policybot.duties import duties
from policybot.records import FactKind, Policy, PolicyFact
from policybot.review_calendar import review_calendar, upcoming
from policybot.review_dates import Moment, ReviewDate, last_day, months, review_dates

TODAY = date(2026, 3, 10)


def stating(*facts: tuple[FactKind, str], texts: tuple[str, ...] = ("The policy was looked at in the hall.",)) -> Policy:
    """A policy with these facts, all read from its first clause."""
    policy = make_policy("oak", *texts)
    first = policy.clauses[0]
    return replace(policy, facts=tuple(PolicyFact(kind, value, first.id, first.text) for kind, value in facts))


def lines(policy: Policy, today: date = TODAY) -> tuple[ReviewDate, ...]:
    return review_dates((policy,), duties(policy.clauses), today)


def test_a_date_at_any_precision_ends_with_its_last_day() -> None:
    assert [last_day(v) for v in ("2024", "2024-02", "2024-02-05")] == [date(2024, 12, 31), date(2024, 2, 29), date(2024, 2, 5)]


@pytest.mark.parametrize(
    ("cycle", "expected"),
    [
        *(("annually", 12), ("every year", 12), ("annual", 12), ("every 12 months", 12), ("every two years", 24)),
        *(("monthly", 1), ("regularly", None), ("termly", None)),
    ],
)
def test_how_many_months_a_cycle_has(cycle: str, expected: int | None) -> None:
    assert months(cycle) == expected


def test_what_is_past_is_overdue_and_stays_where_it_is() -> None:
    policy = stating((FactKind.NEXT_REVIEW, "2024-07"), (FactKind.REVIEWED, "2023-07"), (FactKind.NEXT_REVIEW, "2026-03"))
    assert [(d.moment, d.value, d.due, d.overdue) for d in lines(policy)] == [
        (Moment.LAST, "2023-07", date(2023, 7, 31), False),
        (Moment.NEXT, "2024-07", date(2024, 7, 31), True),
        (Moment.NEXT, "2026-03", date(2026, 3, 31), False),
    ]


def test_a_review_without_a_date_is_reckoned_and_only_then() -> None:
    reckoned = stating((FactKind.REVIEWED, "2024-02-29"), (FactKind.REVIEW_CYCLE, "every year"))
    assert [(d.moment, d.value, d.overdue) for d in lines(reckoned)] == [
        (Moment.LAST, "2024-02-29", False),
        (Moment.RECKONED, "2025-02-28", True),
    ]
    stated = stating((FactKind.REVIEWED, "2024-02"), (FactKind.REVIEW_CYCLE, "every year"), (FactKind.NEXT_REVIEW, "2027-01"))
    assert Moment.RECKONED not in [d.moment for d in lines(stated)]
    uncounted = stating((FactKind.REVIEWED, "2024-02"), (FactKind.REVIEW_CYCLE, "regularly"))
    assert [d.moment for d in lines(uncounted)] == [Moment.LAST]


def test_what_is_done_again_and_again_says_how_often_in_the_clauses_words_and_by_whom() -> None:
    policy = make_policy("oak", "Governors will check the list twice a year.", "The hall has a clock that strikes every day.")
    (found,) = lines(policy)
    assert (found.moment, found.value, found.due, found.actors) == (Moment.AGAIN, "twice a year", None, ("Governors",))
    assert found.words in policy.text


def test_the_diary_reminds_a_month_before_and_says_what_is_overdue() -> None:
    policy = stating((FactKind.NEXT_REVIEW, "2024-07"), (FactKind.REVIEWED, "2023-07"), (FactKind.NEXT_REVIEW, "2026-05"))
    made = Calendar.from_ical(review_calendar(lines(policy), "Oak Hill", TODAY))
    overdue, coming = made.walk("VEVENT")
    assert overdue["summary"] == "Overdue: review Rules (was due by July 2024)" and overdue["dtstart"].dt == TODAY
    assert (coming["summary"], coming["dtstart"].dt, coming["dtend"].dt) == ("Review Rules", date(2026, 5, 31), date(2026, 6, 1))
    assert [a["trigger"].dt for a in made.walk("VALARM")] == [timedelta(0), timedelta(days=-30)]
    assert policy.clauses[0].text in coming["description"] and "Oak Hill" in coming["description"]
    assert len({e["uid"] for e in made.walk("VEVENT")}) == 2


def test_only_reviews_to_come_or_overdue_go_into_the_diary() -> None:
    policy = stating((FactKind.REVIEWED, "2023-07"), texts=("Governors will check the list twice a year.",))
    assert upcoming(lines(policy)) == () and b"VEVENT" not in review_calendar(lines(policy), "Oak Hill", TODAY)

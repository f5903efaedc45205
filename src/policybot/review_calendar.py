"""Review dates as a calendar file (iCalendar, RFC 5545) that any diary program opens."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Alarm, Calendar, Event

from policybot.currency import spoken
from policybot.review_dates import Moment, ReviewDate

REMINDER = timedelta(days=30)
"""How long before the day the diary reminds."""


def upcoming(dates: Sequence[ReviewDate]) -> tuple[ReviewDate, ...]:
    """Those that belong in a diary: reviews that are to come or overdue, with a date."""
    return tuple(d for d in dates if d.due and d.moment in (Moment.NEXT, Moment.RECKONED))


def review_calendar(dates: Sequence[ReviewDate], organisation: str, today: date) -> bytes:
    """One all-day entry for each of `upcoming(dates)`, with a reminder 30 days before; UTF-8.

    What is overdue stands on `today` and says since when: a diary shows nobody an entry of two years ago.
    """
    made = Calendar()
    made.add("prodid", "-//policybot//policy reviews//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    for line in upcoming(dates):
        made.add_component(_event(line, organisation, today))
    return made.to_ical()


def _event(line: ReviewDate, organisation: str, today: date) -> Event:
    due = line.due or today
    day = today if line.overdue else due
    event = Event()
    event.add("uid", f"{hashlib.sha256(f'{line.clause.id}|{line.value}'.encode()).hexdigest()[:24]}@policybot")
    event.add("dtstamp", datetime.combine(today, time(), UTC))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add("summary", f"Overdue: review {line.policy} (was due by {spoken(line.value)})" if line.overdue else f"Review {line.policy}")
    event.add("description", "\n".join(_described(line, organisation)))
    event.add_component(_alarm(line))
    return event


def _described(line: ReviewDate, organisation: str) -> list[str]:
    """What an entry says: the clause's own words, where they stand, and what we made of them."""
    page = f", page {line.clause.page}" if line.clause.page else ""
    told = [organisation, f"“{line.words}”", f"{line.policy}, {line.clause.label}{page}"]
    if line.moment is Moment.RECKONED:
        told.append("The policy gives no date: this is the last review and the cycle, added up.")
    elif len(line.value.split("-")) < 3 and not line.overdue:
        told.append(f"The policy gives no day: this is the last one of {spoken(line.value)}.")
    return told


def _alarm(line: ReviewDate) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Review {line.policy}")
    alarm.add("trigger", timedelta(0) if line.overdue else -REMINDER)
    return alarm

"""Where a question belongs that no staff policy on this shelf answers."""

from __future__ import annotations

import re

_POINTERS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (where, re.compile(pattern, re.I))
    for where, pattern in (
        (
            "your IT support",
            r"\b(?:reset|forgot(?:ten)?|change|lost) (?:\w+ ){0,3}(?:password|passcode|pin)\b|\bpassword reset\b|\b(?:can['’]?t|cannot|won['’]?t|unable to) (?:log ?in|log ?on|connect|print|sign in)\b|"
            r"\b(?:printer|projector|wi-?fi password|toner|vpn|laptop (?:is|has|won['’]?t)|screen (?:is|has)|mouse|keyboard|software update)\b",
        ),
        (
            "HR or payroll",
            r"\b(?:payslips?|pay ?day|salary|wages?|pension|p60|p45|tax code|overtime pay|pay rise|annual leave|holiday (?:entitlement|days|pay)|maternity|paternity|sick pay|notice period|dbs (?:check|renewal))\b",
        ),
        (
            "your site or office team",
            r"\b(?:parking|car park|heating|radiator|lost property|stationery|photocopier|first aid box|room booking|book (?:a|the) (?:room|hall|minibus)|fire alarm|caretaker|canteen|lunch menu)\b",
        ),
    )
)


def signpost(text: str) -> str | None:
    """Who deals with what `text` asks about: "your IT support"; None where that is not plain."""
    return next((where for where, pattern in _POINTERS if pattern.search(text)), None)

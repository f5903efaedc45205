"""The circumstances a question names: own or work time, device, account, and where."""

# ruff: noqa: E501
from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facets:
    """The circumstances named; None where the asker does not say. `time`: "work" | "own";
    `device`: "work" | "own"; `account`: "work" | "own"; `place`: "work" | "home"."""

    time: str | None = None
    device: str | None = None
    account: str | None = None
    place: str | None = None


_FACETS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (name, value, re.compile(pattern, re.I))
    for name, value, pattern in (
        (
            "time",
            "own",
            r"\b(?:off (?:the clock|duty|shift|work)|(?:own|free|spare|personal) time|weekends?|(?:sat|sun)(?:urday|day)?(?: night)?|bank holiday|on holiday|in the evenings?|after (?:work|school|hours)|outside (?:of )?(?:work|hours|school)|day off|half[- ]term|annual leave|from home|at home|on the sofa|last night|tonight|lunch(?:time| break| hour)?|tea break|on my break)\b",
        ),
        (
            "time",
            "work",
            r"\b(?:on (?:shift|duty|the clock)|at work|during (?:work|lessons?|class|the day|the school day|working)|in (?:work|lessons?|class|school) (?:time|hours)|between (?:lessons?|clients|appointments)|while (?:i['’]?m )?(?:working|teaching|at my desk|on duty|on shift)|in lessons?|working hours|work time|at my desk)\b",
        ),
        (
            "device",
            "own",
            r"\b(?:(?:my|their|her|his) (?:own )?(?:phone|mobile|iphone|ipad|tablet|laptop|device|computer)|own (?:phone|mobile|device|kit|laptop)|personal (?:phone|mobile|device|laptop))\b",
        ),
        (
            "device",
            "work",
            r"\b(?:(?:work|school|college|company|office|nursery|trust|centre|desk|classroom|staffroom|academy)(?:['’]s)? (?:phone|mobile|pc|computer|laptop|ipad|tablet|device|kit|machine|wi-?fi)|work ?station)\b",
        ),
        (
            "account",
            "own",
            r"\b(?:my (?:own )?(?:facebook|fb|insta(?:gram)?|twitter|x|tiktok|threads|snap(?:chat)?|linkedin|bluesky|blog|story|feed|account|profile|page|bio|socials|channel|whatsapp|reddit)|own (?:account|page|profile|socials)|personal (?:account|page|profile)|private account)\b",
        ),
        (
            "account",
            "work",
            r"\b(?:(?:our|the|company|school|college|nursery|centre|academy|department|official|work|trust|class|firm)(?:['’]s)? (?:\w+ )?(?:facebook|fb|insta(?:gram)?|twitter|x|tiktok|threads|page|account|channel|feed|socials|website|linkedin)|on our page|official account)\b",
        ),
        ("place", "home", r"\b(?:at home|from home|on the sofa|in bed|my living room|on the bus|at the pub)\b"),
        (
            "place",
            "work",
            r"\b(?:at work|in school|on site|in the (?:office|staff ?room|classroom)|at my desk|on the premises)\b",
        ),
    )
)


def read_facets(text: str) -> Facets:
    """The circumstances named; where both sides are named ("home and work") neither is."""
    found: dict[str, set[str]] = {}
    for name, value, pattern in _FACETS:
        if pattern.search(text):
            found.setdefault(name, set()).add(value)
    return Facets(**{name: next(iter(values)) for name, values in found.items() if len(values) == 1})

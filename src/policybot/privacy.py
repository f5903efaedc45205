"""Personal data out of what is sent to a chat model that somebody else runs, and back into what returns.

Names of people, e-mail addresses, telephone numbers, National Insurance numbers, pupils' numbers,
dates of birth, postcodes and personal profiles each become a placeholder such as `[name 1]`.
It lessens what leaves the building and promises no anonymity: a rare story still tells who it is about.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from policybot.legible import legible
from policybot.people import Span, people_in
from policybot.records import Question

_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_DATE = (
    rf"(?:{_DAY}[/.-]\d{{1,2}}[/.-]\d{{2,4}}|(?:19|20)\d\d-\d\d-\d\d|{_DAY}(?:st|nd|rd|th)? (?:of )?{_MONTH}\.?,?(?: \d{{4}})?"
    rf"|{_MONTH} {_DAY}(?:st|nd|rd|th)?,?(?: \d{{4}})?)"
)
_SITE = r"(?:facebook|fb|instagram|twitter|x|tiktok|snapchat|linkedin|threads|youtube|reddit|pinterest|tumblr|onlyfans|twitch|bsky)"
KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"(?<![\w.+%'-])[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}(?!\w)")),
    ("profile", re.compile(
        rf"(?:https?://)?(?<![\w@.-])(?:[a-z]{{1,3}}\.)?{_SITE}\.(?:com|net|app|tv|me|co\.uk)/[\w./?=&%@~+-]*[\w/]", re.I)),
    ("profile", re.compile(r"(?<![\w@.])@[a-z0-9_](?:[\w.]*\w)", re.I)),
    ("pupil number", re.compile(r"(?<!\w)[A-Z]\d{11}[A-Z0-9](?!\w)|(?<=ULN )\d{10}(?!\d)", re.I)),
    ("national insurance number", re.compile(r"(?<!\w)[A-Z]{2}[ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-D](?!\w)", re.I)),
    ("date of birth", re.compile(
        r"(?:\bd\.?o\.?b\b\.?|\bdate of birth|\bborn|\bbirthday)(?: is| was| on| like| of|:| the|,| -)*"
        rf"\s*\(?(?P<it>{_DATE})(?!\w)", re.I)),
    ("phone", re.compile(
        r"(?<![\w.+])(?<!\d[-/])(?!\d\d[-.]\d\d[-.]\d{4})(?:(?:\+|00)44[ .-]?(?:\(0\)[ .-]?)?|\(?0)\d(?:[ ().\u2010-\u2014-]{0,2}\d){8,9}"
        r"(?:[ ,]*(?:ext|x)\.? ?\d{1,5})?(?!\w)|(?<![\w.+])\+[1-9]\d?(?:[ .\u2010-\u2014-]?\d){7,13}(?!\w)", re.I)),
    ("postcode", re.compile(
        r"(?<!\w)[A-PR-UWYZ][A-HK-Y]?\d[A-Z\d]? ?(?!1st|2nd|3rd)\d[ABD-HJLNP-UW-Z]{2}(?!\w)", re.I)),
)  # fmt: skip
"""What is known by its form, in the order in which it is looked for; group `it`, where there is one, is what is withheld."""
_NAME = "name"
_PLACEHOLDER = re.compile(rf"\[({_NAME}|{'|'.join(dict.fromkeys(kind for kind, _ in KINDS))}) ([0-9]{{1,6}})\]", re.I)

_Find = tuple[int, int, str]
"""Start, end and kind of a piece of personal data in a text."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A text without its personal data. `found`: pairs of (placeholder, what it stands for as written), each once,
    in the order of first occurrence; of the whole conversation where there was one; () when there is nothing personal."""

    text: str
    found: tuple[tuple[str, str], ...]


def withhold(text: str, keep: Collection[str] = ()) -> Withheld:
    """`text` with a placeholder for each piece of personal data; the same piece, as written, gets the same one.

    `keep`: words and phrases, whatever their case, that are nobody's (the policy's own names, organisations).
    Placeholders already in `text` stay as they are and are never given out again.
    """
    return withhold_all([text], keep)[0]


def withhold_all(texts: Sequence[str], keep: Collection[str] = ()) -> list[Withheld]:
    """The texts of one conversation, in order: a placeholder stands for the same piece in all of them.

    Each carries the whole conversation's `found`, so that any of them restores an answer. [] for [].
    """
    finds = _finds(texts, keep)
    numbers = _last_numbers(texts)
    placeholders: dict[tuple[str, str], str] = {}
    for text, pieces in zip(texts, finds, strict=True):
        for start, end, kind in pieces:
            key = (kind, text[start:end])
            if key not in placeholders:
                numbers[kind] = numbers.get(kind, 0) + 1
                placeholders[key] = f"[{kind} {numbers[kind]}]"
    found = tuple((placeholder, piece) for (_, piece), placeholder in placeholders.items())
    return [Withheld(_replaced(text, pieces, placeholders), found) for text, pieces in zip(texts, finds, strict=True)]


def withhold_question(question: Question, keep: Collection[str] = ()) -> tuple[Question, Withheld]:
    """The question and the turns before it without personal data, and what that is."""
    # What is sent is made legible: spaces, digits and signs that only look like others would be read there and not here.
    said = [legible(t.content) if t.role == "user" else unicodedata.normalize("NFKC", t.content) for t in question.history]
    *before, asked = withhold_all([*said, legible(question.text)], keep)
    turns = tuple(replace(t, content=w.text) for t, w in zip(question.history, before, strict=True))
    return replace(question, text=asked.text, history=turns), asked


def own_names(texts: Sequence[str]) -> frozenset[str]:
    """Names, addresses and numbers that a policy itself has: they are the policy's, not the asker's."""
    return frozenset(text[start:end] for text, finds in zip(texts, _finds(texts, ()), strict=True) for start, end, _ in finds)


def restore(text: str, withheld: Withheld) -> str:
    """`text` (what was sent, or what a model made of it) with the pieces back; other placeholders stay."""
    pieces = {placeholder.lower(): piece for placeholder, piece in withheld.found}
    return _PLACEHOLDER.sub(lambda match: pieces.get(match.group().lower(), match.group()), text)


def _finds(texts: Sequence[str], keep: Collection[str]) -> list[list[_Find]]:
    """The personal data of each text, in order, none overlapping."""
    kept = _keeping(keep)
    protected = [[*(m.span() for m in _PLACEHOLDER.finditer(t)), *(m.span() for m in kept.finditer(t))] for t in texts]
    whole, typed = {phrase.lower() for phrase in keep}, [[m.span() for m in _PLACEHOLDER.finditer(t)] for t in texts]
    formed = [[f for f in _formed(t, s) if t[f[0] : f[1]].lower() not in whole] for t, s in zip(texts, typed, strict=True)]
    taken = [[*spans, *((s, e) for s, e, _ in finds)] for spans, finds in zip(protected, formed, strict=True)]
    named = [[_whole(t, s, e, busy) for s, e in spans] for t, spans, busy in zip(texts, people_in(texts, taken), taken, strict=True)]
    return [sorted([*finds, *((s, e, _NAME) for s, e in spans)]) for finds, spans in zip(formed, named, strict=True)]


_BEFORE, _AFTER = re.compile(r"(?:(?<!\w)[A-Za-z]\. ?|[\w'’]+-)$"), re.compile(r"(?:-[\w'’]+)+| [A-Za-z](?=['’]s\b)")


def _whole(text: str, start: int, end: int, taken: Sequence[Span]) -> Span:
    """A name with the other half of a double-barrelled one, and an initial before or after it."""
    before, after = _BEFORE.search(text, 0, start), _AFTER.match(text, end)
    longer = (before.start() if before else start, after.end() if after else end)
    return (start, end) if any(longer[0] < e and s < longer[1] for s, e in taken) else longer


def _formed(text: str, protected: Sequence[Span]) -> Iterator[_Find]:
    """What is known by its form and overlaps neither `protected` nor what was found before it."""
    taken = list(protected)
    for kind, pattern in KINDS:
        for match in pattern.finditer(text):
            start, end = match.span("it") if "it" in pattern.groupindex else match.span()
            if not any(start < t_end and t_start < end for t_start, t_end in taken):
                taken.append((start, end))
                yield start, end, kind


def _keeping(keep: Collection[str]) -> re.Pattern[str]:
    """Finds the phrases of `keep` as whole words, longest first; nothing when there are none."""
    phrases = sorted({phrase.strip() for phrase in keep} - {""}, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)" if phrases else r"(?!)", re.I)


def _last_numbers(texts: Sequence[str]) -> dict[str, int]:
    """For each kind the highest number of a placeholder that somebody typed."""
    numbers: dict[str, int] = {}
    for text in texts:
        for kind, number in _PLACEHOLDER.findall(text):
            numbers[kind.lower()] = max(numbers.get(kind.lower(), 0), int(number))
    return numbers


def _replaced(text: str, pieces: Sequence[_Find], placeholders: dict[tuple[str, str], str]) -> str:
    out, at = [], 0
    for start, end, kind in pieces:
        out += [text[at:start], placeholders[kind, text[start:end]]]
        at = end
    return "".join([*out, text[at:]])

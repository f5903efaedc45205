"""What a sentence may not add to its clauses, by rule: numbers, dates, roles, platforms, and the strength of a must."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policybot.deontic import read_deontic, sentences, strengths
from policybot.names import documents_in, legislation_in, platforms_in, roles_in
from policybot.people import people_in
from policybot.records import Clause, Strength

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_NUMBERS = (
    {w: str(n) for n, w in enumerate(_SMALL)}
    | {w: str(10 * n) for n, w in enumerate(_TENS, 2)}
    | {w: str(n) for n, w in enumerate(_ORDINALS) if n > 2}
    | {"a hundred": "100", "hundred": "100", "dozen": "12", "fortnight": "2 weeks"}
)
_PERIODS = {
    "daily": "day", "weekly": "week", "fortnightly": "fortnight", "monthly": "month", "termly": "term", "yearly": "year", "annually": "year",
    "annual": "year", "twice": "2", "once": "1",
}  # fmt: skip
_DATED = "january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday".split()
_UNITS = "minute hour day week fortnight month term year".split()
_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|[a-z]+", re.I)
_ONE = re.compile(r"\b(?:no ?-?one|any ?-?one|every ?-?one|some ?-?one|one(?:'s| of|s\b)|that one|this one|each one|at once|one another|or one)", re.I)


def numbers_in(text: str) -> frozenset[str]:
    """Numbers, dates and periods of `text`, brought to one form: "twice a year" -> {"2", "year"}."""
    words = [w.lower() for w in _TOKEN.findall(_ONE.sub(" ", text))]
    capital = {w.lower() for w in re.findall(r"\b[A-Z][a-z]+", text)}
    found: set[str] = set()
    for k, word in enumerate(words):
        if word[0].isdigit():
            found.add(word.rstrip(".,:/").replace(",", ""))
        elif word in _NUMBERS:
            found.add(_NUMBERS[word])
        elif word in _PERIODS:
            found.add(_PERIODS[word])
        elif word in _DATED and (word not in ("may", "march") or (word in capital and k > 0)):
            found.add(word)
        elif word.rstrip("s") in _UNITS and k > 0 and (words[k - 1] in _NUMBERS or words[k - 1][0].isdigit() or words[k - 1] in ("a", "each", "every", "per")):
            found.add(word.rstrip("s"))
    return frozenset(found)


_ROLE_WORDS = re.compile(r"[a-z]{2,}", re.I)
_GENERIC = {"of", "the", "and", "for", "or", "designated", "senior", "chief", "your", "our"}
_SAME = {"headteacher": "head", "teacher": "", "principal": "principal", "governing": "governor", "governors": "governor", "body": "", "safeguarding": "safeguarding", "dsl": "safeguarding", "lead": "", "ceo": "executive"}


def _role(text: str) -> frozenset[str]:
    words = (_SAME.get(w, w.rstrip("s")) for w in (m.group().lower() for m in _ROLE_WORDS.finditer(text)))
    return frozenset(w for w in words if w and w not in _GENERIC)


def _strengths(text: str) -> set[Strength]:
    return {s for sentence in sentences(text) for s in strengths(sentence)}


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\w+", re.I)
_LEAVE = re.compile(
    r"\b(?:need not|needn['’]t|(?:do|does|did) ?(?:not|n['’]t) (?:have|need) to|no need to|free to|welcome to|(?:is|are|it['’]s|that['’]s) (?:quite |perfectly |absolutely )?"
    r"(?:fine|ok|okay|allowed|permitted|all right|alright)|you (?:may|can)(?! (?:not|only))|go ahead)\b",
    re.I,
)
_DENIED = re.compile(r"\b(?:not|never|nobody|no one|only|unless|isn['’]t|aren['’]t)\b", re.I)


_DENIES = re.compile(
    r"\b(?:(?:it|that|this) (?:is|was) (?:not|n['’]t|no longer|untrue|false|wrong)(?: (?:so|true|right|correct|the case))?|(?:it|that) isn['’]t (?:so|true|right|correct|the case)) that\b"
    r"|\bcontrary to\b|\bnothing (?:forbids|stops|prevents|prohibits)\b|\b(?:ignore|disregard|overrule|overlook)\b",
    re.I,
)
"""What turns a whole rule round, or sets it aside, without touching a word of it."""


def verbatim(sentence: str, clauses: Sequence[Clause]) -> bool:
    """Whether `sentence` is one of the clauses' own sentences word for word, an item's with its stem."""
    said = _plain(sentence)
    return any(said == _plain(f"{c.stem} {c.text}" if c.stem else own) for c in clauses for own in ((c.text,) if c.stem else sentences(c.text)))


def torn(sentence: str, clauses: Sequence[Clause]) -> bool:
    """Whether `sentence` is (part of) an item of a list of what is forbidden, without the words that forbid it."""
    said = _plain(sentence)
    forbidden = (c for c in clauses if c.stem and c.deontic.strength in (Strength.MUST_NOT, Strength.SHOULD_NOT))
    return any(said in _plain(c.text) for c in forbidden) and not _DENIED.search(sentence)


def _plain(text: str) -> str:
    return " ".join(text.split()).rstrip(".;, ").lower()


def gives_leave(sentence: str) -> bool:
    """Whether a sentence says plainly that something may be done, or need not be."""
    found = _LEAVE.search(sentence)
    if found is not None and not _DENIED.search(sentence.replace(found[0], " ")):
        return True
    return read_deontic(sentence, None, "").strength is Strength.MAY


_BEARS: dict[Strength, set[Strength]] = {
    Strength.MUST: {Strength.MUST, Strength.MUST_NOT},
    Strength.MUST_NOT: {Strength.MUST_NOT, Strength.MUST},
    Strength.SHOULD: {Strength.SHOULD, Strength.SHOULD_NOT},
    Strength.SHOULD_NOT: {Strength.SHOULD_NOT, Strength.SHOULD},
    Strength.MAY: {Strength.MAY},
}
"""Of which strength a clause must have something for a sentence of each: "must stay private" bears "must not be public"."""


def added(sentence: str, clauses: Sequence[Clause], question: str = "") -> tuple[str, ...]:
    """What `sentence` says that its clauses do not, in a word or two each; () where nothing stands out.

    Rules only: a sentence that passes may still be unsupported. `question`: its platforms and people may be taken up.
    """
    said = "\n".join(c.searchable for c in clauses)
    given = f"{said}\n{question}"
    found = [f"number {n}" for n in sorted(numbers_in(sentence) - numbers_in(said))]
    found += [f"address {a}" for a in _ADDRESS.findall(sentence) if a.lower() not in said.lower()]
    found += [f"person {sentence[start:end]}" for start, end in people_in([sentence], [[]])[0] if sentence[start:end].lower() not in given.lower()]
    known = [_role(r) for r in roles_in(said)]
    found += [f"role {r}" for r in roles_in(sentence) if not any(_role(r) <= k for k in known) and r.lower() not in said.lower()]
    found += [f"platform {p}" for p in platforms_in(sentence) if p.lower() not in given.lower()]
    found += [f"document {d}" for d in (*documents_in(sentence), *legislation_in(sentence)) if not _mentions(said, d)]
    found += [f"denial {d[0]}" for d in _DENIES.finditer(sentence) if not _DENIES.search(said)]
    found += ["order out of a ban"] if torn(sentence, clauses) else []
    found += _strength_added(sentence, clauses)
    return tuple(found)


def _mentions(said: str, name: str) -> bool:
    words = {w for w in re.findall(r"[a-z]{4,}", name.lower()) if w not in ("policy", "procedure", "guidance")}
    return all(w in said.lower() for w in words)


def _strength_added(sentence: str, clauses: Sequence[Clause]) -> list[str]:
    read = read_deontic(sentence, None, "")
    told = Strength.MAY if gives_leave(sentence) else read.strength
    if told not in _BEARS:
        return []
    if told is Strength.MAY and read.conditions and any(c.deontic.exceptions or c.deontic.conditions for c in clauses):
        return []  # leave on a condition may be a ban's exception
    own = set().union(*({c.deontic.strength} | _strengths(c.whole) for c in clauses))
    return [] if own & _BEARS[told] or own <= {Strength.NONE} else [f"strength {told.value}"]

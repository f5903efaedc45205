"""Finding who is named in a clause: roles, bodies and the words that stand for people, always in the clause's own words."""

# ruff: noqa: E501
from __future__ import annotations

import re
from functools import lru_cache

from policybot.modals import BODIES, PEOPLE

_HEADS = (
    r"(?:human resources|hr/payroll|hr|payroll|police|lado|agency|agencies|authority|authorities|trade unions?|unions?|everybody|no-one|no one|whoever|he/she|he|she|them|"
    r"managers|secretary|secretaries|controllers?|adviser|advisers|advisor|advisors|inspectors?|boards|bodies|committees|teams|governor|trustee|"
    rf"schools|colleges|academies|nurser(?:y|ies)|assistants?|technicians?|technician|nurses?|counsellors?|nominees?|coach(?:es)?|drivers?|representatives?|reps?|consultants?|instructors?|clerks?|caretakers?|"
    rf"treasurers?|secretaries|chaplains?|wardens?|senco|playworkers?|childminders?|practitioners?|mentors?|hosts?|presidents?|{PEOPLE}|{BODIES})"
)
_FUNCTION = (
    r"(?:who|whom|whose|which|that|what|how|why|if|when|where|whenever|wherever|whether|before|after|while|unless|once|until|as|so|for|to|of|in|on|at|by|with|without|from|about|"
    r"under|over|into|and|or|but|nor|not|is|are|was|were|be|been|has|have|had|must|should|shall|will|may|can|cannot|do|does|it|this|there|they|we|you|he|she|them|their|"
    r"your|our|his|her|the|a|an|any|all|every|each|no|only|these|those|such|than|through|regarding|concerning|including)"
)
_DETERMINERS = r"(?:(?:all|any|every|each|the|an?|our|your|their|his or her|his|her|its|only|both|some|no|such|same|other|these|those)\s+)*"
_COMPLEMENT = r"(?: of (?:the |a |any |our )?(?:(?:(?-i:[A-Z][\w'’/-]*)|staff|centre|school|college|nursery|governors|trustees|directors|management|senior|leadership|support|teaching|team|board|academy|trust|department|year)(?:\s(?=(?-i:[A-Z])|staff|team|board))?){1,4})"
_FOLLOWS = (
    r"(?:(?<=whoever)(?=\s)|(?=\s*(?:$|[,.;:()“”\"–—\n])|['’]s?\s+\w+ing|\s+(?:who|whom|whose|which|that|and|or|nor|the|an?|any|all|how|what|in|at|on|of|from|with|within|under|for|to|by|as|when|where|while|if|whether|before|after|"
    r"about|during|without|unless|until|must|should|shall|will|may|can|cannot|would|could|is|are|was|were|has|have|had|do|does|needs?|ought|also|then|there|over|via|owes?|expects?|"
    r"recommends?|reserves?|beforehand|ahead|not|never|either|both|because|so|once|(?-i:(?!governing|safeguarding|training|teaching)[a-z]+ing)|\w+ly)\b))"
)
_NAMES_NEED = re.compile(r"\b(?:heads?|chairs?|directors?|members?|principals?|leads?)$", re.I)
"""Heads of a name that say nothing alone: 'Head of Centre' is the name, of 'employees of the trust' 'employees' is."""
_JOINS = re.compile(r"\s*(?:,\s*(?:and/or\s+|and\s+|or\s+)?|\s+and/or\s+|\s+and\s+|\s+or\s+|\s*&\s*)", re.I)


class Naming:
    """Finds who is named, knowing what the organisation calls itself. Holds patterns only; safe to share between threads."""

    def __init__(self, names: tuple[str, ...] = ()) -> None:
        """`names`: the organisation's own, which are bodies like any other."""
        own = "|".join(sorted((re.escape(n) for n in names if n.strip()), key=len, reverse=True))
        head = rf"(?:{own}|{_HEADS})" if own else _HEADS
        modifier = rf"(?:(?!{_FUNCTION}\b)[\w'’&-]+(?:/[\w'’&-]+)*['’]?\s+)"
        self._one = re.compile(
            rf"{_DETERMINERS}(?P<who>{modifier}{{0,5}}?{head}(?:\s?/\s?[\w&-]+)*)(?P<of>{_COMPLEMENT})?{_FOLLOWS}", re.I
        )
        self._start = re.compile(rf"(?<![\w'’/-]){self._one.pattern}", re.I)

    def at(self, text: str, whole: bool = False) -> tuple[str, ...]:
        """Who is named at the very start of `text`: 'the head or their deputy of ...' -> ('head',); () for nobody.
        `whole`: only where all of `text` is names."""
        found: list[str] = []
        reached = 0
        while match := self._one.match(text, reached):
            found.append(_name(match))
            reached = match.end("of") if match.group("of") else match.end("who")
            join = _JOINS.match(text, reached)
            if not join:
                break
            reached = join.end()
        return () if whole and reached < len(text.rstrip(" :.")) else tuple(found)

    def spans(self, text: str) -> tuple[tuple[str, int, int], ...]:
        """Everybody who is named anywhere in `text`, with where their name begins and ends."""
        return tuple((_name(m), m.start("who"), m.end("of") if m.group("of") else m.end("who")) for m in self._start.finditer(text))


def _name(match: re.Match[str]) -> str:
    """The name alone, verbatim: with what it is of where it would say nothing without."""
    who, of = match.group("who"), match.group("of") or ""
    return who + of if of and _NAMES_NEED.search(who) else who


@lru_cache(maxsize=64)
def naming_for(names: tuple[str, ...]) -> Naming:
    """The Naming for an organisation that calls itself these names."""
    return Naming(names)

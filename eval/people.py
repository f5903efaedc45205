"""Real people that a policy names, found by how policies name them, and kept out of the sets."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policybot.names import roles_in

STAND_INS = ("Sam", "Robin", "Alex", "Jo", "Chris", "Pat", "Lee", "Kim")
"""First names given instead, in the order in which people are met."""

_PART = r"[A-Z][a-z]+(?:-[A-Z][a-z]+)?"
_NAME = rf"{_PART}(?:[ ]{_PART})+(?![a-z]*:)"
_GAP = r"[ \t:*_]*"
_SIGNED = re.compile(
    rf"(?:Author|(?:Prepared|Approved|Reviewed|Signed)(?: by)?|Counter[ -]?[Ss]ignatory|Print Name){_GAP}({_NAME})"
)
_TEAM = re.compile(rf"\b[Tt]eam:[ \t]*({_NAME}(?:,[ \t]*{_NAME})*)")
_OFFICE = re.compile(rf"^[ \t*•-]*({_NAME})[ \t]\(([^)\n]*)\)", re.M)
_CELL = re.compile(r"(?<=\t)([A-Z]\.?[ ][A-Z][a-z]+)(?=\t)")


def people_in(policy: str) -> tuple[str, ...]:
    """Full names of people in a policy's text: who signed, wrote or approved it, members of a
    team, a name with its office in brackets, a table cell of an initial and a surname.

    Roles ("Governing Body") are no names.
    """
    found: list[str] = []
    for pattern in (_SIGNED, _TEAM, _CELL):
        for match in pattern.finditer(policy):
            found += [name.strip() for name in match.group(1).split(",")]
    found += [match.group(1) for match in _OFFICE.finditer(policy) if roles_in(match.group(2))]
    return tuple(name for name in dict.fromkeys(found) if not roles_in(name))


def names_somebody(text: str, people: Iterable[str]) -> bool:
    """Whether one of the people is named in full, or by first name or surname alone."""
    return any(re.search(rf"\b{re.escape(name)}\b", text) for person in people for name in _forms(person))


def with_stand_ins(text: str, people: Iterable[str]) -> str:
    """The text with everyone of `people` called by a stand-in's first name."""
    for place, person in enumerate(people):
        for name in _forms(person):
            text = re.sub(rf"\b{re.escape(name)}\b", STAND_INS[place % len(STAND_INS)], text)
    return text


def _forms(person: str) -> tuple[str, ...]:
    """The full name first; its parts, initials left out."""
    return (person, *(part for part in person.split() if len(part.rstrip(".")) > 1))

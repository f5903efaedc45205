"""Whose duties are whose: roles brought together by rule, and the table of roles and duties.

Two names are one role where they differ in case, number, a space or 'the', where the policy spells out an abbreviation,
or where they are forms of 'staff' or of 'everyone'. Nothing else is merged: an employee and a member of staff stay two.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from policybot.contacts import SAFEGUARDING_ROLE
from policybot.duties import YOU, Duty, Rule
from policybot.records import Clause

STAFF, EVERYONE, WE, UNSAID = "Staff", "Everyone", "We (the organisation)", "Not said who"
"""Names of ours, for duties of the reader, of nobody in particular, of 'we', and of nobody named."""
OURS = (STAFF, EVERYONE, WE, UNSAID)
_STAFF = re.compile(r"(?:you|staff|(?:staff )?members? of staff|staff members?)", re.I)
_EVERYONE = re.compile(r"(?:anyone|everyone|everybody|somebody|someone|nobody|no-one|no one|whoever|individuals?|persons?|people)", re.I)
_SMALL = {"of", "the", "and", "for", "in", "to", "a"}


@dataclass(frozen=True, slots=True)
class Responsibility:
    """One role: its name as the policy first writes it (or one of OURS), what it must see to, what it is told or asked."""

    name: str
    does: tuple[Duty, ...] = ()
    told: tuple[Duty, ...] = ()

    @property
    def duties(self) -> tuple[Duty, ...]:
        """Both, in the order of the document, each once."""
        every = {d.clause.id: d for d in (*self.does, *self.told)}
        return tuple(sorted(every.values(), key=lambda d: (d.clause.policy_id, d.clause.ordinal)))


class Roles:
    """Knows which names are one role. Made for the duties of one organisation."""

    def __init__(self, duties: Sequence[Duty], clauses: Sequence[Clause]) -> None:
        """`clauses`: all of the organisation, in which abbreviations are spelled out."""
        self._duties, self._long = tuple(duties), abbreviations(clauses)
        named = [name for d in duties for name in (*d.actors, *d.told)]
        known = {self._plain(n) for n in named if "/" not in n}
        self._split = {n: n.split("/") for n in named if "/" in n and all(self._plain(h) in known for h in n.split("/"))}

    def keys(self, name: str) -> tuple[str, ...]:
        """What a name counts as: one role, or both where 'head/manager' joins two that the policy also names alone."""
        return tuple(dict.fromkeys(self._plain(part.strip()) for part in self._split.get(name, (name,))))

    def _plain(self, name: str) -> str:
        for ours, form in ((STAFF, _STAFF), (EVERYONE, _EVERYONE)):
            if name == YOU or form.fullmatch(name):
                return ours
        if name.lower() == "we":
            return WE
        key = plain(name)
        return self._long.get(key, key)

    def acting(self, rule: Rule) -> tuple[str, ...]:
        """Keys of whoever must keep a rule; (UNSAID,) where the clause names nobody."""
        return tuple(dict.fromkeys(k for a in rule.actors for k in self.keys(a))) or (UNSAID,)

    def told(self, rule: Rule) -> tuple[str, ...]:
        """Keys of whoever is told or asked."""
        return tuple(dict.fromkeys(k for a in rule.told for k in self.keys(a)))

    def names(self) -> Mapping[str, str]:
        """Key -> the name to show, in the order in which the policy first names them; the safeguarding roles before all, OURS last."""
        shown: dict[str, str] = {}
        for duty in self._duties:
            for name in (*duty.actors, *duty.told):
                parts = self._split.get(name, [name])
                for key, part in zip([self._plain(p.strip()) for p in parts], parts, strict=True):
                    shown.setdefault(key, key if key in OURS else part.strip()[:1].upper() + part.strip()[1:])
        shown |= {UNSAID: UNSAID} if any(not r.actors for d in self._duties for r in d.rules) else {}
        rank = {key: OURS.index(key) + 1 for key in shown if key in OURS}
        safe = {key for key, name in shown.items() if SAFEGUARDING_ROLE.fullmatch(name)}
        return {k: shown[k] for k in sorted(shown, key=lambda k: -1 if k in safe else rank.get(k, 0))}

    def all(self) -> tuple[Responsibility, ...]:
        """Every role that a duty names, with its duties; under UNSAID only clauses that name nobody at all."""
        return tuple(found for key, name in self.names().items() if (found := self._one(key, name)).duties)

    def _one(self, key: str, name: str) -> Responsibility:
        if key == UNSAID:
            return Responsibility(name, tuple(d for d in self._duties if not d.actors))
        does = tuple(d for d in self._duties if any(key in self.acting(r) for r in d.rules))
        return Responsibility(name, does, tuple(d for d in self._duties if any(key in self.told(r) for r in d.rules)))

    def rules_of(self, duty: Duty, name: str) -> tuple[Rule, ...]:
        """The rules of a clause that are this role's, or in which it is told."""
        keys = {k for k, n in self.names().items() if n == name}
        mine = (r for r in duty.rules if keys & {*self.acting(r), *self.told(r)})
        return tuple(mine) or (duty.rules if name == UNSAID else ())


def plain(name: str) -> str:
    """'The Head Teachers' -> 'headteacher': what two ways to write one role share."""
    words = re.sub(r"['’]", "", re.sub(r"^(?:the|an?|our|your|their)\s+", "", name.strip(), flags=re.I)).lower().split()
    return "".join(_singular(w) for w in words).replace("-", "")


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def abbreviations(clauses: Sequence[Clause]) -> Mapping[str, str]:
    """plain('DSL') -> plain('designated safeguarding lead'), where a clause writes the one in brackets behind the other."""
    found: dict[str, str] = {}
    for clause in clauses:
        for match in re.finditer(r"((?:[\w'’&-]+\s+){2,8})\(([A-Z]{2,6})s?\)", clause.whole):
            words, letters = match.group(1).split(), match.group(2).lower()
            for count in range(2, len(words) + 1):
                tail = words[-count:]
                if tail[0].lower() not in _SMALL and "".join(w[0] for w in tail if w.lower() not in _SMALL).lower() == letters:
                    found.setdefault(letters, plain(" ".join(tail)))
        for match in re.finditer(r"\b([A-Z]{2,6}) \(([a-zA-Z][\w'’& -]{5,80})\)", clause.whole):
            initials = "".join(w[0] for w in match.group(2).split() if w.lower() not in _SMALL).lower()
            if initials == match.group(1).lower():
                found.setdefault(initials, plain(match.group(2)))
    return found


@dataclass(frozen=True, slots=True)
class Cell:
    """What one clause is to one role: the rules it must keep, and whether it is told or asked."""

    rules: tuple[Rule, ...] = ()
    told: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One duty against every role, in the order of Matrix.roles; None where the clause does not concern it."""

    duty: Duty
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Roles across, duties down."""

    roles: tuple[str, ...]
    rows: tuple[Row, ...]


def matrix(roles: Roles, duties: Sequence[Duty]) -> Matrix:
    """`duties` against the roles that they concern: safeguarding roles first, then whoever has most of them."""
    names = roles.names()
    busy = {k: sum(_cell(roles, d, k) is not None for d in duties) for k in names}
    keys = sorted((k for k in names if busy[k]), key=lambda k: (not SAFEGUARDING_ROLE.fullmatch(names[k]), -busy[k]))
    return Matrix(tuple(names[k] for k in keys), tuple(Row(d, tuple(_cell(roles, d, k) for k in keys)) for d in duties))


def _cell(roles: Roles, duty: Duty, key: str) -> Cell | None:
    if key == UNSAID:
        return None if duty.actors else Cell(duty.rules)
    rules = tuple(r for r in duty.rules if key in roles.acting(r))
    told = any(key in roles.told(r) for r in duty.rules)
    return Cell(rules, told) if rules or told else None

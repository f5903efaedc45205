"""What a person calls a clause or an organisation -> which one is meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from eval.cases import CaseError
from eval.plain_words import words
from policybot.catalogue import Catalogue, unknown_clause
from policybot.records import Clause

LEAST_WORDS = 4
"""So many words in a row name a clause, at least; or all of a clause that has fewer."""
NEAR = 3
"""So many candidates are shown to somebody who missed."""
SHOWN_WORDS = 10
"""So many words of a candidate are shown."""


class Names:
    """Looks names up in the catalogue, each organisation read once. For those who run the program:
    what it says about an organisation that was not found names the others."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._slugs: dict[tuple[str, ...], set[str]] = {}
        for organisation in catalogue.organisations():
            for name in (organisation.slug, organisation.name, *organisation.aliases):
                self._slugs.setdefault(words(name), set()).add(organisation.slug)
        self._clauses: dict[str, tuple[Clause, ...]] = {}

    def organisation(self, name: str) -> str:
        """The slug of the organisation of this slug, name or alias, whatever its capitals. CaseError."""
        slugs = sorted(self._slugs.get(words(name), ()))
        if len(slugs) == 1:
            return slugs[0]
        if slugs:
            raise CaseError(repr(name), "several organisations are called that", f"Write one of {', '.join(slugs)}")
        known = sorted({slug for of_name in self._slugs.values() for slug in of_name})
        near = difflib.get_close_matches("-".join(words(name)), known, n=1)
        meant = f"Did you mean {near[0]}? " if near else ""
        cure = f"{meant}Write one of {', '.join(known)}" if known else "Ingest its policy first: policybot ingest"
        raise CaseError(repr(name), "no organisation of that name is ingested", cure)

    def clause(self, organisation: str, name: str) -> str:
        """The id of the clause of `organisation` (a slug it has) that `name` names: by its id, its label or at
        least four of its words in a row, capitals and punctuation aside. A clause's own text goes before its
        stem, which it shares with its neighbours. CaseError shows the near ones where none or several fit.
        """
        clauses = self.clauses(organisation)
        ids = {c.id.lower(): c.id for c in clauses}
        if name.lower() in ids:
            return ids[name.lower()]
        owner, slash, _ = name.partition("/")
        if slash and owner in {slug for slugs in self._slugs.values() for slug in slugs}:
            raise _bad_id(organisation, owner, name, clauses)
        wanted = words(name)
        found = [c for c in clauses if words(c.label) == wanted] or _worded(wanted, clauses)
        if len(found) == 1:
            return found[0].id
        if found:
            cure = _choice("Write more words, or the id, of one: ", found)
            raise CaseError(repr(name), f"{len(found)} clauses are called that or hold these words", cure)
        raise _unheard(name, wanted, clauses)

    def clauses(self, organisation: str) -> tuple[Clause, ...]:
        """All current clauses of the organisation, policy by policy, in reading order."""
        if organisation not in self._clauses:
            self._clauses[organisation] = tuple(c for policy in self._catalogue.policies(organisation) for c in policy.clauses)
        return self._clauses[organisation]


def _worded(wanted: tuple[str, ...], clauses: Sequence[Clause]) -> list[Clause]:
    """Clauses that hold the words in a row, in their text or else in stem and text."""
    complete = [c for c in clauses if wanted and words(c.text) == wanted]
    if complete or len(wanted) < LEAST_WORDS:
        return complete
    run = _spaced(wanted)
    return [c for c in clauses if run in _spaced(words(c.text))] or [c for c in clauses if run in _spaced(words(c.whole))]


def _spaced(said: Iterable[str]) -> str:
    return f" {' '.join(said)} "


def _bad_id(organisation: str, owner: str, name: str, clauses: Sequence[Clause]) -> CaseError:
    if owner != organisation:
        return CaseError(repr(name), f"it is a clause of {owner}, and the question is asked at {organisation}", "Name a clause of its own")
    unknown = unknown_clause(name, [c.id for c in clauses])
    return CaseError(repr(name), unknown.cause, unknown.cure)


def _unheard(name: str, wanted: tuple[str, ...], clauses: Sequence[Clause]) -> CaseError:
    near = _nearest(wanted, clauses)
    asked = f"Copy at least {LEAST_WORDS} words in a row from the policy, or write the clause's id or label"
    cure = _choice(f"{asked}. Near it: ", near) if near else asked
    if len(wanted) < LEAST_WORDS:
        count = "1 word is" if len(wanted) == 1 else f"{len(wanted)} words are"
        hint = " (a new line, ';' or '|' ends a name: leave them out of the words you copy)"
        return CaseError(repr(name), f"it is no clause's id or label, and {count} too few to find one by{hint}", cure)
    return CaseError(repr(name), "no clause has this id or label, or these words in a row", cure)


def _nearest(wanted: tuple[str, ...], clauses: Sequence[Clause]) -> list[Clause]:
    """Up to three clauses that share most of the wanted words with label and text; none that shares no word."""
    shared = {c.id: len(set(wanted) & {*words(c.label), *words(c.whole)}) for c in clauses}
    ranked = sorted((c for c in clauses if shared[c.id]), key=lambda c: -shared[c.id])
    return ranked[:NEAR]


def _choice(lead: str, clauses: Sequence[Clause]) -> str:
    shown = [f"{c.id} ({c.label}: '{_start(c)}')" for c in clauses[:NEAR]]
    return lead + "; ".join(shown) + (f"; and {len(clauses) - NEAR} more" if len(clauses) > NEAR else "")


def _start(clause: Clause) -> str:
    said = clause.text.split()
    return " ".join(said[:SHOWN_WORDS]) + (" …" if len(said) > SHOWN_WORDS else "")

"""A whole policy as HTML, every clause at its anchor. All of Policy.text is shown, in order.

Nothing is added to its words but marks, which have no text of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from urllib.parse import quote

from policybot.reading_aids import Mark, Meaning, rules_in, terms_in
from policybot.records import Clause, ClauseKind, Policy

DEEPEST = 4
"""Headings below this level look alike."""
AROUND = 60
ADDRESS = "policies?clause="
"""Where a clause is opened, without its id."""


@dataclass(frozen=True, slots=True)
class Aids:
    """What is marked for whoever reads: terms with their `meanings`, and the words that carry rules."""

    meanings: tuple[Meaning, ...] = ()
    rules: bool = False


NO_AIDS = Aids()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the policy's text: a heading (`level` from 1), a clause, or what lies
    between them (titles, lead-ins of lists, column names, contents, white space)."""

    start: int
    text: str
    level: int = 0
    clause: Clause | None = None


def pieces(policy: Policy) -> tuple[Piece, ...]:
    """The policy cut at its headings and clauses; the texts joined are Policy.text."""
    marks = [Piece(at, text, level=level) for level, text, at in policy.outline if policy.text.startswith(text, at)]
    marks += [Piece(c.span.start, c.text, clause=c) for c in policy.clauses]
    found: list[Piece] = []
    reached = 0
    for mark in sorted(marks, key=lambda m: (m.start, m.clause is not None)):
        if mark.start < reached:
            continue
        if mark.start > reached:
            found.append(Piece(reached, policy.text[reached : mark.start]))
        found.append(mark)
        reached = mark.start + len(mark.text)
    if reached < len(policy.text):
        found.append(Piece(reached, policy.text[reached:]))
    return tuple(found)


def find(policy: Policy, words: str) -> tuple[Clause, ...]:
    """Clauses in which all the words stand, in reading order; () for no words."""
    wanted = terms(words)
    if not wanted:
        return ()
    return tuple(c for c in policy.clauses if all(w in f"{c.label}\n{c.whole}".lower() for w in wanted))


def terms(words: str) -> tuple[str, ...]:
    """What is looked for: the words in lower case, single letters left out."""
    return tuple(dict.fromkeys(w for w in words.lower().split() if len(w) > 1))


def around(text: str, words: str) -> str:
    """The words' surroundings, on one line, at most `AROUND` characters to either side."""
    flat = " ".join(text.split())
    at = max(0, min((flat.lower().find(w) for w in terms(words) if w in flat.lower()), default=0))
    start, end = max(0, at - AROUND), min(len(flat), at + AROUND)
    start = flat.find(" ", start) + 1 if start else 0
    end = max(flat.rfind(" ", start, end), start + 1) if end < len(flat) else end
    return f"{'…' if start else ''}{flat[start:end]}{'…' if end < len(flat) else ''}"


class _Marker:
    """Marks the words of a policy, piece after piece: a term once in each section, lest the page be all marks."""

    def __init__(self, words: Sequence[str], aids: Aids) -> None:
        self._words, self._aids = words, aids
        self._told: set[str] = set()

    def heading(self, text: str) -> str:
        """A new section begins."""
        self._told.clear()
        return marked(text, self._words)

    def body(self, text: str, clause_id: str = "") -> str:
        """A stretch of a clause, or of what stands between clauses ('')."""
        found, reached = [], 0
        for mark in self._marks(text, clause_id):
            found += [marked(text[reached : mark.start], self._words), self._wrapped(mark, text[mark.start : mark.end])]
            reached = mark.end
        return "".join((*found, marked(text[reached:], self._words)))

    def _marks(self, text: str, clause_id: str) -> list[Mark]:
        rules = rules_in(text) if self._aids.rules else ()
        told: list[Mark] = []
        for mark in terms_in(text, self._aids.meanings, clause_id):
            if mark.meaning and mark.meaning.term not in self._told and all(mark.end <= r.start or r.end <= mark.start for r in rules):
                self._told.add(mark.meaning.term)
                told.append(mark)
        return sorted((*rules, *told), key=lambda m: m.start)

    def _wrapped(self, mark: Mark, text: str) -> str:
        if mark.meaning is None:
            return f'<span class="pb-rule pb-{mark.strength}">{marked(text, self._words)}</span>'
        meaning = meaning_id(self._aids.meanings.index(mark.meaning))
        return f'<span class="pb-term" role="button" tabindex="0" aria-describedby="{meaning}">{marked(text, self._words)}</span>'


def meaning_id(number: int) -> str:
    """The id of the `number`th meaning's words, from 0."""
    return f"meaning-{number}"


def html(policy: Policy, opened: str | None = None, words: str = "", aids: Aids = NO_AIDS) -> str:
    """The policy, the clause `opened` marked as such, and `words` marked wherever they stand."""
    marker = _Marker(terms(words), aids)
    units = [u for piece in pieces(policy) for u in _units(piece, opened, marker)]
    return "".join(
        _wrapped(wrap, "".join(body for _, body in group)) for wrap, group in groupby(units, key=lambda u: u[0])
    )


def sections(policy: Policy, opened: str | None = None) -> str:
    """The headings as a tree of links into the text, folded, the section of the clause `opened` marked; '' for a policy
    without headings."""
    if not policy.outline:
        return ""
    at = next((c.span.start for c in policy.clauses if c.id == opened), -1)
    here = max((start for _, _, start in policy.outline if start <= at), default=-1)
    tree, depths = [], [0]
    for level, text, start in policy.outline:
        while len(depths) > 1 and level < depths[-1]:
            depths.pop()
            tree.append("</li></ul>")
        deeper = level > depths[-1]
        tree.append("<ul>" if deeper else "</li>")
        if deeper:
            depths.append(level)
        current = ' aria-current="location"' if start == here else ""
        tree.append(f'<li><a href="#{_section(start)}"{current}>{escape(text)}</a>')
    tree.append("</li></ul>" * (len(depths) - 1))
    return f'<nav class="pb-sections" aria-label="Sections"><details><summary>Sections</summary>{"".join(tree)}</details></nav>'


def _units(piece: Piece, opened: str | None, marker: _Marker) -> Iterator[tuple[str, str]]:
    """(what it must be wrapped in: 'ul', 'table' or nothing, HTML)."""
    if piece.level:
        level = min(piece.level, DEEPEST)
        place = f'class="pb-level-{level}" id="{_section(piece.start)}"'
        yield "", f"<h{level + 1} {place}>{marker.heading(piece.text)}</h{level + 1}>"
    elif piece.clause:
        yield _clause(piece.clause, opened, marker)
    else:
        yield from _between(piece.text, marker)


def _clause(clause: Clause, opened: str | None, marker: _Marker) -> tuple[str, str]:
    current = ' aria-current="true"' if clause.id == opened else ""
    kind = "pb-clause pb-open" if current else "pb-clause"
    place = f'id="{escape(clause.id)}" class="{kind}"{current}'
    if clause.kind is ClauseKind.ITEM:
        return "ul", f'<li {place} data-depth="{_depth(clause)}">{marker.body(clause.text, clause.id)}{_link(clause)}</li>'
    if clause.kind is ClauseKind.ENUMERATION:
        items = _ending((marker.body(line, clause.id) for line in _lines(clause.text)), "li", clause)
        return "", f"<ul {place}>{items}</ul>"
    if "\t" in clause.text:
        return "table", f"<tbody {place}>{_rows(clause.text, 'td', marker, clause)}</tbody>"
    blocks = (marker.body(block, clause.id) for block in re.split(r"\n\s*\n", clause.text))
    return "", f"<div {place}>{_ending(blocks, 'p', clause)}</div>"


def _ending(parts: Iterable[str], tag: str, clause: Clause) -> str:
    """Each part in its own element, the last with the clause's link in it."""
    *front, last = parts
    return "".join(f"<{tag}>{part}</{tag}>" for part in (*front, f"{last}{_link(clause)}"))


def _link(clause: Clause) -> str:
    """The clause's own address. Its name is for who cannot see the icon, and no word of the page."""
    return f'<a class="pb-link" href="{escape(ADDRESS + quote(clause.id))}" aria-label="Copy link to {escape(clause.label)}"></a>'


def _between(text: str, marker: _Marker) -> Iterator[tuple[str, str]]:
    for block in re.split(r"\n\s*\n", text):
        if "\t" in block:
            yield "table", f"<thead>{_rows(block, 'th', marker)}</thead>"
        elif block.strip():
            yield "", f'<p class="pb-between">{marker.body(block.strip())}</p>'


def _wrapped(wrap: str, body: str) -> str:
    if wrap == "table":
        return f'<div class="pb-table"><table>{body}</table></div>'
    return f'<ul class="pb-items">{body}</ul>' if wrap else body


def _rows(text: str, cell: str, marker: _Marker, clause: Clause | None = None) -> str:
    rows = [[marker.body(c, clause.id if clause else "") for c in line.split("\t")] for line in _lines(text)]
    if clause:
        rows[-1][-1] += _link(clause)
    return "".join("<tr>" + "".join(f"<{cell}>{c}</{cell}>" for c in row) + "</tr>" for row in rows)


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def marked(text: str, words: Sequence[str]) -> str:
    """Escaped, with the words that are looked for in <mark>."""
    if not words:
        return escape(text)
    cut = re.split(f"({'|'.join(re.escape(w) for w in words)})", text, flags=re.I)
    return "".join(f"<mark>{escape(part)}</mark>" if n % 2 else escape(part) for n, part in enumerate(cut))


def _depth(clause: Clause) -> int:
    """How deep a list item stands: 0 for '…/b2', 1 for '…/b2.1'."""
    return clause.id.rpartition("/")[2].count(".")


def _section(at: int) -> str:
    return f"section-{at}"

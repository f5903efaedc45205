"""A whole policy as HTML, every clause at its anchor. All of Policy.text is shown, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from policybot.records import Clause, ClauseKind, Policy

DEEPEST = 4
"""Headings below this level look alike."""
AROUND = 60


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


def html(policy: Policy, opened: str | None = None, words: str = "") -> str:
    """The policy, the clause `opened` marked as such, and `words` marked wherever they stand."""
    looked_for = terms(words)
    units = [u for piece in pieces(policy) for u in _units(piece, opened, looked_for)]
    return "".join(
        _wrapped(wrap, "".join(body for _, body in group)) for wrap, group in groupby(units, key=lambda u: u[0])
    )


def sections(policy: Policy) -> str:
    """The headings as links into the text, folded; '' for a policy without headings."""
    links = "".join(
        f'<li class="pb-level-{min(level, DEEPEST)}"><a href="#{_section(at)}">{escape(text)}</a></li>'
        for level, text, at in policy.outline
    )
    return f'<details class="pb-sections"><summary>Sections</summary><ul>{links}</ul></details>' if links else ""


def _units(piece: Piece, opened: str | None, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(what it must be wrapped in: 'ul', 'table' or nothing, HTML)."""
    if piece.level:
        level = min(piece.level, DEEPEST)
        place = f'class="pb-level-{level}" id="{_section(piece.start)}"'
        yield "", f"<h{level + 1} {place}>{marked(piece.text, words)}</h{level + 1}>"
    elif piece.clause:
        yield _clause(piece.clause, opened, words)
    else:
        yield from _between(piece.text, words)


def _clause(clause: Clause, opened: str | None, words: Sequence[str]) -> tuple[str, str]:
    current = ' aria-current="true"' if clause.id == opened else ""
    kind = "pb-clause pb-open" if current else "pb-clause"
    place = f'id="{escape(clause.id)}" class="{kind}"{current}'
    if clause.kind is ClauseKind.ITEM:
        return "ul", f'<li {place} data-depth="{_depth(clause)}">{marked(clause.text, words)}</li>'
    if clause.kind is ClauseKind.ENUMERATION:
        return "", f"<ul {place}>" + "".join(
            f"<li>{marked(line, words)}</li>" for line in _lines(clause.text)
        ) + "</ul>"
    if "\t" in clause.text:
        return "table", f"<tbody {place}>{_rows(clause.text, 'td', words)}</tbody>"
    return "", f"<div {place}>{_paragraphs(clause.text, words)}</div>"


def _between(text: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for block in re.split(r"\n\s*\n", text):
        if "\t" in block:
            yield "table", f"<thead>{_rows(block, 'th', words)}</thead>"
        elif block.strip():
            yield "", f'<p class="pb-between">{marked(block.strip(), words)}</p>'


def _wrapped(wrap: str, body: str) -> str:
    if wrap == "table":
        return f'<div class="pb-table"><table>{body}</table></div>'
    return f'<ul class="pb-items">{body}</ul>' if wrap else body


def _rows(text: str, cell: str, words: Sequence[str]) -> str:
    rows = (line.split("\t") for line in _lines(text))
    return "".join("<tr>" + "".join(f"<{cell}>{marked(c, words)}</{cell}>" for c in row) + "</tr>" for row in rows)


def _paragraphs(text: str, words: Sequence[str]) -> str:
    return "".join(f"<p>{marked(block, words)}</p>" for block in re.split(r"\n\s*\n", text))


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

"""Pieces of a section on their way to clauses: enumerations joined, short ones joined, long ones split."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ingest.document import Block
from ingest.shape import has_modal
from policybot.deontic import read_deontic
from policybot.records import CLAUSE_FLOOR, CLAUSE_LIMIT, ClauseKind, Span, Strength
from policybot.sentences import sentence_spans

ENUMERATED_ITEM = 140
"""Longest item, in characters, of a list that is one statement rather than a set of rules."""
ENUMERATION = 1000
"""Longest enumeration, its stem included, in characters."""
STEM_LIMIT = CLAUSE_LIMIT // 2
"""Longest stem, in characters, that a list's items still carry."""
RULE_WORDS = re.compile(
    r"\b(?:do not|don't|never|ensure|required|advised|responsib\w+|expected|permitted|allowed|forbidden|prohibited)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text that will be a clause; `suffix` is the last part of its id."""

    kind: ClauseKind
    span: Span
    suffix: str
    stem: Span | None = None
    above: tuple[Span, ...] = ()
    """Stems that the stem itself stands under, outermost first: they rule too, but are not quoted."""
    columns: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()

    def extended(self, block: Block) -> Piece:
        """The piece up to the end of a block that follows it directly."""
        return replace(self, span=Span(self.span.start, block.span.end), blocks=(*self.blocks, block))

    @property
    def length(self) -> int:
        """Characters, the stem and its line break included."""
        stem = self.stem.end - self.stem.start + 1 if self.stem else 0
        return stem + self.span.end - self.span.start


def adjoin(before: Span, after: Span, text: str) -> bool:
    """Whether nothing but white space stands between two spans: only then may one clause hold both."""
    return before.end <= after.start and not text[before.end : after.start].strip()


def nested_names_joined(pieces: list[Piece], text: str) -> list[Piece]:
    """'Share on:' + 'Facebook' + 'Twitter': deeper bullets that only name things stay in the bullet above."""
    joined: list[Piece] = []
    for run in _runs(pieces, text):
        leader = joined[-1] if joined else None
        led = leader is not None and run[0].stem == leader.span
        if led and not has_modal(text[leader.span.start : leader.span.end]) and _only_names(run, text):
            for piece in run:
                leader = leader.extended(piece.blocks[0])
            joined[-1] = leader
        else:
            joined += run
    return joined


def enumerations_joined(pieces: list[Piece], text: str) -> list[Piece]:
    """Lists that only name things (platforms, Acts, related documents) become one clause with their stem."""
    joined: list[Piece] = []
    count = 0
    for run in _runs(pieces, text):
        if len(run) > 1 and run[0].kind is ClauseKind.ITEM and _names_things(run, text):
            count += 1
            blocks = tuple(b for p in run for b in p.blocks)
            span = Span(run[0].span.start, run[-1].span.end)
            joined.append(Piece(ClauseKind.ENUMERATION, span, f"e{count}", stem=run[0].stem, blocks=blocks))
        else:
            joined += run
    return joined


def _runs(pieces: list[Piece], text: str) -> list[list[Piece]]:
    """Pieces grouped into lists under one stem; everything else alone."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        last = runs[-1][-1] if runs else None
        items = last is not None and last.kind is ClauseKind.ITEM and piece.kind is ClauseKind.ITEM
        if items and last.stem == piece.stem and adjoin(last.span, piece.span, text):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _names_things(run: list[Piece], text: str) -> bool:
    """Whether a list under one stem is a single statement: short, its stems no rules and its items names."""
    stems = [span for span in (*run[0].above, run[0].stem) if span is not None]
    return not any(_rules(text[s.start : s.end]) for s in stems) and _only_names(run, text)


def _rules(stem: str) -> bool:
    return read_deontic(stem, None).strength is not Strength.NONE or bool(RULE_WORDS.search(stem))


def _only_names(run: list[Piece], text: str) -> bool:
    stem = run[0].stem
    total = run[-1].span.end - run[0].span.start + (stem.end - stem.start if stem else 0)
    return total <= ENUMERATION and all(_names_a_thing(text[p.span.start : p.span.end]) for p in run)


def _names_a_thing(item: str) -> bool:
    if len(item) > ENUMERATED_ITEM or has_modal(item) or RULE_WORDS.search(item):
        return False
    return len(sentence_spans(item)) == 1 and read_deontic(item, None).strength is Strength.NONE


def short_joined(pieces: list[Piece], text: str, heading: Span | None) -> list[Piece]:
    """Pieces under the floor join the next (else the one before); alone, the heading becomes their stem."""
    joined: list[Piece] = []
    for piece in pieces:
        before = joined[-1] if joined else None
        small = before is not None and min(before.length, piece.length) < CLAUSE_FLOOR
        close = small and before.stem == piece.stem and adjoin(before.span, piece.span, text)
        if close and before.length + piece.span.end - before.span.end <= CLAUSE_LIMIT:
            span = Span(before.span.start, piece.span.end)
            joined[-1] = replace(before, span=span, blocks=before.blocks + piece.blocks)
        else:
            joined.append(piece)
    return [_with_heading(p, heading) if p.length < CLAUSE_FLOOR else p for p in joined]


def _with_heading(piece: Piece, heading: Span | None) -> Piece:
    if heading is None or piece.stem is not None or heading.end - heading.start > STEM_LIMIT:
        return piece
    return replace(piece, stem=heading)


def fitted(piece: Piece, text: str) -> list[Piece]:
    """The piece, split at sentence ends where it is longer than a clause may be.

    Only a single sentence over the limit is cut inside, at its last semicolon, comma or space.
    """
    if piece.length <= CLAUSE_LIMIT:
        return [piece]
    stem = piece.stem.end - piece.stem.start + 1 if piece.stem else 0
    if stem > STEM_LIMIT:
        piece, stem = replace(piece, stem=None), 0
    spans = _packed(text[piece.span.start : piece.span.end], CLAUSE_LIMIT - stem)
    at = piece.span.start
    return [
        replace(piece, span=Span(at + start, at + end), suffix=piece.suffix + _part(number))
        for number, (start, end) in enumerate(spans)
    ]


def _part(number: int) -> str:
    """'' for the first part of a split piece, then 'b', 'c', ... 'z', 'z26', 'z27'."""
    return "" if number == 0 else chr(ord("a") + number) if number < 26 else f"z{number}"


def _packed(text: str, limit: int) -> list[tuple[int, int]]:
    """Sentences packed greedily into ranges of at most `limit` characters, evenly rather than full then short."""
    pieces = [part for span in sentence_spans(text) for part in _cut(text, span, limit)]
    goal = len(text) / -(-len(text) // limit)
    packed: list[tuple[int, int]] = []
    for start, end in pieces:
        if packed and end - packed[-1][0] <= limit and packed[-1][1] - packed[-1][0] < goal:
            packed[-1] = (packed[-1][0], end)
        else:
            packed.append((start, end))
    return packed


def _cut(text: str, span: tuple[int, int], limit: int) -> list[tuple[int, int]]:
    start, end = span
    parts: list[tuple[int, int]] = []
    while end - start > limit:
        window = text[start : start + limit]
        at = max(window.rfind("; "), window.rfind(", ")) + 1
        at = at if at > limit // 2 else window.rfind(" ")
        at = at if at > 0 else limit
        parts.append((start, start + at))
        start += at + (text[start + at : start + at + 1] == " ")
    return [*parts, (start, end)]

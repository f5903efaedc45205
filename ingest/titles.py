"""A policy's title, and its id made from it: the same in every edition and from year to year."""

from __future__ import annotations

import re
from itertools import takewhile

from ingest.document import Block, BlockKind
from ingest.shape import CONTENTS, NUMBERED, is_detail_line, slug, words

EDITION = re.compile(
    r"\b(?:v(?:ersion)?\.?\s*\d+(?:\.\d+)*|(?:19|20)\d{2}(?:\s*[-/–]\s*(?:19|20)?\d{2})?|draft|final|updated|copy)\b",
    re.I,
)
COVER_LINES = 4
"""How far from the top, in lines, a title is looked for."""
NAMES_POLICY = re.compile(
    r"[a-z]\w* (?:polic(?:y|ies)|procedures?|guidelines|guidance|handbook|code of (?:conduct|practice))"
    r"(?: (?:for|and|v?\d)\b.*)?$",
    re.I,
)
SPEAKS_OF_POLICY = re.compile(r"\b(?:this|the|of|to|our|about)\s+polic", re.I)


def policy_slug(title: str) -> str:
    """'Social Media Policy 2023 v2' -> 'social-media-policy'."""
    return slug(EDITION.sub(" ", title), limit=10)


def find_title(blocks: list[Block]) -> Block | None:
    """The first line, when it is a title and not already a numbered section.

    Where the first line is only whose policy it is ("Acme Nursery"), the line near it that names the policy.
    """
    lines = [b for b in blocks if b.kind is not BlockKind.FURNITURE]
    opening = list(takewhile(_could_be_title, lines[:COVER_LINES]))
    if not opening:
        return None
    named = (b for b in opening if NAMES_POLICY.search(b.text) and not SPEAKS_OF_POLICY.search(b.text))
    return next(named, opening[0])


def _could_be_title(block: Block) -> bool:
    text = block.text
    if block.kind in (BlockKind.ITEM, BlockKind.ROW) or NUMBERED.match(text) or CONTENTS.match(text):
        return False
    return len(words(text)) <= 20 and not re.search(r"[.;,:]$", text) and not is_detail_line(text)

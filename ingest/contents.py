"""The table of contents: which lines are its entries, so that they are not taken for headings."""

from __future__ import annotations

import re

from ingest.document import Block, BlockKind
from ingest.shape import CONTENTS, DOTTED, NUMBERED


def contents_entries(blocks: list[Block]) -> set[int]:
    """Places of the lines after 'Contents', as long as a line has leaders or comes back as a heading."""
    start = next((i for i, b in enumerate(blocks) if CONTENTS.match(b.text)), None)
    if start is None:
        return set()
    last = {_entry(b.text): i for i, b in enumerate(blocks)}
    found: set[int] = set()
    for index in range(start + 1, len(blocks)):
        block = blocks[index]
        known = last[_entry(block.text)] > index or last.get(_entry(block.text, page=True), -1) > index
        if (
            block.kind not in (BlockKind.FURNITURE, BlockKind.ROW, BlockKind.ITEM)
            and not known
            and not DOTTED.search(block.text)
        ):
            break
        found.add(index)
    return found


def _entry(text: str, page: bool = False) -> str:
    """A heading as a contents table may give it: without its number, leaders and, where it has one, page."""
    numbered = NUMBERED.match(text)
    bare = re.sub(r"[\s.…]+\d*$", "", text) if DOTTED.search(text) else re.sub(r"\s+\d+$", "", text) if page else text
    return bare[numbered.start("title") :].lower() if numbered else bare.lower()

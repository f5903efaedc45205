"""Documents of a corpus -> Markdown policies that ingest reads, and where each document went."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.beir import Document
from ingest.shape import is_detail_line, is_lead_in, is_sentence, words
from policybot.records import Policy

UNTITLED = "Documents"
"""Title of a policy whose documents bring none."""
HEADING_WORDS = 8
_BLANK_LINES = re.compile(r"\n\s*\n")
_INLINE = re.compile(r"([\\`*_\[\]|])")
_LINE_START = re.compile(r"[#+\-=~]|\d{1,9}(?=[.)])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One Markdown policy to be: its title and its documents, in order."""

    title: str
    documents: tuple[Document, ...]

    @property
    def markdown(self) -> str:
        """The policy as a file, a numbered heading for each document."""
        parts = [f"# {' '.join(words(self.title)) or UNTITLED}"]
        for heading, document in zip(self.headings, self.documents, strict=True):
            parts += [f"## {heading}", _body(document)]
        return "\n\n".join(parts) + "\n"

    @property
    def headings(self) -> tuple[str, ...]:
        """'1. Use of phones' for each document: numbered, so that no two are the same and none is taken for text."""
        return tuple(_heading(place, len(self.documents), document.title) for place, document in enumerate(self.documents))


def sheets_of(documents: Sequence[Document]) -> tuple[Sheet, ...]:
    """The documents by the policy they say they are of; without one, those that share a title together.

    Where every document has a title of its own, all of them make one policy.
    """
    loose = [d.title for d in documents if not d.policy]
    shared = len(set(loose)) < len(loose)
    found: dict[str, list[Document]] = {}
    for document in documents:
        title = document.policy or (document.title if shared else "")
        found.setdefault(title if words(title) else UNTITLED, []).append(document)
    return tuple(Sheet(title, tuple(own)) for title, own in found.items())


def places(sheet: Sheet, policy: Policy) -> Mapping[str, tuple[str, ...]]:
    """Document id -> ids of the clauses that it became in `policy`, which was read from the sheet; () where none came of it.

    ValueError when a heading of the sheet was not read as one.
    """
    offsets: dict[str, int] = {}
    for _, text, offset in policy.outline:
        offsets.setdefault(text, offset)
    missing = next((heading for heading in sheet.headings if heading not in offsets), None)
    if missing is not None:
        raise ValueError(f"the heading {missing!r} was not read as one")
    starts = [offsets[heading] for heading in sheet.headings]
    found: dict[str, tuple[str, ...]] = {}
    for document, start, end in zip(sheet.documents, starts, [*starts[1:], len(policy.text)], strict=True):
        found[document.id] = tuple(c.id for c in policy.clauses if start <= c.span.start < end)
    return found


def _heading(place: int, count: int, title: str) -> str:
    name = " ".join(words(title.rsplit(" > ", 1)[-1])[:HEADING_WORDS])
    heading = f"{_number(place, count)}. {name[:1].upper()}{name[1:]}"
    # What ingest would take for a sentence or a detail line is no heading to it.
    taken = not name or is_sentence(heading) or is_detail_line(heading) or is_lead_in(heading)
    return f"{_number(place, count)}. Passage" if taken else heading


def _number(place: int, count: int) -> str:
    """Numbers of one to 99 a level, as ingest knows them: '7', or '2.13' among more than 99."""
    digits = [place % 99 + 1]
    while count > 99:
        place, count = place // 99, -(-count // 99)
        digits.append(place % 99 + 1)
    return ".".join(map(str, reversed(digits)))


def _body(document: Document) -> str:
    """The text as bullets, a paragraph each; of a single clause, however it was laid out, one. The title where there is no text.

    Bullets, because ingest takes a short line for a heading or a detail where it stands alone, a bullet never.
    """
    paragraphs = _BLANK_LINES.split(document.text) if not document.policy else [document.text]
    folded = [" ".join(paragraph.split()) for paragraph in (*paragraphs, *([] if document.text.strip() else [document.title]))]
    return "\n".join(f"- {_plain_line(paragraph)}" for paragraph in folded if paragraph)


def _plain_line(line: str) -> str:
    """The line with every mark taken from Markdown: '1. #hash' stays text."""
    marked = _LINE_START.match(line)
    number = marked[0] if marked and marked[0].isdigit() else ""
    rest = _INLINE.sub(r"\\\1", "".join(_ENTITIES.get(c, c) for c in line[len(number) :]))
    return f"{number}\\{rest}" if marked else rest

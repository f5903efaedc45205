"""What a shared answer says, piece by piece, whatever file it becomes. Made from the receipt alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from policybot.compose import BADGES, HEADLINES
from policybot.receipt import LOCAL, Quote, Receipt
from policybot.records import Verdict

UNDRAWN = "\N{REPLACEMENT CHARACTER}"
NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What neither Word nor a reader can take for a character."""
STEERS = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What makes a terminal or a line of text show something else than it says."""
LONGEST_FACT = 255
"""Longest title or author that a Word file takes, in characters."""


class Kind(StrEnum):
    """What a piece is."""

    TITLE = "title"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ASKED = "asked"
    VERDICT = "verdict"
    QUOTE = "quote"
    SOURCE = "source"
    ITEM = "item"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words and what they are; a SOURCE belongs to the QUOTE before it."""

    kind: Kind
    text: str


def sheet(receipt: Receipt) -> tuple[Piece, ...]:
    """All pieces, in the order in which they are read."""
    parts = (_top(receipt), _answer(receipt), _conditions(receipt), _quotes(receipt), _further(receipt), _receipt(receipt))
    return tuple(Piece(piece.kind, writable(piece.text)) for part in parts for piece in part)


def title(receipt: Receipt) -> str:
    """The document's name."""
    return f"What the policy of {writable(receipt.organisation_name)} says"


def writable(text: str) -> str:
    """`text` with a mark in place of what no file can hold."""
    return NO_CHARACTER.sub(UNDRAWN, text)


def asked(question: str) -> str:
    """The question in quotation marks, on one line: its line breaks could make a false answer look like ours."""
    return f"“{STEERS.sub(UNDRAWN, ' '.join(question.split()))}”"


def source_of(quote: Quote) -> str:
    """'5.3 Acceptance of Friends, page 4. Social Media Policy'."""
    page = f", page {quote.page}" if quote.page else ""
    return f"{quote.label}{page}. {quote.policy}"


def _top(receipt: Receipt) -> list[Piece]:
    about = (
        f"This is one answer from policybot, a program that looks up the policies of {receipt.organisation_name}. "
        "The quotes below are the policy’s own words. The program can be wrong about what they mean for you: "
        "read the clause, and ask if you are not sure."
    )
    return [
        Piece(Kind.TITLE, title(receipt)), Piece(Kind.PARAGRAPH, about),
        Piece(Kind.HEADING, "Question"), Piece(Kind.ASKED, asked(receipt.question)),
    ]  # fmt: skip


def _answer(receipt: Receipt) -> list[Piece]:
    said = [Piece(Kind.HEADING, "Answer"), Piece(Kind.VERDICT, BADGES[receipt.ruled])]
    added = () if receipt.headline == HEADLINES[receipt.ruled] else (receipt.headline,)
    said += [Piece(Kind.PARAGRAPH, text) for text in (*added, *receipt.remarks)]
    if receipt.sentences:
        labels = {q.clause_id: q.label for q in receipt.quotes}
        words = " ".join(f"{s.text} [{'; '.join(labels[i] for i in s.clause_ids)}]" for s in receipt.sentences)
        checked = "A chat model wrote this part. Each sentence was checked against the quotes."
        said += [Piece(Kind.PARAGRAPH, words), Piece(Kind.SMALL, checked)]
    return said


def _conditions(receipt: Receipt) -> list[Piece]:
    if not receipt.conditions:
        return []
    heading = "Conditions and exceptions" if receipt.ruled is Verdict.NOT_ALLOWED else "Check first"
    return [Piece(Kind.HEADING, heading), *(Piece(Kind.ITEM, text) for text in receipt.conditions)]


def _quotes(receipt: Receipt) -> list[Piece]:
    if not receipt.quotes:
        return []
    silent = receipt.ruled is Verdict.NOT_COVERED
    made = [Piece(Kind.HEADING, "Closest, but does not settle it" if silent else "In the policy’s own words")]
    for quote in receipt.quotes:
        made += [Piece(Kind.QUOTE, quote.quote), Piece(Kind.SOURCE, source_of(quote))]
    return made


def _further(receipt: Receipt) -> list[Piece]:
    whom = [Piece(Kind.HEADING, "Whom to ask"), Piece(Kind.PARAGRAPH, receipt.whom[:1].upper() + receipt.whom[1:])] if receipt.whom else []
    notes = [Piece(Kind.HEADING, "Please note"), *(Piece(Kind.ITEM, text) for text in receipt.notices)] if receipt.notices else []
    return [*whom, *notes]


def _receipt(receipt: Receipt) -> list[Piece]:
    first = f"Asked: {datetime.fromisoformat(receipt.asked_at):{LOCAL}} (UTC). " if receipt.asked_at else ""
    shared = f"Shared: {receipt.local_time}; {datetime.fromisoformat(receipt.shared_at):{LOCAL}} (UTC)."
    written = f"the chat model {receipt.model}, checked sentence by sentence" if receipt.model else "policybot, without a chat model"
    clauses = "; ".join(quote.clause_id for quote in receipt.quotes) or "none"
    return [
        Piece(Kind.HEADING, "Receipt"),
        Piece(Kind.SMALL, first + shared),
        Piece(Kind.SMALL, f"Worded by: {written}. Number of the answer: {receipt.answer_id}."),
        Piece(Kind.SMALL, f"Clauses: {clauses}"),
        Piece(Kind.SMALL, f"Version of the policies: {receipt.policy_version}"),
        Piece(Kind.SMALL, f"Hash of the receipt (SHA-256): {receipt.sha256}"),
        Piece(Kind.SMALL, "This file holds its receipt. Whoever runs policybot can check it with: policybot verify FILE"),
    ]

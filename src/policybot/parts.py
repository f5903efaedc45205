"""What an answer has besides citations: notices, a chat model's sentences, and what occasion it is for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policybot.terms import NoticeKind


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know besides the answer."""

    kind: NoticeKind
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that a chat model wrote and that was found to hold: `quote` stands word for word in one of the clauses
    `clause_ids` (at least one)."""

    text: str
    clause_ids: tuple[str, ...]
    quote: str

    def __post_init__(self) -> None:
        if not self.text.strip() or not self.clause_ids:
            raise ValueError("a sentence has words and a clause that it rests on")


@dataclass(frozen=True, slots=True)
class Spent:
    """What a chat model took for one answer, the rewriting of a follow-up included: tokens, and money at the prices of the
    settings. All 0 for a composed answer, and for one that was kept from before."""

    tokens_in: int = 0
    tokens_out: int = 0
    price: float = 0.0

    def __post_init__(self) -> None:
        if min(self.tokens_in, self.tokens_out, self.price) < 0:
            raise ValueError(f"tokens and prices are 0 or more, got {self}")


class Occasion(StrEnum):
    """What a message is. Of a disclosure, certain or possible, nothing may be kept beyond what a person sees."""

    QUESTION = "question"
    GREETING = "greeting"
    DISCLOSURE = "disclosure"
    POSSIBLE_DISCLOSURE = "possible_disclosure"

"""Whether a message reports that somebody is, was or may be harmed: then a person comes first.

A linear model over the words and the meaning of the message and of each of its sentences,
learnt from training/disclosure. It errs towards showing the contact: a false alarm costs a
glance, a miss may cost a child.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from policybot.recogniser import Embed, Recogniser

_BREAK = re.compile(r"(?<=[.!?;])\s+|\n+|\s+-\s+|,\s+(?=but\b|and (?:he|she|they|now|then|i)\b)", re.I)
_LEAST_WORDS = 5
_MOST_PIECES = 8

CERTAIN, CERTAIN_PIECE = 0.6, 0.93
"""From these probabilities on, of the message and of a sentence, the reply is to the worry alone."""


class Worry(IntEnum):
    """How surely a message reports harm. POSSIBLE: the contact comes first, then the answer as to any question."""

    NONE = 0
    POSSIBLE = 1
    CERTAIN = 2


def pieces(text: str) -> tuple[str, ...]:
    """The whole message first, then its sentences where it has several (a worry may hide in the last)."""
    parts = [p.strip() for p in _BREAK.split(text) if p and len(p.split()) >= _LEAST_WORDS]
    return (text, *parts[-_MOST_PIECES:]) if len(parts) > 1 else (text,)


@dataclass(frozen=True, slots=True)
class DisclosureModel:
    """A message is a disclosure from `threshold` in [0, 1] on, a sentence of one from `piece_threshold` on."""

    recogniser: Recogniser
    threshold: float
    piece_threshold: float

    @classmethod
    def load(cls, raw: dict) -> DisclosureModel:
        """From the JSON that training/calibrate.py writes."""
        return cls(Recogniser.load(raw), raw["threshold"], raw["piece_threshold"])

    def recognises(self, text: str, embed: Embed) -> Worry:
        """How surely `text` reports harm to somebody."""
        parts = pieces(text)
        whole, *rest = self.recogniser.probabilities(parts, embed(parts)).tolist()
        piece = max(rest, default=0.0)
        if whole >= CERTAIN or piece >= CERTAIN_PIECE:
            return Worry.CERTAIN
        return Worry.POSSIBLE if whole >= self.threshold or piece >= self.piece_threshold else Worry.NONE

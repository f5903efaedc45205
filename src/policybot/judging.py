"""Whether a drafted sentence may be shown: its clauses are on the shelf, its quote is verbatim, and they bear it out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from policybot.prompts import DraftSentence
from policybot.records import Clause
from policybot.support import added, verbatim


class Bears(Protocol):
    """What reads a sentence beside clauses (supporting.Supporter)."""

    @property
    def line(self) -> float:
        """Log-odds from which a sentence is taken as supported."""
        ...

    def support(self, sentence: str, clauses: Sequence[Clause], question: str) -> float:
        """Log-odds that the clauses say all that the sentence says."""
        ...


class Fault(StrEnum):
    """Why a sentence is not shown."""

    STRANGE_CLAUSE = "strange_clause"
    """It names a clause that was not sent."""
    NOT_VERBATIM = "not_verbatim"
    ADDED = "added"
    """A number, date, role, platform, document or strength that its clauses do not have."""
    UNSUPPORTED = "unsupported"
    LOOSER = "looser"
    """It gives leave where the reader found a ban."""
    TOO_MANY = "too_many"
    """It names more clauses than one sentence rests on: whatever it says may stand in one of them."""


MOST_CLAUSES, LEAST_WORDS = 3, 3
"""Clauses that one sentence may rest on; words that a quote has at least, where the clause has more."""


def quotes(quote: str, clause: Clause) -> bool:
    """Whether `quote` stands word for word in the clause, in whole words, and is more of it than a word or two."""
    found = re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", clause.whole)
    return found is not None and (len(quote.split()) >= LEAST_WORDS or quote.strip(" .;:") == clause.text.strip(" .;:"))


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges sentences by rule first, then by the model."""

    supporter: Bears

    def fault(self, sentence: DraftSentence, clauses: Mapping[str, Clause], question: str) -> Fault | None:
        """What is wrong with a sentence, None when it may be shown. `clauses`: those that were sent, by id."""
        named = [clauses.get(i) for i in sentence.clauses]
        own = [c for c in named if c is not None]
        if len(own) < len(named):
            return Fault.STRANGE_CLAUSE
        if len(own) > MOST_CLAUSES:
            return Fault.TOO_MANY
        if not any(quotes(sentence.quote, c) for c in own):
            return Fault.NOT_VERBATIM
        if added(sentence.text, own, question):
            return Fault.ADDED
        if verbatim(sentence.text, own):
            return None
        odds = self.supporter.support(sentence.text, own, question)
        return None if odds >= self.supporter.line else Fault.UNSUPPORTED

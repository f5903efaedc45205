"""Leading wording: a question that copies the clause it asks for proves only that the bot can search."""

from __future__ import annotations

from collections.abc import Sequence

from eval.plain_words import words
from policybot.quotes import STOP

LONGEST_RUN = 5
"""So many words in a row, shared with the clause, are a copy."""
SHARE = 0.7
"""Share of a question's content words, in [0, 1], that stand in the clause."""
FEWEST = 4
"""A question with fewer content words has no share: 'can I use Facebook?' has to say 'use' and 'Facebook'."""


def longest_run(question: str, clause: str) -> tuple[str, ...]:
    """The longest run of words that stand in both, in the same order without a gap; () when they share none.

    The longest common substring (Gusfield 1997, 7.4), over words instead of letters.
    """
    asked, ruled = words(question), words(clause)
    best, end = 0, 0
    above = [0] * (len(ruled) + 1)
    for at, word in enumerate(asked, 1):
        row = [0] * (len(ruled) + 1)
        for place, other in enumerate(ruled, 1):
            if word == other:
                row[place] = above[place - 1] + 1
                if row[place] > best:
                    best, end = row[place], at
        above = row
    return asked[end - best : end]


def content_share(question: str, clause: str) -> float | None:
    """|Q ∩ C| / |Q|, in [0, 1]: Q, C = the sets of content words (three letters or more, no stop word) of both.

    None when Q has fewer than four. The containment of Q in C (Broder 1997), over words.
    """
    asked = _content(words(question))
    return len(asked & _content(words(clause))) / len(asked) if len(asked) >= FEWEST else None


def leading(question: str, clause: str) -> str | None:
    """How the question copies the clause, in words; None when it does not."""
    run = longest_run(question, clause)
    if len(run) >= LONGEST_RUN:
        return f"shares {len(run)} words in a row with it: '{' '.join(run)}'"
    share = content_share(question, clause)
    if share is not None and share >= SHARE:
        return f"takes {share:.0%} of its content words from it"
    return None


def _content(said: Sequence[str]) -> set[str]:
    return {word for word in said if len(word) > 2 and word not in STOP}

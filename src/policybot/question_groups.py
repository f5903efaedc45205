"""Questions that ask about the same thing, put together, and the words they share.

A group is a question and everything that is close to it: no chain of neighbours, so that every member is about the same.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policybot.askings import Asking
from policybot.features import content_words

CLOSE = 0.35
"""Cosine from which two questions are about the same thing. Of the reading model's vectors of questions made up for this,
three in four pairs about one thing are above it, and 99 in 100 about two things are below 0.31."""
MOST_WORDS = 6
"""Most words that are told of a group."""
_TOKEN = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_PLACEHOLDER = re.compile(r"\[[a-z ]+ \d+\]")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SharedWords:
    """What a group's questions have in common: words of the policy, and words that it does not use. Lower case, the most shared
    first, () for none."""

    known: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def grouped(askings: Sequence[Asking], vectors: Vectors, fewest: int) -> tuple[tuple[Asking, ...], ...]:
    """Groups of at least `fewest` different askers, the largest first; whatever is left belongs to none. () for none.

    `vectors`: unit vectors of the questions, shape (askings, d). ValueError when there are not as many.
    """
    if len(vectors) != len(askings):
        raise ValueError(f"{len(askings)} questions have {len(vectors)} vectors")
    left, found = list(range(len(askings))), []
    near = np.asarray(vectors) @ np.asarray(vectors).T >= CLOSE if askings else np.zeros((0, 0), dtype=bool)
    while left:
        # Most askers first, then most questions; of equals the one that was asked first, so that the groups are always the same.
        middle = max(left, key=lambda at: (*_weight(askings, near[at], left), -at))
        members = [at for at in left if near[middle, at] or at == middle]
        if len({askings[at].asker for at in members}) < fewest:
            break
        found.append(tuple(askings[at] for at in members))
        left = [at for at in left if at not in set(members)]
    return tuple(found)


def shared_words(group: Sequence[Asking], policy: Collection[str], fewest: int) -> SharedWords:
    """The words that at least `fewest` askers of the group used, in whichever form most of them wrote it.

    `policy`: stems of the policy's words (features.content_words). Function words and placeholders of personal data are no words.
    """
    users: dict[str, set[str]] = defaultdict(set)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for asking in group:
        for form in set(_TOKEN.findall(_PLACEHOLDER.sub(" ", asking.question.lower()))):
            for stem in content_words(form):
                users[stem].add(asking.asker)
                forms[stem][form] += 1
    shared = sorted((stem for stem in users if len(users[stem]) >= fewest), key=lambda stem: (-len(users[stem]), stem))
    written = {stem: min(forms[stem], key=lambda form: (-forms[stem][form], form)) for stem in shared[:MOST_WORDS]}
    known = tuple(form for stem, form in written.items() if stem in policy)
    return SharedWords(known, tuple(form for stem, form in written.items() if stem not in policy))


def _weight(askings: Sequence[Asking], near: NDArray[np.bool_], left: Sequence[int]) -> tuple[int, int]:
    """How many askers, and how many questions, are near."""
    around = [askings[at].asker for at in left if near[at]]
    return len(set(around)), len(around)

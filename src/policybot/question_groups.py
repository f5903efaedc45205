"""Questions that ask about the same thing, put together, and the words they share.

A group is a question and everything that is close to it: no chain of neighbours, so that every member is about the same.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from policybot.askings import Asking
from policybot.features import content_words

CLOSE = 0.35
"""Cosine from which two questions are about the same thing. Of the reading model's vectors of questions made up for this,
three in four pairs about one thing are above it, and 99 in 100 about two things are below 0.31."""
MOST_TEXTS = 1000
"""Most different texts of questions that are put together: each is held against each."""
NONE = -1
"""Stands for a group where a text is in none."""
MOST_WORDS = 6
"""Most words that are told of a group."""
_TOKEN = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?")
_PLACEHOLDER = re.compile(r"\[[a-z ]+ \d+\]")

Vectors = NDArray[np.float32]
Counts = NDArray[np.float32]
"""Whole numbers, up to 2**24: as such they are multiplied fast."""
Embed = Callable[[Sequence[str]], Vectors]
"""Texts -> unit vectors, shape (texts, d)."""


@dataclass(frozen=True, slots=True)
class SharedWords:
    """What a group's questions have in common: words of the policy, and words that it does not use. Lower case, the most shared
    first, () for none."""

    known: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def grouped(askings: Sequence[Asking], embed: Embed, fewest: int) -> tuple[tuple[Asking, ...], ...]:
    """Groups of at least `fewest` different askers, the largest first; whatever is left belongs to none. () for none.

    `askings`: the oldest first, which is also their order in a group. Of more than MOST_TEXTS different questions only those
    asked last are looked at, so that a month of very many costs no more. ValueError when `embed` makes another number of vectors.
    """
    texts = _newest(askings)
    if not texts:
        return ()
    vectors = np.asarray(embed(texts))
    if len(vectors) != len(texts):
        raise ValueError(f"{len(texts)} questions have {len(vectors)} vectors")
    group_of = _parted(vectors @ vectors.T >= CLOSE, _asked_by(askings, texts), fewest)
    of_text = dict(zip(texts, group_of, strict=True))
    members: dict[int, list[Asking]] = defaultdict(list)
    for asking in askings:
        members[of_text.get(asking.question, NONE)].append(asking)
    return tuple(tuple(members[group]) for group in range(max(group_of) + 1))


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


def _newest(askings: Sequence[Asking]) -> list[str]:
    """The MOST_TEXTS different questions that were asked last, in the order of `askings`."""
    last_first = list(dict.fromkeys(asking.question for asking in reversed(askings)))[:MOST_TEXTS]
    kept = set(last_first)
    return list(dict.fromkeys(asking.question for asking in askings if asking.question in kept))


def _asked_by(askings: Sequence[Asking], texts: Sequence[str]) -> Counts:
    """How often each asked each text, shape (texts, askers)."""
    row = {text: at for at, text in enumerate(texts)}
    told = [asking for asking in askings if asking.question in row]
    column = {asker: at for at, asker in enumerate(dict.fromkeys(asking.asker for asking in told))}
    often = np.zeros((len(row), len(column)), dtype=np.float32)
    np.add.at(often, ([row[a.question] for a in told], [column[a.asker] for a in told]), 1)
    return often


def _parted(near: NDArray[np.bool_], asked_by: Counts, fewest: int) -> list[int]:
    """The group of each text, from 0, the largest first; NONE for none. `near`: shape (texts, texts)."""
    near = near | np.eye(len(near), dtype=bool)
    group_of, group = np.full(len(near), NONE), 0
    # How often each asked something near each text that is left; what a group takes away is taken off.
    around = near.astype(np.float32) @ asked_by
    askers, questions = (around > 0).sum(axis=1), around.sum(axis=1)
    while askers.max() >= fewest:
        # Most askers first, then most questions; of equals the one that was asked first, so that the groups are always the same.
        middle = np.lexsort((np.arange(len(near)), -questions, -askers))[0]
        members = near[middle] & (group_of == NONE)
        group_of[members], group = group, group + 1
        touched = near[:, members].any(axis=1)
        around[touched] -= near[np.ix_(touched, members)].astype(np.float32) @ asked_by[members]
        askers[touched], questions[touched] = (around[touched] > 0).sum(axis=1), around[touched].sum(axis=1)
        askers[group_of != NONE] = 0
    return group_of.tolist()

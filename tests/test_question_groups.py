"""Unanswered questions put together by what they are about, and the words that enough people share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from made_up_askings import DRONES, ODD, WATCHES

from policybot.askings import Asking
from policybot.features import content_words
from policybot.question_groups import CLOSE, MOST_TEXTS, MOST_WORDS, SharedWords, grouped, shared_words
from policybot.records import Verdict
from policybot.vectors import FingerprintedEmbeddings


def asked(*texts: str, by: str = "p") -> list[Asking]:
    """Each by somebody else."""
    day = date(2026, 2, 3)
    return [
        Asking(id=f"{by}{n}", organisation="elm", day=day, asker=f"{by}{n}", verdict=Verdict.NOT_COVERED, question=text)
        for n, text in enumerate(texts)
    ]


def pointing(*angles: float) -> np.ndarray:
    """Unit vectors in a plane, by their degrees."""
    return np.array([[np.cos(np.radians(a)), np.sin(np.radians(a))] for a in angles], dtype=np.float32)


def all_alike(texts: Sequence[str]) -> np.ndarray:
    return pointing(*[0] * len(texts))


def test_the_packaged_model_tells_made_up_things_apart(embeddings: FingerprintedEmbeddings) -> None:
    askings = asked(*(q for four in zip(WATCHES, DRONES, strict=False) for q in four), *ODD)
    groups = grouped(askings, lambda texts: np.asarray(embeddings.embed_documents(list(texts))), fewest=5)
    assert [{a.question for a in group} for group in groups] == [set(WATCHES), set(DRONES[:5])]
    assert [a.id for a in groups[0]] == sorted((a.id for a in groups[0]), key=lambda i: int(i[1:]))


def test_a_group_is_what_is_near_its_middle_and_not_a_chain() -> None:
    askings = asked(*"abcdef")
    # 0, 40, 80 … degrees: each is near its neighbours (69 degrees and less), and the ends are far apart.
    (group, *more) = grouped(askings, lambda _: pointing(0, 40, 80, 120, 160, 200), fewest=2)
    assert [a.question for a in group] == ["a", "b", "c"] and [[a.question for a in g] for g in more] == [["d", "e", "f"]]


def test_a_group_of_too_few_people_is_none_however_often_they_ask() -> None:
    askings = asked(*"abcdefgh")
    same = [replace(a, asker=f"p{n % 4}") for n, a in enumerate(askings)]
    assert grouped(same, all_alike, fewest=5) == ()
    assert len(grouped(askings, all_alike, fewest=5)) == 1
    assert grouped([], all_alike, fewest=5) == ()
    with pytest.raises(ValueError, match="8 questions have 1 vectors"):
        grouped(askings, lambda _: pointing(0), fewest=5)


def test_more_people_go_before_more_questions() -> None:
    askings = asked(*"aaaaabcd")
    said = [replace(a, asker=f"p{n}" if n > 4 else f"q{n % 2}") for n, a in enumerate(askings)]
    groups = grouped(said, lambda _: pointing(0, 120, 120, 120), fewest=2)
    assert ["".join(a.question for a in group) for group in groups] == ["bcd", "aaaaa"]


def test_of_too_many_different_questions_those_asked_last_are_put_together() -> None:
    seen: list[str] = []

    def embed(texts: Sequence[str]) -> np.ndarray:
        seen.extend(texts)
        return all_alike(texts)

    askings = asked("again", *(f"question {n}" for n in range(MOST_TEXTS + 500)), "again")
    (group,) = grouped(askings, embed, fewest=5)
    assert seen == ["again", *(f"question {n}" for n in range(501, MOST_TEXTS + 500))], "each once, in the order of asking"
    assert group == (askings[0], *askings[502:]), "whatever was asked in those words"


@examples(max_examples=60, deadline=None)
@given(told=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 4)), max_size=25), fewest=st.integers(1, 3))
def test_groups_are_those_that_a_slow_and_plain_way_finds(told: list[tuple[int, int]], fewest: int) -> None:
    askings = [replace(a, asker=f"p{who}") for a, (_, who) in zip(asked(*(f"{30 * turn}" for turn, _ in told)), told, strict=True)]
    assert grouped(askings, lambda texts: pointing(*map(float, texts)), fewest) == plainly(askings, fewest)


def plainly(askings: list[Asking], fewest: int) -> tuple[tuple[Asking, ...], ...]:
    """Looks at every question anew for every group. Texts are degrees."""
    left, found = list(askings), []

    def around(middle: str) -> list[Asking]:
        return [a for a in left if pointing(float(a.question), float(middle)).prod(axis=0).sum() >= CLOSE]

    while left:
        best = max(left, key=lambda a: (len({b.asker for b in around(a.question)}), len(around(a.question)), -askings.index(a)))
        group = around(best.question)
        if len({a.asker for a in group}) < fewest:
            break
        found.append(tuple(group))
        left = [a for a in left if a not in group]
    return tuple(found)


def test_shared_words_are_those_of_five_people_and_told_by_whether_the_policy_has_them() -> None:
    group = asked(
        "Can I bring a Drone on a trip?", "Are drones ok on the trip with [name 1]?", "drone for trips?", "a drone, [name 1], hm",
        "the drone? trip!", "drone trip Zebedee", "Zebedee drone", "Zebedee", "Zebedee",
    )  # fmt: skip
    policy = content_words("School trips need leave.")
    assert shared_words(group, policy, 5) == SharedWords(known=("trip",), missing=("drone",))
    assert shared_words(group, policy, 4).missing == ("drone", "zebedee"), "the name is there; five people have not written it"
    one = [replace(a, asker="p") for a in group]
    assert shared_words(one, policy, 5) == SharedWords() == shared_words([], policy, 5)
    many = asked(*["alpha bravo charlie delta foxtrot golf hotel india"] * 5)
    assert len(shared_words(many, (), 5).missing) == MOST_WORDS

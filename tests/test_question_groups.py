"""Unanswered questions put together by what they are about, and the words that enough people share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from made_up_askings import DRONES, ODD, WATCHES

from policybot.askings import Asking
from policybot.features import content_words
from policybot.question_groups import MOST_WORDS, SharedWords, grouped, shared_words
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


def test_the_packaged_model_tells_made_up_things_apart(embeddings: FingerprintedEmbeddings) -> None:
    askings = asked(*(q for four in zip(WATCHES, DRONES, strict=False) for q in four), *ODD)
    vectors = np.asarray(embeddings.embed_documents([a.question for a in askings]))
    groups = grouped(askings, vectors, fewest=5)
    assert [{a.question for a in group} for group in groups] == [set(WATCHES), set(DRONES[:5])]
    assert [a.id for a in groups[0]] == sorted((a.id for a in groups[0]), key=lambda i: int(i[1:]))


def test_a_group_is_what_is_near_its_middle_and_not_a_chain() -> None:
    askings = asked(*"abcdef")
    # 0, 40, 80 … degrees: each is near its neighbours (69 degrees and less), and the ends are far apart.
    (group, *more) = grouped(askings, pointing(0, 40, 80, 120, 160, 200), fewest=2)
    assert [a.question for a in group] == ["a", "b", "c"] and [[a.question for a in g] for g in more] == [["d", "e", "f"]]


def test_a_group_of_too_few_people_is_none_however_often_they_ask() -> None:
    askings = asked(*"abcdefgh")
    same = [replace(a, asker=f"p{n % 4}") for n, a in enumerate(askings)]
    assert grouped(same, pointing(*[0] * 8), fewest=5) == ()
    assert len(grouped(askings, pointing(*[0] * 8), fewest=5)) == 1
    assert grouped([], np.zeros((0, 2)), fewest=5) == ()
    with pytest.raises(ValueError):
        grouped(askings, pointing(0), fewest=5)


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

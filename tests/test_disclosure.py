"""Recognising that a message reports harm: its pieces, the model by hand, and the shipped one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybot import models
from policybot.disclosure import DisclosureModel, pieces
from policybot.reader import Reader
from policybot.recogniser import Recogniser, Vectors
from policybot.settings import Settings

# -- the pieces of a message


@pytest.mark.parametrize("text", ["Can I post this?", "He hits her every single night", "Help. Now. Please."])
def test_one_sentence_is_one_piece(text: str) -> None:
    assert pieces(text) == (text,)


def test_the_whole_comes_first_then_its_longer_sentences() -> None:
    first, last = "We were painting in the hall today.", "One of them said his dad hits him."
    assert pieces(f"{first} Lovely. {last}") == (f"{first} Lovely. {last}", first, last)


def test_a_worry_after_a_comma_or_a_new_line_or_a_dash_is_a_piece() -> None:
    calm, worry = "we are planning the spring fair", "but Mia told me she is scared of home"
    assert pieces(f"{calm}, {worry}")[1:] == (calm, worry)
    assert pieces(f"{calm}\n{worry}")[1:] == (calm, worry)
    assert pieces(f"{calm} - {worry}")[1:] == (calm, worry)


def test_of_a_long_story_the_end_is_kept() -> None:
    told = [f"This is sentence number {n} of it." for n in range(20)]
    parts = pieces(" ".join(told))
    assert len(parts) == 9 and parts[1:] == tuple(told[-8:])


@given(st.text(min_size=1, max_size=300))
def test_the_whole_message_is_always_read(text: str) -> None:
    parts = pieces(text)
    assert parts[0] == text
    assert all(part in text for part in parts) and len(parts) != 2


# -- the model by hand


def embed(texts: Sequence[str]) -> Vectors:
    """(1, 0), or (0, 1) for what speaks of a belt."""
    return np.array([[0.0, 1.0] if "belt" in t else [1.0, 0.0] for t in texts], dtype=np.float32)


def model(threshold: float = 0.5, piece_threshold: float = 0.5) -> DisclosureModel:
    words = {"bruise": 2.0, "a bruise": 0.5, "paper": -4.0}
    return DisclosureModel(Recogniser(words, np.array([-1.0, 3.0]), -1.0), threshold, piece_threshold)


def test_the_probability_is_the_logistic_of_words_meaning_and_bias() -> None:
    texts = ["a bruise", "a belt", "bruise bruise", "nothing"]
    # 2 + 0.5 - 1 - 1 = 0.5; 3 - 1 = 2; each word once: 2 - 1 - 1 = 0; -1 - 1 = -2
    expected = [1 / (1 + np.exp(-z)) for z in (0.5, 2.0, 0.0, -2.0)]
    assert model().recogniser.probabilities(texts, embed(texts)) == pytest.approx(expected)


def test_a_message_counts_from_its_threshold_on() -> None:
    assert model(threshold=0.5).recognises("bruise", embed)
    assert not model(threshold=0.51).recognises("bruise", embed)


def test_a_sentence_counts_though_the_whole_does_not() -> None:
    story = "The paper is running out again. Paper is dear. He showed me a big bruise."
    assert not model(threshold=0.5, piece_threshold=0.99).recognises(story, embed)
    assert model(threshold=0.99, piece_threshold=0.5).recognises(story, embed)


def test_one_sentence_alone_is_held_to_the_whole_ones_threshold() -> None:
    assert not model(threshold=0.99, piece_threshold=0.01).recognises("bruise", embed)


def test_what_calibration_writes_is_read() -> None:
    raw = {"grams": ["bruise"], "weights": [2.0], "meaning": [0.0, 1.0], "bias": -1.0, "threshold": 0.5, "piece_threshold": 0.7}
    loaded = DisclosureModel.load(raw)
    assert loaded.recogniser.words == {"bruise": 2.0} and loaded.recogniser.meaning.tolist() == [0.0, 1.0]
    assert (loaded.recogniser.bias, loaded.threshold, loaded.piece_threshold) == (-1.0, 0.5, 0.7)
    with pytest.raises(ValueError):
        DisclosureModel.load({**raw, "weights": [2.0, 3.0]})
    with pytest.raises(KeyError):
        DisclosureModel.load({k: v for k, v in raw.items() if k != "threshold"})


# -- the shipped model


@pytest.fixture(scope="module")
def harm() -> object:
    reading, reader = models.reading_model(Settings.load()), Reader.open()
    return lambda text: reader.reports_harm(text, reading.vectors)


def test_the_shipped_model_fits_the_shipped_vectors() -> None:
    raw = json.loads(files("policybot").joinpath("data/reader.json").read_text(encoding="utf-8"))["disclosure"]
    assert len(raw["meaning"]) == models.reading_model(Settings.load()).dimension
    assert 0 < raw["threshold"] < 1 and 0 < raw["piece_threshold"] < 1


@pytest.mark.parametrize(
    "text",
    [
        "A girl in my class has just told me that her stepfather touches her at night.",
        "one of the lads came in with burns on his arms again, he says he fell but i dont believe him",
        "Lovely day at the farm. We fed the lambs. On the bus home Tom said his mum locks him in the shed.",
        "a student messaged me saying she wants to kill herself tonight",
    ],
)
def test_a_worry_is_recognised(harm: object, text: str) -> None:
    assert harm(text)  # type: ignore[operator]


@pytest.mark.parametrize(
    "text",
    [
        "Can I use LinkedIn at work?",
        "Who approves a new page for our department?",
        "Can I put pictures of the sports day on Facebook?",
        "When is this policy next reviewed?",
        "may i accept a friend request from a former student",
    ],
)
def test_an_ordinary_question_is_none(harm: object, text: str) -> None:
    assert not harm(text)  # type: ignore[operator]

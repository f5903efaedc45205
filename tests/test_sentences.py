"""Where sentences end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybot.sentences import sentence_spans, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ask first. Then post.", ["Ask first.", "Then post."]),
        ("Sites, e.g. Facebook, are blocked. Ask Mr. Hall.", ["Sites, e.g. Facebook, are blocked.", "Ask Mr. Hall."]),
        ("See section 5.3. It applies.", ["See section 5.3.", "It applies."]),
        ("He said “stop.” Then he left.", ["He said “stop.”", "Then he left."]),
        ("One line\nAnother line", ["One line", "Another line"]),
        ("It is fine! Is it? Yes.", ["It is fine!", "Is it?", "Yes."]),
        ("no capital. follows here", ["no capital. follows here"]),
        ("", []),
        ("   ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_an_abbreviation_at_a_line_end_does_end() -> None:
    assert sentences("Posts, photos etc.\nAsk first.") == ["Posts, photos etc.", "Ask first."]


@given(st.text(alphabet=st.sampled_from('aA .!?\n"”)1é—'), max_size=60))
def test_spans_hold_every_character_that_is_not_white_space(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a < b for a, b in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    inside = {i for a, b in spans for i in range(a, b)}
    assert all(char.isspace() for i, char in enumerate(text) if i not in inside)

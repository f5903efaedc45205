"""Which words of a clause are quoted."""

from __future__ import annotations

from dataclasses import replace

from conftest import make_policy
from hypothesis import given
from hypothesis import strategies as st

from policybot.quotes import WHOLE, quote
from policybot.records import Clause, ClauseKind, Span

FILLER = "The nursery was founded by a group of parents who wanted a garden for their children to play in."
LONG = " ".join(
    [
        FILLER,
        FILLER,
        "Phones must be kept in the lockers.",
        "However, the trip phone may be carried on trips.",
        FILLER,
        FILLER,
    ]
)


def clause_of(text: str, **changes: object) -> Clause:
    return replace(make_policy("acme", text).clauses[0], **changes)


def test_a_short_clause_is_quoted_whole_with_its_stem() -> None:
    clause = clause_of("Film a class", kind=ClauseKind.ITEM, stem="Staff must not:", stem_span=Span(0, 15))
    assert quote(clause, "film") == "Staff must not:\nFilm a class"


def test_of_a_long_paragraph_the_sentence_that_answers_and_its_however() -> None:
    said = quote(clause_of(LONG), "Where are phones kept, in lockers?")
    assert said.startswith("Phones must be kept in the lockers. However, the trip phone may be carried on trips.")
    assert len(said) < len(LONG)


def test_an_enumeration_is_quoted_whole_however_long() -> None:
    clause = clause_of(LONG, kind=ClauseKind.ENUMERATION)
    assert quote(clause, "lockers") == LONG


def test_one_long_sentence_is_quoted_whole() -> None:
    sentence = "Phones " + "and tablets " * 40 + "stay here."
    assert quote(clause_of(sentence), "phones") == sentence


@given(
    st.lists(
        st.sampled_from([FILLER, "Phones stay here.", "However, ask.", "Unless told, wait.", "“Who?” she said."]),
        min_size=1,
        max_size=11,
    ),
    st.text(max_size=30),
)
def test_a_quote_is_always_verbatim_and_never_empty(sentences: list[str], search: str) -> None:
    clause = clause_of(" ".join(sentences))
    said = quote(clause, search)
    assert said.strip() and said in clause.whole
    assert len(clause.whole) > WHOLE or said == clause.whole

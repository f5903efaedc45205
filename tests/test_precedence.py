"""Of two policies of one organisation, the one that says that it counts first comes first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybot.deontic import read_deontic
from policybot.precedence import NEAR, in_force, overruled, prevailing, supersedes
from policybot.records import Clause, ClauseKind, Span


def clause(policy: str, place: int, text: str) -> Clause:
    whole = f"oak/{policy}"
    return Clause(
        id=f"{whole}/c{place}", organisation="oak", policy_id=whole, heading_path=("Rules",), label=f"c{place}", ordinal=place,
        kind=ClauseKind.PARAGRAPH, text=text, span=Span(0, len(text)), deontic=read_deontic(text, None, "Rules"),
    )  # fmt: skip


OLD = clause("handbook", 1, "Memory sticks may be used if they are encrypted.")
OLDER = clause("handbook", 2, "This handbook supersedes all previous versions of the staff manual.")
SCOPE = clause("annex", 1, "Where this annex conflicts with another policy, the annex takes precedence.")
NEW = clause("annex", 2, "Memory sticks are not to be used.")
INSTEAD = clause("notice", 1, "Memory sticks are lent by the office, superseding the rule in section 4 of the handbook.")
LUNCH = clause("handbook", 3, "Lunch is at noon.")


@pytest.mark.parametrize(
    "text",
    [
        "Where this addendum conflicts with existing policy documents, the addendum takes precedence.",
        "If there is any inconsistency between this policy and the staff handbook, this policy prevails.",
        "This code takes precedence over any other guidance.",
    ],
)
def test_a_policy_says_that_it_prevails(text: str) -> None:
    said = clause("annex", 1, text)
    assert prevailing((OLD, said)) == {"oak/annex"}


@pytest.mark.parametrize(
    "text",
    [
        "This handbook supersedes all previous versions of the staff manual.",
        "Work takes precedence over private calls.",
        "Where the rota conflicts with a lesson, tell the office.",
        "The Head replaces broken phones.",
    ],
)
def test_what_only_sounds_like_it(text: str) -> None:
    said = clause("annex", 1, text)
    assert not prevailing((OLD, said)) and not supersedes(said)


def test_the_prevailing_clause_changes_places_with_the_one_before_it() -> None:
    shelf = (OLD, LUNCH, SCOPE, NEW)
    assert in_force(shelf, np.array([0.8, 0.1, 0.05, 0.6])).tolist() == [0.6, 0.1, 0.05, 0.8]
    assert overruled((3, 0), shelf) == (3, 0)


def test_a_clause_that_supersedes_comes_before_all() -> None:
    assert in_force((OLD, NEW, SCOPE, INSTEAD), np.array([0.8, 0.7, 0.0, 0.5])).tolist() == [0.5, 0.7, 0.0, 0.8]


def test_what_speaks_of_something_else_stays_where_it_is() -> None:
    far = NEAR * 0.8 - 0.01
    relevance = np.array([0.8, 0.1, 0.05, far])
    assert in_force((OLD, LUNCH, SCOPE, NEW), relevance).tolist() == relevance.tolist()


def test_one_policy_has_nothing_to_prevail_over() -> None:
    relevance = np.array([0.8, 0.7])
    assert in_force((OLD, OLDER), relevance) is relevance
    assert overruled((0, 1), (OLD, OLDER)) is None and overruled((0, 1), (OLD, LUNCH)) is None


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_relevance_is_only_dealt_out_anew(values: list[float]) -> None:
    dealt = in_force((OLD, OLDER, SCOPE, NEW, INSTEAD, LUNCH), np.array(values))
    assert sorted(dealt.tolist()) == sorted(values)

"""Which of an answer's clauses the page quotes, and where."""

from __future__ import annotations

import pytest

from policybot.records import Answered, Citation, Contact, NotCovered, Occasion, Question, Verdict
from policybot.web.answer_text import quoted

ASKED = Question("oak", "may i?")


def citation(number: int) -> Citation:
    return Citation("oak", "Rules", f"oak/rules/p{number}", f"p{number}", "a b", "a", "x.md", None, 0, 1)


def answered(occasion: Occasion = Occasion.QUESTION, told: str | None = None) -> Answered:
    cited = tuple(map(citation, range(3)))
    return Answered(
        id="a", question=ASKED, verdict=Verdict.INFORMATIONAL, text="-", headline="-", citations=cited, occasion=occasion,
        contact=Contact("the lead", clause_id=told),
    )  # fmt: skip


@pytest.mark.parametrize("occasion", [Occasion.QUESTION, Occasion.POSSIBLE_DISCLOSURE])
def test_the_first_clause_decides_and_the_others_follow(occasion: Occasion) -> None:
    assert quoted(answered(occasion)) == ((citation(0),), (citation(1), citation(2)))


@pytest.mark.parametrize(("told", "shown"), [("oak/rules/p1", (citation(1),)), ("oak/rules/p9", ()), (None, ())])
def test_below_a_worry_stands_only_the_clause_that_says_whom_to_tell(told: str | None, shown: tuple[Citation, ...]) -> None:
    assert quoted(answered(Occasion.DISCLOSURE, told)) == (shown, ())


def test_where_the_policy_does_not_say_nothing_decides() -> None:
    near = (citation(0),)
    assert quoted(NotCovered(id="a", question=ASKED, text="-", headline="-", nearest=near)) == ((), near)

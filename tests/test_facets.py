"""What would change an answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policybot.facets import MOST, Facet, facets
from policybot.grounding import cite
from policybot.question import understand
from policybot.records import Answered, Clause, ClauseKind, Deontic, Edition, NotCovered, Occasion, Policy, Question, Span, Turn
from policybot.terms import Force, Strength, Verdict

BAN, LEAVE = Deontic(Force.PROHIBITION, Strength.MUST_NOT), Deontic(Force.PERMISSION, Strength.MAY)


def a_policy(*rules: tuple[str, str, Deontic]) -> Policy:
    """A policy of (heading, text, what it does)."""
    document, clauses, start = "\n".join(text for _, text, _ in rules), [], 0
    for place, (heading, text, deontic) in enumerate(rules):
        clauses.append(Clause(
            id=f"elm/rules/p{place}", organisation="elm", policy_id="elm/rules", heading_path=(heading,), label=f"p{place}",
            ordinal=place, kind=ClauseKind.PARAGRAPH, text=text, span=Span(start, start + len(text)), deontic=deontic,
        ))  # fmt: skip
        start += len(text) + 1
    return Policy("elm/rules", "elm", "Rules", "v" * 64, Edition.RESTATED, "rules.md", document, tuple(clauses))


def labels(question: str | Question, policy: Policy, verdict: Verdict = Verdict.CONDITIONAL, cited: int = 1) -> list[str]:
    asked = question if isinstance(question, Question) else Question("elm", question)
    return [facet.label for facet in facets(answered(asked, policy, verdict, cited), policy.clauses)]


def answered(asked: Question, policy: Policy, verdict: Verdict = Verdict.CONDITIONAL, cited: int = 1) -> Answered:
    quotes = tuple(cite(c, policy, c.text, "elm") for c in policy.clauses[:cited])
    return Answered(id="a1", question=asked, verdict=verdict, text="x", headline="x", citations=quotes)


HOURS = a_policy(("Use", "Kites must not be flown during working hours.", BAN))


def test_what_the_clause_turns_on_is_asked_for_in_a_question() -> None:
    (facet,) = facets(answered(Question("elm", "May I fly a kite?"), HOURS), HOURS.clauses)
    assert facet == Facet("During working hours", "Is it allowed during working hours?")


@pytest.mark.parametrize("question", ["May I fly a kite at work?", "May I fly a kite while I am on shift?"])
def test_what_the_question_says_is_not_offered(question: str) -> None:
    assert labels(question, HOURS) == []


def test_the_mere_opposite_of_a_clause_is_not_offered() -> None:
    """Of one's own time that policy is silent; a ban at work must not be read out as the answer to it."""
    assert "In my own time" not in labels("May I fly a kite at work?", HOURS)


def test_a_plain_no_is_not_asked_again() -> None:
    assert labels("May I fly a kite?", HOURS, Verdict.NOT_ALLOWED) == []


def test_a_neighbour_that_rules_otherwise_counts_and_one_that_rules_alike_or_elsewhere_does_not() -> None:
    ban = ("Use", "Kites must not be flown from the roof.", BAN)
    other = ("Use", "In their own time staff may fly kites.", LEAVE)
    assert labels("May I fly a kite?", a_policy(ban, other)) == ["In my own time"]
    assert labels("May I fly a kite?", a_policy(ban, ("Use", "In their own time staff must not fly kites.", BAN))) == []
    assert labels("May I fly a kite?", a_policy(ban, ("Elsewhere", *other[1:]))) == []


def test_a_clause_that_names_both_sides_tells_nothing_apart() -> None:
    both = a_policy(("Use", "Whether at work or in your own time, do not fly kites.", BAN))
    assert labels("May I fly a kite?", both) == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Kites may be flown only with the consent of parents in writing.", "With written consent"),
        ("Kites may be flown with permission.", "With permission"),
        ("Kites must be approved by the head first.", "With approval"),
    ],
)
def test_leave_is_asked_for_in_the_clause_s_word_and_once(text: str, label: str) -> None:
    policy = a_policy(("Use", text, LEAVE))
    assert labels("May I fly a kite?", policy) == [label]
    assert labels("May I fly a kite?", policy, Verdict.ALLOWED) == [], "what is allowed needs no leave"
    assert labels("May I fly a kite if the head has approved and gives permission?", policy) == []


def test_people_are_offered_only_where_the_question_is_about_somebody() -> None:
    policy = a_policy(("Friends", "Staff must not befriend pupils unless the pupil is a relative.", BAN))
    assert labels("May I accept a friend request from a pupil?", policy) == ["If it is a relative"]
    assert labels("May I fly a kite?", policy) == []


def test_another_platform_of_the_governing_clause() -> None:
    policy = a_policy(("Use", "Staff may use LinkedIn to meet others.", LEAVE))
    assert labels("May I use Facebook?", policy) == ["On LinkedIn"]
    assert labels("May I use Linked In?", policy) == [] and labels("May I fly a kite?", policy) == []


def test_what_governs_comes_first_and_there_are_at_most_four() -> None:
    policy = a_policy(
        ("Use", "With permission, staff may fly kites on equipment of your own.", LEAVE),
        ("Use", "During working hours say if you are identified as working here, for business purposes, with a disclaimer.", BAN),
    )
    found = labels("May I fly a kite?", policy, cited=2)
    assert len(found) == MOST and found[:2] == ["On my own phone", "With permission"]


def test_only_a_ruling_on_a_question_has_facets() -> None:
    asked = Question("elm", "May I fly a kite?")
    assert facets(NotCovered(id="n", question=asked, text="x", headline="x"), HOURS.clauses) == ()
    assert labels(asked, HOURS, Verdict.INFORMATIONAL) == []
    told = replace(answered(asked, HOURS), occasion=Occasion.POSSIBLE_DISCLOSURE)
    assert facets(told, HOURS.clauses) == ()
    assert facets(answered(asked, HOURS), ()) == (), "clauses that are gone say nothing"


def test_a_follow_up_is_understood_as_one_and_no_third_is_offered() -> None:
    """The bot reaches back over two questions: a third follow-up would have lost what it is all about."""
    first = Turn("user", "May I fly a kite with the choir on the lawn?")
    second = Question("elm", "Is it allowed with permission?", (first, Turn("assistant", "Yes.")))
    assert understand(second).followup
    assert labels(second, HOURS) == ["During working hours"]
    said = (*second.history, Turn("user", second.text), Turn("assistant", "No."))
    third = replace(second, text="Is it allowed on my own phone?", history=said)
    assert labels(third, HOURS) == []


def test_a_facet_needs_words() -> None:
    with pytest.raises(ValueError, match="needs a label"):
        Facet(" ", "Is it?")

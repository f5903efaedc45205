"""The words a person reads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import make_policy

from policybot import compose
from policybot.errors import ScopeViolation
from policybot.grounding import cite
from policybot.records import Citation, Contact, Deontic, Force, Strength, Verdict

POLICY = make_policy("acme", "Phones stay in the lockers.", "Tablets may be used in class.")


def cited(place: int, page: int | None = None) -> Citation:
    clause = replace(POLICY.clauses[place], page=page)
    return cite(clause, POLICY, clause.text, "acme")


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_its_words(verdict: Verdict) -> None:
    assert compose.headline(verdict).endswith(".")
    assert compose.BADGES[verdict]


def test_what_should_not_be_done_is_not_said_to_be_forbidden() -> None:
    def governed(strength: Strength, force: Force) -> str:
        clause = replace(POLICY.clauses[0], deontic=Deontic(force, strength))
        return compose.headline(Verdict.NOT_ALLOWED, clause)

    assert "should not" in governed(Strength.SHOULD_NOT, Force.RECOMMENDATION)
    assert governed(Strength.MUST_NOT, Force.PROHIBITION) == "Not allowed."


def test_an_answer_has_verdict_quote_conditions_more_and_whom_to_ask_in_that_order() -> None:
    contact = Contact("the manager", clause_id=POLICY.clauses[0].id)
    text = compose.answered(
        "Allowed.", ["TikTok is read as a platform."], [cited(0, 3), cited(1)], ["unless a child is near"], contact
    )
    places = [
        text.index(part)
        for part in (
            "**Allowed.**", "TikTok is read", "> Phones stay in the lockers.", "— p0, page 3", "- unless a child is near",
            "**Also**", "> Tablets may be used in class.", "**Ask:** the manager (your policy names them).",
        )
    ]  # fmt: skip
    assert places == sorted(places)


def test_an_answer_without_more_has_no_empty_headings() -> None:
    text = compose.answered("Not allowed.", [], [cited(0)])
    assert text == "**Not allowed.**\n\n> Phones stay in the lockers.\n>\n> — p0"


def test_silence_says_so_and_shows_what_does_not_settle_it() -> None:
    text = compose.not_covered(
        "Your policy does not say.", [compose.nothing_settles(["Rules", "Rules", "Trips"])], [cited(1)], None
    )
    assert "Nothing in Rules or Trips settles this." in text
    assert "**Closest, but does not settle it**\n\n> Tablets may be used in class." in text
    assert "**Ask:**" not in text
    assert "Closest" not in compose.not_covered("Your policy does not say.", [], [], None)


def test_whom_to_ask_says_where_the_name_is_from() -> None:
    assert compose.ask(Contact("the office", email="o@acme.example", phone="01")) == (
        "**Ask:** the office (your organisation has asked you to contact them): o@acme.example · 01."
    )


def test_a_quote_of_several_lines_stays_one_block() -> None:
    listed = make_policy("acme", "Staff must not lend:").clauses[0]
    clause = replace(listed, stem="Staff must not lend:", stem_span=listed.span)
    whole = cite(clause, make_policy("acme", "Staff must not lend:"), clause.whole, "acme")
    assert compose.quoted(whole).splitlines() == ["> Staff must not lend:", "> Staff must not lend:", ">", "> — p0"]


# -- grounding: a citation is verbatim and the asker's own


def test_a_quote_that_is_not_in_the_clause_cannot_be_cited() -> None:
    for words in ("Phones stay in the locker by the door.", "phones stay", "", "  "):
        with pytest.raises(ValueError, match="not in clause"):
            cite(POLICY.clauses[0], POLICY, words, "acme")


def test_a_clause_of_another_organisation_cannot_be_cited() -> None:
    other = make_policy("other", "Phones stay in the lockers.")
    for clause, policy, asker in (
        (other.clauses[0], other, "acme"),
        (POLICY.clauses[0], POLICY, "other"),
        (POLICY.clauses[0], other, "acme"),
        (POLICY.clauses[0], make_policy("acme", "Phones stay in the lockers.", name="trips"), "acme"),
    ):
        with pytest.raises(ScopeViolation):
            cite(clause, policy, clause.text, asker)


def test_a_citation_points_at_the_clause_in_the_document() -> None:
    citation = cited(1)
    assert POLICY.text[citation.start : citation.end] == "Tablets may be used in class."
    assert (citation.source, citation.policy, citation.clause_id) == ("rules.md", "Rules", "acme/rules/p1")


def test_what_a_verdict_would_hide_is_told() -> None:
    assert compose.told_apart(False, ()) == ()
    both, part = compose.told_apart(True, (1,))
    assert "stricter" in both and "second part" in part

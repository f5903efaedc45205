"""What may be asked, made from headings, definitions and suggestions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import make_organisation, make_policy

from policybot.hinting import MOST_WORDS, Hint, hints, question_about, telling
from policybot.records import Deontic, Policy
from policybot.terms import Force


def headed(*sections: tuple[str, str], force: Force = Force.FACT) -> Policy:
    policy = make_policy("elm", *(text for _, text in sections))
    clauses = tuple(
        replace(c, heading_path=(heading,), deontic=Deontic(force)) for c, (heading, _) in zip(policy.clauses, sections, strict=True)
    )
    return replace(policy, clauses=clauses)


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("3. Personal Use", "What does my policy say about personal use?"),
        ("PHONES AND CAMERAS:", "What does my policy say about phones and cameras?"),
        ("HR/Payroll", "What does my policy say about HR/Payroll?"),
        ("5.2. ICT", "What does my policy say about ICT?"),
        ("What is a kite?", "What is a kite?"),
        ("1. Introduction", None),
        ("Approved staff (May 2018)", None),
        ("Nobody may fly a kite over the hall", None),
        ("", None),
    ],
)
def test_a_heading_becomes_a_question(heading: str, question: str | None) -> None:
    assert question_about(heading) == question


def test_hints_are_the_organisation_s_own_each_once_suggestions_first() -> None:
    organisation = replace(make_organisation("elm"), suggestions=("May I fly a kite?",))
    policy = headed(("Kites", "Kites must be small."), ("Kites", "Kites must be blue."), ("Bees", "Bees are kept on the roof."))
    found = hints(organisation, (policy, policy))
    about = "What does my policy say about"
    assert [h.question for h in found] == ["May I fly a kite?", f"{about} kites?", f"{about} bees?"]
    assert set(found[1].words) == {"kites", "small", "blue"} and found[2].words == ("bees", "kept", "roof")
    assert hints(make_organisation("elm"), ()) == ()


def test_a_defined_term_can_be_asked_for() -> None:
    text = "Light Aircraft means anything with a wing and a string."
    assert Hint("What does “Light Aircraft” mean?") in hints(make_organisation("elm"), (headed(("Scope", text), force=Force.DEFINITION),))
    assert hints(make_organisation("elm"), (headed(("Scope", text), force=Force.FACT),)) == ()


def test_a_hint_is_found_by_so_many_words_and_no_more() -> None:
    policy = headed(("Kites", " ".join(f"w{'abcdefghijklmnopqrstuvwxyz'[n % 26]}{'abc'[n // 26]}x" for n in range(60))))
    (found,) = hints(make_organisation("elm"), (policy,))
    assert len(found.words) == MOST_WORDS == len(set(found.words))


def test_telling_words() -> None:
    assert telling(["May the staff use a Kite, or kites?", "On-line e-mail’s 42"]) == ("kite", "kites", "on-line", "e-mail’s")
    assert telling(["Who can do it?"]) == ()
    with pytest.raises(ValueError):
        Hint(" ")

"""Whom the policy says to ask."""

from __future__ import annotations

import pytest
from conftest import make_policy

from policybot.contacts import policy_contact


def asked(*texts: str) -> tuple[str, str] | None:
    contact = policy_contact(make_policy("acme", *texts).clauses)
    return (contact.who, contact.clause_id.rsplit("/", 1)[1]) if contact and contact.clause_id else None


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("If you have any queries, speak to the line manager.", "the line manager"),
        ("Staff who are unsure should ask the HR officer.", "the HR officer"),
        ("For advice contact the Head of Centre.", "the Head of Centre"),
        ("Staff should raise any questions with their line manager.", "your line manager"),
        (
            "In doubt? Ask the headteacher or the data protection officer.",
            "the headteacher or the data protection officer",
        ),
    ],
)
def test_the_roles_after_the_words_that_say_whom_to_turn_to(text: str, who: str) -> None:
    assert asked(text) == (who, "p0")


def test_a_clause_about_doubt_wins_over_reporting_and_reporting_over_approval() -> None:
    approval = "Posts must be approved by the headteacher."
    reporting = "Breaches are reported to the compliance officer."
    doubt = "If in doubt, ask the line manager."
    assert asked(approval, reporting, doubt) == ("the line manager", "p2")
    assert asked(approval, reporting) == ("the compliance officer", "p1")
    assert asked(approval) == ("the headteacher", "p0")


@pytest.mark.parametrize(
    "text",
    ["Phones stay in lockers.", "The headteacher likes phones.", "Ask the caretaker's cat.", "Ask the governors."],
)
def test_a_policy_that_names_nobody_has_no_contact(text: str) -> None:
    assert asked(text) is None

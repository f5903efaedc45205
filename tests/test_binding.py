"""Clauses that bind another one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from conftest import make_policy

from policybot.binding import NEIGHBOURS, bound_to
from policybot.records import Clause

RULE = "Staff must not use phones in class."


def labelled(*pairs: tuple[str, str], heading: str = "Rules") -> tuple[Clause, ...]:
    """Clauses of (label, text), all under one heading."""
    made = make_policy("acme", *(text for _, text in pairs)).clauses
    return tuple(replace(c, label=label, heading_path=(heading,)) for c, (label, _) in zip(made, pairs, strict=True))


def bound(*pairs: tuple[str, str], place: int = 0) -> tuple[int, ...]:
    return bound_to(place, labelled(*pairs))


# -- references by number


@pytest.mark.parametrize(
    "words",
    ["see section 4.2", "subject to paragraph 4.2.", "as clause 4.2 says", "Part 4.2 applies", "under rule 4.2,", "(see para 4.2)"],
)
def test_a_clause_binds_what_refers_to_it_by_number(words: str) -> None:
    apart = [("2", "Lockers are blue."), ("3", "Keys are kept by the office.")]
    assert bound(("1", f"Phones may be used at lunch, {words}"), *apart, ("4.2 Phones", RULE)) == (3,)


@pytest.mark.parametrize("label", ["4.21 Phones", "4.2.1 Phones", "14.2", "4", "p4.2", "40.2"])
def test_only_the_very_number_counts(label: str) -> None:
    assert bound(("1", "Phones may be used at lunch, see section 4.2."), (label, RULE)) == ()


@pytest.mark.parametrize("label", ["4.2", "4.2.", "4.2) Phones", "4.2, first bullet", "4.2 3G phones"])
def test_a_label_goes_on_after_its_number_as_it_likes(label: str) -> None:
    assert bound(("1", "Phones may be used at lunch, see section 4.2."), (label, RULE)) == (1,)


def test_a_number_without_a_word_before_it_is_no_reference() -> None:
    assert bound(("1", "Phones cost 4.2 pounds a day in 4.2 of all schools."), ("4.2", RULE)) == ()


def test_several_references_come_in_reading_order_each_once() -> None:
    pairs = [("1", "See section 3, section 2 and again section 3."), ("2", "Two."), ("3", "Three.")]
    assert bound(*pairs) == (1, 2)


def test_a_clause_does_not_bind_itself() -> None:
    assert bound(("4.2 Phones", "This section 4.2 is about phones.")) == ()


def test_of_several_clauses_of_one_number_the_first_is_referred_to() -> None:
    assert bound(("1", "See section 2."), ("2", "It starts here."), ("2", "It goes on here.")) == (1,)


def test_another_policys_number_is_not_meant() -> None:
    own = labelled(("1", "Phones may be used at lunch, see section 4.2."))
    other = make_policy("acme", RULE, name="trips").clauses[0]
    assert bound_to(0, (*own, replace(other, label="4.2", heading_path=("Trips",)))) == ()


def test_a_section_of_an_act_is_no_section_of_the_policy() -> None:
    assert bound(("1", "Data are kept under section 4 of the Data Protection Act 2018."), ("2", "Keys."), ("4", RULE)) == ()


# -- exceptions


@pytest.mark.parametrize(
    "text",
    [
        "However, phones may be used in an emergency.",
        "But the office may grant leave.",
        "Except in an emergency.",
        "Nothing in this policy stops a call for help.",
        "This does not apply to doctors.",
        "Notwithstanding this, calls for help are allowed.",
        "The only exception is an emergency.",
        "Doctors are exempt from the above rule.",
    ],
)
def test_an_exception_binds_the_rule_before_it(text: str) -> None:
    assert bound(("p1", RULE), ("p2", text)) == (1,)


@pytest.mark.parametrize("text", ["Phones stay in lockers.", "Buttons are not phones.", "Staff may however ask.", "Unlessons are odd."])
def test_a_plain_neighbour_does_not(text: str) -> None:
    assert bound(("p1", RULE), ("p2", text)) == ()


def test_an_exception_binds_what_stands_before_it_and_nothing_after() -> None:
    pairs = [("p1", "However, calls for help are allowed."), ("p2", RULE)]
    assert bound(*pairs, place=1) == ()


def test_an_exception_reaches_back_over_a_few_clauses_only() -> None:
    plain = [(f"p{n}", f"Locker {n} is blue.") for n in range(2, 2 + NEIGHBOURS)]
    exception = ("p9", "However, calls for help are allowed.")
    assert bound(("p1", RULE), *plain[:-1], exception) == (NEIGHBOURS,)
    assert bound(("p1", RULE), *plain, exception) == ()


def test_an_exception_under_another_heading_belongs_there() -> None:
    (rule,) = labelled(("p1", RULE))
    (exception,) = labelled(("p2", "However, calls for help are allowed."), heading="Emergencies")
    assert bound_to(0, (rule, exception)) == ()


def test_an_exception_of_the_next_policy_belongs_there_even_under_the_same_heading() -> None:
    exception = make_policy("acme", "However, calls for help are allowed.", name="trips").clauses[0]
    assert bound_to(0, (*make_policy("acme", RULE).clauses, exception)) == ()


def test_references_and_exceptions_together() -> None:
    pairs = [("1", "Phones: see section 9."), ("2", "However, calls for help are allowed."), ("3", "Keys."), ("9", RULE)]
    assert bound(*pairs) == (1, 3)

"""Force and strength of a clause, and what turns it off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybot.deontic import read_deontic, sentences, strengths
from policybot.records import Force, Strength


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        ("Staff must not bring dogs to the office.", Strength.MUST_NOT),
        ("Staff may not bring dogs to the office.", Strength.MUST_NOT),
        ("Dogs cannot be brought to the office.", Strength.MUST_NOT),
        ("Bringing dogs to the office is strictly forbidden.", Strength.MUST_NOT),
        ("Dogs are not permitted in the office.", Strength.MUST_NOT),
        ("No dog is permitted in the office.", Strength.MUST_NOT),
        ("No dog shall be brought in.", Strength.MUST_NOT),
        ("Under no circumstances shall staff bring dogs.", Strength.MUST_NOT),
        ("Do not bring dogs.", Strength.MUST_NOT),
        ("Staff shall keep the gate shut.", Strength.MUST),
        ("Managers are required to keep the gate shut.", Strength.MUST),
        ("Visitors have to sign in.", Strength.MUST),
        ("Posters are to be approved by the caretaker.", Strength.MUST),
        ("The board will review the menu every year.", Strength.MUST),
        ("Keep the gate shut.", Strength.MUST),
        ("Staff should not feed the ducks.", Strength.SHOULD_NOT),
        ("Staff are recommended to refrain from feeding the ducks.", Strength.SHOULD_NOT),
        ("Staff are advised not to feed the ducks.", Strength.SHOULD_NOT),
        ("Staff should wear boots.", Strength.SHOULD),
        ("Staff are expected to wear boots.", Strength.SHOULD),
        ("We ask staff to wear boots, and boots are recommended to all.", Strength.SHOULD),
        ("Staff may wear boots.", Strength.MAY),
        ("Boots are permitted so long as they are clean.", Strength.MAY),
        ("Staff can only wear boots with the approval of the caretaker.", Strength.MAY),
        ("This page is not intended to prevent staff from wearing boots.", Strength.MAY),
        ("Staff do not need to wear boots.", Strength.MAY),
        ("Neither boots nor hats are required in the hall.", Strength.MAY),
        ("A wet floor may lead to a fall.", Strength.NONE),
        ("The office opens at nine.", Strength.NONE),
        ("The menu was agreed in May 2018.", Strength.NONE),
        ("The pond freezes in May and thaws in June.", Strength.NONE),
        ("May be worn indoors.", Strength.MAY),
        ("The purpose of this page is to set out requirements for ponds.", Strength.NONE),
        ("The aim of this page is not to stop staff from swimming.", Strength.MAY),
        ("This page shows the risks they may face at the pond.", Strength.NONE),
        ("It may also embarrass the caretaker.", Strength.NONE),
        ("Staff can, in some weathers, find the pond frozen.", Strength.NONE),
        ("Governors of other ponds may have two days at ours.", Strength.MAY),
        ("Employees who want to swim may do so at noon.", Strength.MAY),
        ("There is no need to book the pond.", Strength.MAY),
        ("At all times respect the ducks.", Strength.MUST),
        ("Remember that, even if it is cold, the pond is open.", Strength.MUST),
        ("On hearing the bell, leave the pond.", Strength.MUST),
        ("If a duck, a goose or a swan bites, tell the caretaker.", Strength.MUST),
        ("For more information, contact the caretaker.", Strength.NONE),
        ("Review Date: October 2025", Strength.NONE),
        ("Use of the pond is free.", Strength.NONE),
    ],
)
def test_the_modal_gives_the_strength(text: str, strength: Strength) -> None:
    assert read_deontic(text, None).strength is strength


@pytest.mark.parametrize(
    ("stem", "text", "strength", "force"),
    [
        ("Visitors must not use the pond to:", "wash boots", Strength.MUST_NOT, Force.PROHIBITION),
        ("Visitors are advised to:", "wear boots", Strength.SHOULD, Force.RECOMMENDATION),
        ("Visitors should:", "not climb the fence", Strength.SHOULD_NOT, Force.RECOMMENDATION),
        ("Visitors may:", "feed the goats", Strength.MAY, Force.PERMISSION),
        ("The caretaker:", "Must lock the gate", Strength.MUST, Force.OBLIGATION),
        (
            "Visitors must not use the pond to:",
            "make noise that could frighten the ducks",
            Strength.MUST_NOT,
            Force.PROHIBITION,
        ),
        (
            "Visitors must not use the pond:",
            "Visitors should not park beside it either",
            Strength.SHOULD_NOT,
            Force.RECOMMENDATION,
        ),
        ("Animals include, but are not limited to:", "goats", Strength.NONE, Force.DEFINITION),
        (
            "Staff must observe the following rules:",
            "On Sundays, ducks must not be fed.",
            Strength.MUST_NOT,
            Force.PROHIBITION,
        ),
        (
            "Staff must observe the following rules:",
            "To keep ducks calm, staff should whisper.",
            Strength.SHOULD,
            Force.RECOMMENDATION,
        ),
        (
            "The following measures will be put in place:",
            "Boots can be lent by any caretaker.",
            Strength.MAY,
            Force.PERMISSION,
        ),
        ("The following measures will be put in place:", "The gate is shut at noon.", Strength.MUST, Force.OBLIGATION),
        (
            "Visitors will be encouraged to:",
            "Accept that the school need to keep ducks.",
            Strength.SHOULD,
            Force.RECOMMENDATION,
        ),
        (
            "Visitors must not use the pond to:",
            "Without a licence, staff should not sell ducks.",
            Strength.SHOULD_NOT,
            Force.RECOMMENDATION,
        ),
    ],
)
def test_an_item_reads_on_from_its_stem(stem: str, text: str, strength: Strength, force: Force) -> None:
    deontic = read_deontic(text, stem)
    assert (deontic.strength, deontic.force) == (strength, force)


def test_the_first_sentence_with_a_rule_governs_and_in_it_the_strongest() -> None:
    text = "The pond is old. Staff may swim there but must not dive. Staff should dry off."
    assert read_deontic(text, None).strength is Strength.MUST_NOT
    assert strengths("Staff may swim there but must not dive.") == (Strength.MUST_NOT, Strength.MAY)


def test_a_relative_clause_does_not_govern() -> None:
    assert read_deontic("Staff should report remarks that may not be repeated.", None).strength is Strength.SHOULD


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Staff must not lend keys to visitors.", "Employees must never give visitors their keys."),
        ("Keys should be kept on a chain.", "It is on a chain that keys should hang."),
        (
            "Visitors may stay until six if the caretaker agrees.",
            "Until six, and where the caretaker agrees, visitors may remain.",
        ),
        (
            "It is a visitor's responsibility to read the sign.",
            "Each visitor has the responsibility of reading the sign.",
        ),
        (
            "We have a duty of care to ensure that ducks are safe.",
            "We owe our ducks a duty of care to ensure that they are safe.",
        ),
        ("The rules will at all times be applied.", "At all times the rules will be applied."),
        ("Any caretaker can approve boots.", "Boots can be approved by any caretaker."),
        ("Staff must shut the gate and must not climb it.", "Staff must not climb the gate and must shut it."),
    ],
)
def test_other_words_around_the_same_modal_give_the_same_strength(one: str, other: str) -> None:
    assert read_deontic(one, None).strength is read_deontic(other, None).strength


@pytest.mark.parametrize(
    "text",
    [
        "Feeding ducks will initially be addressed under the Duck Policy and may result in disciplinary action.",
        "Where appropriate, feeding may be dealt with under the Duck Policy.",
        "Feeding may, where it is repeated, be dealt with under the Duck Policy.",
        "Remember that you will be personally responsible if a duck is harmed.",
        "A visitor who breaks these rules will not be invited again.",
    ],
)
def test_a_consequence_on_either_side_of_the_verb_has_no_strength(text: str) -> None:
    deontic = read_deontic(text, None)
    assert (deontic.force, deontic.strength) == (Force.CONSEQUENCE, Strength.NONE)


def test_consequences_and_definitions_have_no_strength() -> None:
    consequence = read_deontic("Leaving the gate open may result in disciplinary action.", None)
    definition = read_deontic('"Gate" means any door to the field.', None)
    assert (consequence.force, consequence.strength) == (Force.CONSEQUENCE, Strength.NONE)
    assert (definition.force, definition.strength) == (Force.DEFINITION, Strength.NONE)


def test_a_heading_is_evidence_only_where_the_clause_says_nothing() -> None:
    assert read_deontic("Fishing in the pond", None, "Prohibited use").strength is Strength.MUST_NOT
    assert read_deontic("Staff may fish in the pond.", None, "Prohibited use").strength is Strength.MAY


def test_conditions_and_exceptions_are_verbatim_pieces() -> None:
    text = (
        "Staff must not lend keys unless the visitor is a relative. "
        "Lending is only allowed with the written approval of the head."
    )
    deontic = read_deontic(text, None)
    assert deontic.exceptions == ("unless the visitor is a relative",)
    assert "with the written approval of the head" in deontic.conditions
    assert all(piece in text for piece in (*deontic.conditions, *deontic.exceptions))


def test_actor_and_addressee() -> None:
    deontic = read_deontic("Line managers must report a lost key to the caretaker's manager at once.", None)
    assert deontic.actor == "Line managers"
    assert deontic.addressee is not None and "manager" in deontic.addressee


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert sentences("Animals, e.g. Goats, stay out. They may look in.") == (
        "Animals, e.g. Goats, stay out.",
        "They may look in.",
    )


@given(st.text(max_size=300), st.one_of(st.none(), st.text(min_size=1, max_size=80)))
def test_any_text_is_read_and_every_piece_is_in_it(text: str, stem: str | None) -> None:
    deontic = read_deontic(text, stem)
    whole = f"{stem}\n{text}" if stem else text
    assert all(piece in whole for piece in (*deontic.conditions, *deontic.exceptions))

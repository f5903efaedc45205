"""A procedure as a Word file: the clauses' own words, read back with python-docx."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from conftest import make_organisation, make_policy
from docx import Document

from policybot.procedure_word import Letterhead, procedure_word
from policybot.procedures import Card, Section, Step
from policybot.records import Contact, Strength
from policybot.share_sheet import UNDRAWN

DSL = Contact("the designated safeguarding lead", phone="01234 567890", email="dsl@oak.example")


def test_every_step_stands_in_the_file_with_its_force_and_place() -> None:
    policy = make_policy("oak", "Staff must lock the door & gate.", "Leaving it open may lead to <dismissal>.")
    must, follows = policy.clauses
    steps = (Step(1, must, (Strength.MUST,), ("Staff",)), Step(2, follows, follows=True))
    card = Card("Staff", (Section(policy, "Doors", "At all times:", steps),))
    head = Letterhead(make_organisation("oak"), (DSL,), date(2026, 3, 10))
    made = Document(BytesIO(procedure_word("Staff", [("", card), ("Told", Card("Staff", ()))], head)))
    lines = [p.text for p in made.paragraphs]
    assert lines[0] == made.core_properties.title == "Staff"
    assert "Worried about somebody? Tell the designated safeguarding lead first. 01234 567890, dsl@oak.example" in lines[2]
    assert lines[3:5] == ["Doors", "At all times:"]
    assert lines[5] == "1. Must: Staff must lock the door & gate.\nRules: p0"
    assert lines[6] == "2. What follows: Leaving it open may lead to <dismissal>.\nRules: p1"
    assert "10 March 2026" in lines[-1] and "Told" not in lines, "a part without steps has no heading"


@pytest.mark.parametrize("odd", ["\x00", "\x0b", "\x1b", "\ufffe"])
def test_what_no_word_file_can_hold_is_marked_wherever_it_stands(odd: str) -> None:
    policy = make_policy("oak", f"Staff must lock{odd} the door.")
    policy = replace(policy, title=f"Rules{odd}")
    step = Step(1, policy.clauses[0], (Strength.MUST,), ("Staff",))
    card = Card("Staff", (Section(policy, f"Doors{odd}", f"Always{odd}:", (step,)),))
    organisation = replace(make_organisation("oak"), name=f"Oak{odd}")
    head = Letterhead(organisation, (replace(DSL, who=f"the lead{odd}", phone=f"01234{odd}"),), date(2026, 3, 10))
    made = Document(BytesIO(procedure_word(f"Staff{odd}", [(f"Part{odd}", card)], head)))
    lines = "\n".join(p.text for p in made.paragraphs)
    assert odd not in lines
    assert [w for w in ("Staff", "Oak", "the lead", "01234", "Part", "Doors", "Always", "lock", "Rules") if w + UNDRAWN not in lines] == []
    assert made.core_properties.title == f"Staff{UNDRAWN}" and made.core_properties.author == f"Oak{UNDRAWN}"


def test_a_long_title_is_cut_among_the_properties_and_whole_on_the_page() -> None:
    head = Letterhead(replace(make_organisation("oak"), name="o" * 300), (), date(2026, 3, 10))
    made = Document(BytesIO(procedure_word("t" * 300, [], head)))
    assert made.core_properties.title == "t" * 255 and made.paragraphs[0].text == "t" * 300

"""A procedure as a Word file: the clauses' own words, read back with python-docx."""

from __future__ import annotations

from datetime import date
from io import BytesIO

from conftest import make_organisation, make_policy
from docx import Document

from policybot.procedure_word import Letterhead, procedure_word
from policybot.procedures import Card, Section, Step
from policybot.records import Contact, Strength

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

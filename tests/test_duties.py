"""Whose duties are whose: read from clauses, nobody guessed."""

from __future__ import annotations

import pytest
from conftest import make_policy

from policybot.duties import YOU, Duty, duties
from policybot.records import Clause, ClauseKind, Policy, Strength
from policybot.responsibilities import EVERYONE, STAFF, UNSAID, WE, Roles, abbreviations, matrix, plain


def read(text: str, *names: str) -> Duty | None:
    return next(iter(duties(make_policy("oak", text).clauses, names)), None)


def under(stem: str, text: str, heading: str = "Rules") -> Clause:
    """An item of a list that reads on from `stem`; '' for none."""
    clause = make_policy("oak", f"{stem} {text}").clauses[0]
    start = len(stem) + 1
    span = type(clause.span)
    return Clause(
        id=clause.id, organisation="oak", policy_id=clause.policy_id, heading_path=(heading,), label="b1", ordinal=0,
        kind=ClauseKind.ITEM, text=text, span=span(start, start + len(text)), stem=stem or None,
        stem_span=span(0, len(stem)) if stem else None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "strength", "actors", "told"),
    [
        ("The designated safeguarding lead must keep a log.", "must", ("designated safeguarding lead",), ()),
        ("Managers and the head of year should read this often.", "should", ("Managers", "head of year"), ()),
        ("Staff who see a bully must tell the DSL at once.", "must", ("Staff",), ("DSL",)),
        ("If a pupil writes, you must report it to your line manager or the head.", "must", ("you",), ("line manager", "head")),
        ("Do not post photographs of children.", "must_not", (YOU,), ()),
        ("Pupils must not be discussed online.", "must_not", (), ()),
        ("The DSL must be informed of every worry.", "must", (), ("DSL",)),
        ("New pages must be approved by the head of centre before use.", "must", ("head of centre",), ()),
        ("It is forbidden for tutors to lend their phones.", "must_not", ("tutors",), ()),
        ("The trust expects that volunteers will be polite.", "should", ("volunteers",), ()),
        ("The email address of an employee must not be used for shopping.", "must_not", (), ()),
        ("Pupils must not be asked to buy anything.", "must_not", (), ()),
        ("3.2 A governor must not sign alone.", "must_not", ("governor",), ()),
        ("Any loss must be brought to the principal at once.", "must", (), ("principal",)),
        ("Employee groups may be created.", "may", (), ()),
        ("The plumber is the person to whom losses should be reported.", "should", (), ()),
        ("The principal is the person to whom losses should be reported.", "should", (), ("principal",)),
        ("For the yearly check it is the governing board that is responsible.", "must", ("governing board",), ()),
    ],
)
def test_who_and_how_strongly(text: str, strength: str, actors: tuple[str, ...], told: tuple[str, ...]) -> None:
    duty = read(text)
    assert duty is not None and duty.strengths == (Strength(strength),)
    assert (duty.actors, duty.told) == (actors, told)
    assert all(r.words in text for r in duty.rules)


@pytest.mark.parametrize(
    "text",
    [
        "Our school opened in 1962 and has four classes.",
        "Governors would not be dealt with like this should a governor misbehave.",
        "The reason is that the address will be recorded.",
    ],
)
def test_what_lays_nothing_down_is_no_duty(text: str) -> None:
    assert read(text) is None


def test_not_only_is_no_ban() -> None:
    duty = read("Staff should consider not only themselves but also the school.")
    assert duty is not None and duty.strengths == (Strength.SHOULD,)


def test_a_pronoun_is_whoever_was_named_before_and_nobody_where_nobody_was() -> None:
    duty = read("Tutors must log off. They must also lock the door.")
    assert duty is not None and [r.actors for r in duty.rules] == [("Tutors",), ("Tutors",)]
    alone = read("They must lock the door.")
    assert alone is not None and alone.actors == ()
    told = read("You must tell the clerk. She may ask for more.")
    assert told is not None and [r.actors for r in told.rules] == [("You",), ()]


def test_an_item_reads_on_from_its_stem_and_a_bare_modal_from_its_heading() -> None:
    (listed,) = duties([under("ICT support will:", "Tell the head about new pages.")])
    assert (listed.actors, listed.told) == (("ICT support",), ("head",))
    (headed,) = duties([under("", "Should raise doubts with the principal.", "Managers and Governors")])
    assert (headed.actors, headed.told) == (("Managers", "Governors"), ("principal",))
    (unheaded,) = duties([under("", "Should raise doubts early.", "Raising doubts")])
    assert unheaded.actors == ()


def test_the_organisation_itself_can_have_duties_under_its_own_names() -> None:
    duty = read("Oak Hill has a duty to keep children safe.", "Oak Hill")
    assert duty is not None and duty.actors == ("Oak Hill",)
    stranger = read("Oak Hill has a duty to keep children safe.")
    assert stranger is not None and stranger.actors == ()


# -- roles


def roles_of(*texts: str) -> tuple[Roles, Policy]:
    policy = make_policy("oak", *texts)
    return Roles(duties(policy.clauses), policy.clauses), policy


def test_roles_are_merged_by_rule_only() -> None:
    roles, _ = roles_of(
        "The head teacher must sign it.",
        "Headteachers should read it.",
        "Employees must log off.",
        "Members of staff must log off.",
        "You must log off.",
        "Everyone must log off.",
        "We will check every page.",
        "Doors must be shut.",
    )
    found = {r.name: len(r.does) for r in roles.all()}
    assert found == {"Head teacher": 2, "Employees": 1, STAFF: 2, EVERYONE: 1, WE: 1, UNSAID: 1}


def test_an_abbreviation_is_its_long_form_where_the_policy_spells_it_out() -> None:
    spelt, _ = roles_of("The designated safeguarding lead (DSL) must keep a log.", "Staff must tell the DSL.")
    lead = spelt.all()[0]
    assert (lead.name, len(lead.does), len(lead.told)) == ("Designated safeguarding lead", 1, 1)
    unspelt, _ = roles_of("The designated safeguarding lead must keep a log.", "Staff must tell the DSL.")
    assert {r.name for r in unspelt.all()} == {"Designated safeguarding lead", "DSL", STAFF}
    assert abbreviations(make_policy("oak", "Ask the Head of Early Years (HEY) first.").clauses) == {"hey": plain("Head of Early Years")}


def test_two_roles_with_a_stroke_are_both_where_each_is_named_alone() -> None:
    both, _ = roles_of("Staff must tell the head/manager.", "The head must listen.", "A manager must listen.")
    assert {r.name: len(r.told) for r in both.all()} == {"Head": 1, "Manager": 1, STAFF: 0}
    one, _ = roles_of("Staff must tell the Principal/CEO.", "The CEO must listen.")
    assert {r.name for r in one.all()} == {"Principal/CEO", "CEO", STAFF}


def test_safeguarding_roles_come_first_and_ours_last() -> None:
    roles, _ = roles_of("Doors must be shut.", "Staff must log off.", "The head must sign.", "The DSL must keep a log.")
    assert [r.name for r in roles.all()] == ["DSL", "Head", STAFF, UNSAID]


def test_the_table_says_who_keeps_and_who_is_told() -> None:
    roles, policy = roles_of("Staff must tell the DSL.", "Doors should be shut.")
    table = matrix(roles, duties(policy.clauses))
    cells = {(row.duty.clause.id, role): cell for row in table.rows for role, cell in zip(table.roles, row.cells, strict=True) if cell}
    first, second = (c.id for c in policy.clauses)
    assert set(cells) == {(first, STAFF), (first, "DSL"), (second, UNSAID)}
    assert [r.strength for r in cells[first, STAFF].rules] == [Strength.MUST] and not cells[first, STAFF].told
    assert cells[first, "DSL"].told and cells[first, "DSL"].rules == ()

"""Comparing organisations: each from its own shelf, only those that are overseen, and never a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from conftest import make_organisation, make_policy
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from policybot import models
from policybot.catalogue import Catalogue
from policybot.comparison import (
    LONGEST,
    MOST,
    NAMES,
    CannotCompare,
    Column,
    Comparison,
    Finding,
    Review,
    Stance,
    compare,
    headings,
    review_of,
    shelves_for,
    stance_of,
    tell_first,
)
from policybot.deontic import read_deontic
from policybot.grounding import cite
from policybot.identity import Role, RoleMissing, User
from policybot.library import Library
from policybot.reader import Reader
from policybot.records import Contact, Deontic, FactKind, Occasion, Organisation, Policy, PolicyFact, Strength
from policybot.settings import Settings

TODAY = date(2026, 3, 10)
TOPIC = "Can staff accept friend requests from pupils?"
SAID = {
    "ash": ("Staff must not accept friend requests from pupils on social media.", "Lunch is at noon in the hall."),
    "elm": ("Staff may accept friend requests from pupils if the head agrees in writing.", "Shoes are left at the door."),
    "fir": ("The minibus must be washed every month.", "Keys hang in the office."),
    "oak": ("Staff should not accept friend requests from pupils.", "Staff must lock the gate at night."),
}
LEAD = frozenset({Role.STAFF, Role.TRUST_LEAD})


def policy_of(slug: str) -> Policy:
    made = make_policy(slug, *SAID[slug])
    return replace(made, clauses=tuple(replace(c, deontic=read_deontic(c.text, c.stem)) for c in made.clauses))


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Reader]]:
    """Four organisations on real shelves with the real model, and one (yew) that has published nothing."""
    settings = Settings.load(home=tmp_path_factory.mktemp("trust"))
    catalogue = Catalogue.open(settings)
    library = Library.open(settings, catalogue, models.embeddings(settings))
    for slug in (*SAID, "yew"):
        catalogue.save_organisation(make_organisation(slug))
    for slug in SAID:
        library.publish(policy_of(slug))
    yield library, Reader.open()
    catalogue.close()


def lead(*overseen: str) -> User:
    return User("ash", "A Lead", LEAD, person="issuer|1", oversees=overseen)


# -- who may see what


@given(overseen=st.lists(st.sampled_from(sorted([*SAID, "yew"])), unique=True), topic=st.sampled_from([TOPIC, "lock the gate", "minibus"]))
@hypothesis_settings(max_examples=15, deadline=None)
def test_no_clause_of_an_organisation_that_is_not_overseen(trust: tuple[Library, Reader], overseen: list[str], topic: str) -> None:
    library, reader = trust
    if not overseen:
        with pytest.raises(CannotCompare, match="looks after no organisation"):
            shelves_for(lead(), library)
        return
    found = compare(topic, shelves_for(lead(*overseen), library), reader, TODAY)
    assert found.organisations == tuple(overseen)
    assert {clause_id.partition("/")[0] for clause_id in found.clause_ids} <= set(overseen)
    words = {slug: " ".join(SAID[slug]) for slug in SAID if slug in overseen}
    for column in found.columns:
        assert len(column.findings) <= MOST
        assert all(f.citation.quote in words[column.organisation.slug] for f in column.findings)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.TRUST_LEAD])
def test_nobody_but_a_trust_lead_gets_a_shelf(trust: tuple[Library, Reader], role: Role) -> None:
    with pytest.raises(RoleMissing):
        shelves_for(User("ash", "Somebody", frozenset({Role.STAFF, role})), trust[0])


def test_an_organisation_that_nobody_has_ingested_is_left_out(trust: tuple[Library, Reader]) -> None:
    assert [s.organisation.slug for s in shelves_for(lead("oak", "gone", "oak"), trust[0])] == ["oak"]
    with pytest.raises(CannotCompare, match="Ask whoever runs this service"):
        shelves_for(lead("gone"), trust[0])


def test_a_column_takes_no_clause_of_another(trust: tuple[Library, Reader]) -> None:
    policy = policy_of("ash")
    finding = Finding(cite(policy.clauses[0], policy, policy.clauses[0].text, "ash"), Stance.MUST_NOT)
    with pytest.raises(ValueError, match="not of oak"):
        Column(make_organisation("oak"), Stance.MUST_NOT, (finding,))


# -- what is found


def test_differences_in_force_are_told(trust: tuple[Library, Reader]) -> None:
    library, reader = trust
    found = compare(TOPIC, shelves_for(lead("fir", "yew", "elm", "oak", "ash"), library), reader, TODAY)
    stances = {c.organisation.slug: c.stance for c in found.columns}
    assert stances == {
        "ash": Stance.MUST_NOT, "oak": Stance.SHOULD_NOT, "elm": Stance.MAY_IF, "fir": Stance.SILENT, "yew": Stance.NO_POLICY,
    }  # fmt: skip
    assert found.told == "1 says must not, 1 says should not, 1 says may with conditions, 1 does not say, 1 has no policy here."
    assert found.forces[0] == (Stance.MUST_NOT, ("Ash",)) and [s for s, _ in found.forces] == [s for s in Stance if s in stances.values()]
    silent = found.columns[0]
    assert not silent.settles and silent.findings, "the nearest are shown, and that they do not settle it"
    assert found.columns[1].findings == ()


def test_several_alike_are_counted_together(trust: tuple[Library, Reader]) -> None:
    two = tuple(Column(make_organisation(slug), Stance.MUST_NOT) for slug in ("ash", "oak"))
    three = (*two, Column(make_organisation("elm"), Stance.SILENT))
    assert Comparison("x", two).told == "2 say must not."
    assert Comparison("x", three).told == "2 say must not, 1 does not say."
    assert Comparison("x", three).forces == ((Stance.MUST_NOT, ("Ash", "Oak")), (Stance.SILENT, ("Elm",)))


def test_a_column_is_the_same_whoever_stands_beside_it(trust: tuple[Library, Reader]) -> None:
    """No merged index and no merged word counts."""
    library, reader = trust
    alone = compare(TOPIC, shelves_for(lead("elm"), library), reader, TODAY).columns[0]
    beside = compare(TOPIC, shelves_for(lead("ash", "elm", "oak"), library), reader, TODAY).columns[1]
    assert alone == beside


def test_nothing_of_a_look_is_kept_on_a_shelf(trust: tuple[Library, Reader]) -> None:
    library, reader = trust
    compare("a topic that nobody asked before", shelves_for(lead("oak"), library), reader, TODAY)
    assert not any("a topic that nobody asked before" in key for key in library.shelf("oak")._measured)


@pytest.mark.parametrize(
    ("deontic", "stance"),
    [
        (Deontic(strength=Strength.MUST_NOT), Stance.MUST_NOT),
        (Deontic(strength=Strength.MUST_NOT, conditions=("at work",)), Stance.MUST_NOT),
        (Deontic(strength=Strength.MUST_NOT, exceptions=("unless",)), Stance.MUST_NOT_EXCEPT),
        (Deontic(strength=Strength.SHOULD_NOT), Stance.SHOULD_NOT),
        (Deontic(strength=Strength.MUST, conditions=("if",)), Stance.MUST),
        (Deontic(strength=Strength.SHOULD), Stance.SHOULD),
        (Deontic(strength=Strength.MAY), Stance.MAY),
        (Deontic(strength=Strength.MAY, conditions=("if",)), Stance.MAY_IF),
        (Deontic(strength=Strength.MAY, exceptions=("except",)), Stance.MAY_IF),
        (Deontic(), Stance.EXPLAINS),
    ],
)
def test_the_force_of_a_clause(deontic: Deontic, stance: Stance) -> None:
    assert stance_of(replace(policy_of("ash").clauses[0], deontic=deontic)) is stance


def test_every_stance_has_a_name_and_verbs() -> None:
    for stance in Stance:
        column = Column(make_organisation("oak"), stance)
        assert NAMES[stance] and Comparison("x", (column,)).told.startswith("1 ")
        assert Comparison("x", (column, column)).told.startswith("2 ") and "says" not in Comparison("x", (column, column)).told


def due(*values: str) -> Policy:
    policy = policy_of("oak")
    return replace(policy, facts=tuple(PolicyFact(FactKind.NEXT_REVIEW, v, policy.clauses[0].id, "x") for v in values))


@pytest.mark.parametrize(
    ("policy", "review", "text"),
    [
        (due("2024-10"), Review("Rules", "2024-10", True), "Review overdue: it was due by October 2024."),
        (due("2024-10", "2027"), Review("Rules", "2027", False), "Next review: 2027."),
        (due("2026-03"), Review("Rules", "2026-03", False), "Next review: March 2026."),
        (due(), Review("Rules", "", False), "It gives no review date."),
    ],
)
def test_the_state_of_the_review(policy: Policy, review: Review, text: str) -> None:
    assert review_of(policy, TODAY) == review and review.text == text


# -- the topic


@pytest.mark.parametrize("typed", ["", "  \n", "?!", "x" * (LONGEST + 1)])
def test_what_is_no_topic_is_refused(trust: tuple[Library, Reader], typed: str) -> None:
    with pytest.raises(CannotCompare):
        compare(typed, shelves_for(lead("oak"), trust[0]), trust[1], TODAY)
    with pytest.raises(CannotCompare):
        compare(TOPIC, (), trust[1], TODAY)


def test_headings_are_listed_once_and_without_their_numbers() -> None:
    base = policy_of("oak")
    paths = (("3. Use", "3.1 Personal Use"), ("4. personal use",))
    policy = replace(base, clauses=tuple(replace(c, heading_path=p) for c, p in zip(base.clauses, paths, strict=True)))
    assert headings((policy,)) == ("personal use",) and headings(()) == ()


def test_a_worry_is_for_a_person_of_the_leads_own_organisation(trust: tuple[Library, Reader], tmp_path: Path) -> None:
    library, reader = trust
    own = library.shelf("ash")
    told = tell_first("A pupil told me that his stepfather hits him", own, reader)
    assert told is not None and told.occasion is Occasion.DISCLOSURE and not told.nearest
    assert "safeguarding lead" in told.headline and "999" in told.remarks[0]
    assert tell_first(TOPIC, own, reader) is None
    catalogue = Catalogue.open(Settings.load(home=tmp_path))
    contact = Contact("Pat Green, safeguarding lead", phone="0300 1")
    catalogue.save_organisation(Organisation("ash", "Ash", safeguarding=contact))
    other = Library.open(Settings.load(home=tmp_path), catalogue, models.embeddings(Settings.load(home=tmp_path)))
    again = tell_first("A pupil told me that his stepfather hits him", other.shelf("ash"), reader)
    assert again is not None and again.contact == contact and "Pat Green" in again.headline
    catalogue.close()

"""Procedures: steps by role, by what sets them off, and for what somebody typed; every word the policy's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import make_policy

from ingest.pipeline import ingest
from policybot import models
from policybot.catalogue import Catalogue
from policybot.contacts import safeguarding_contact
from policybot.disclosure import Worry
from policybot.duties import duties
from policybot.library import Library, Shelf
from policybot.procedures import FORCES, Card, Procedures, first_to_tell, force_words, triggers, what_to_do
from policybot.reader import Reader
from policybot.records import Contact, Organisation, Strength
from policybot.responsibilities import OURS
from policybot.settings import Settings

CORPUS = Path(__file__).parents[1] / "corpus"
SLUGS = sorted(p.name for p in CORPUS.iterdir() if p.is_dir()) if CORPUS.is_dir() else []
pytestmark = pytest.mark.skipif(not SLUGS, reason="there is no corpus beside the tests")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """All restated policies, really ingested."""
    settings = Settings.load(home=tmp_path_factory.mktemp("procedures") / "home", corpus=CORPUS)
    catalogue = Catalogue.open(settings)
    opened = Library.open(settings, catalogue, models.embeddings(settings))
    for slug in SLUGS:
        assert not ingest(CORPUS, catalogue, opened, settings.home / "ingest.lock", CORPUS, only=slug).refused
    yield opened
    catalogue.close()


@pytest.fixture(scope="module", params=SLUGS)
def shelf(request: pytest.FixtureRequest, library: Library) -> Shelf:
    return library.shelf(request.param)


def cards(found: Procedures) -> Iterator[Card]:
    for role in found.responsibilities:
        yield from found.of_role(role, FORCES)
    for trigger in found.triggers:
        yield from found.of_trigger(trigger, FORCES)


def folded(text: str) -> str:
    return " ".join(text.split())


def test_every_word_shown_is_the_organisations_own_policy(shelf: Shelf) -> None:
    found = Procedures(shelf)
    own = {c.id for c in shelf.clauses()}
    texts = {p.id: p.text for p in shelf.policies()}
    shown = list(cards(found))
    assert sum(len(c.steps) for c in shown) > 50 and len(found.triggers) > 10
    for card in shown:
        assert card.title in OURS or folded(card.title).lower() in folded(" ".join(texts.values())).lower()
        for section in card.sections:
            text = texts[section.policy.id]
            assert section.heading in text and (section.stem or "") in text
            for step in section.steps:
                assert step.clause.id in own and step.clause.text in text
                named = [n for n in (*step.actors, *step.told) if n != "you"]
                assert all(re.search(rf"(?<!\w){re.escape(n)}(?!\w)", text) for n in named)


def test_steps_are_numbered_in_the_order_of_the_document(shelf: Shelf) -> None:
    for card in cards(Procedures(shelf)):
        places = [(s.clause.policy_id, s.clause.ordinal) for s in card.steps]
        assert places == sorted(places) and [s.number for s in card.steps] == list(range(1, len(places) + 1))


def test_every_duty_is_somebodys_or_nobodys_and_none_is_lost(shelf: Shelf) -> None:
    found = Procedures(shelf)
    assert {d.clause.id for r in found.responsibilities for d in r.duties} == {d.clause.id for d in found.duties}


def test_the_forces_filter_steps_and_table(shelf: Shelf) -> None:
    found = Procedures(shelf)
    for force, allowed in FORCES.items():
        for role in found.responsibilities:
            assert all(set(s.strengths) <= set(allowed) and s.strengths for c in found.of_role(role, [force]) for s in c.steps)
        assert all(set(row.duty.strengths) & set(allowed) for row in found.matrix([force]).rows)
    assert len(found.matrix(FORCES).rows) == len(found.duties)
    assert not found.matrix([]).rows


def test_the_safeguarding_lead_is_told(library: Library) -> None:
    found = Procedures(library.shelf("exceed-learning-partnership"))
    lead = found.responsibilities[0]
    does, told = found.of_role(lead, FORCES)
    assert lead.name == "Designated safeguarding lead" and not does.steps
    assert [s.clause.label.split(", ")[-1] for s in told.steps] == ["bullet 8", "bullet 4"]
    assert all("designated safeguarding lead" in s.clause.text for s in told.steps)


@pytest.mark.parametrize(
    ("happened", "slug", "words"),
    [
        ("a pupil sends a friend request", "exceed-learning-partnership", "friend requests"),
        ("a pupil sends a friend request", "expanse-learning", "friend requests"),
        ("a colleague breaches the policy", "hardmoor-early-years", "breaches of the policy should be reported"),
        ("a colleague breaches the policy", "care-training-provider", "has been breached"),
    ],
)
def test_what_happened_finds_the_clauses(library: Library, happened: str, slug: str, words: str) -> None:
    shelf = library.shelf(slug)
    found = what_to_do(shelf, Reader.open(), happened)
    assert found.covered and found.worry is Worry.NONE
    assert any(words in c.text for c in found.clauses) and {c.organisation for c in found.clauses} == {slug}
    assert [s.clause.id for s in Procedures(shelf).of_clauses("What to do", found.clauses).steps] == [
        c.id for c in sorted(found.clauses, key=lambda c: c.ordinal)
    ]


def test_silence_is_told_and_a_worry_is_noticed(library: Library) -> None:
    shelf = library.shelf("care-training-provider")
    reader = Reader.open()
    silent = what_to_do(shelf, reader, "the coffee machine is broken")
    assert not silent.covered and 1 <= len(silent.clauses) <= 3
    assert what_to_do(shelf, reader, "A child in my group told me that her uncle hits her").worry is Worry.CERTAIN
    with pytest.raises(ValueError):
        what_to_do(shelf, reader, "  ")


# -- what sets a procedure off, in invented words


def sets_off(text: str) -> list[str]:
    policy = make_policy("oak", text)
    return [t.words for t in triggers(policy.clauses, {d.clause.id for d in duties(policy.clauses)}) if not t.heading]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("If a parent shouts, or throws things, staff must fetch the head.", ["If a parent shouts, or throws things"]),
        ("Staff must fetch the head when a parent shouts at them.", ["when a parent shouts at them"]),
        ("When you leave for the day you must lock the door.", ["When you leave for the day"]),
        ("Tutors who lose a key must tell the bursar.", ["Tutors who lose a key"]),
        ("The head must look into any complaints made about a coach.", ["any complaints made about a coach"]),
        ("Staff must lock the door where necessary.", []),
        ("Write as if the head were reading. Staff must be polite.", []),
    ],
)
def test_what_sets_a_procedure_off(text: str, expected: list[str]) -> None:
    assert sets_off(text) == expected


def test_whom_to_tell_first() -> None:
    named = make_policy("oak", "Staff must report any safeguarding concern to the designated safeguarding lead.").clauses
    own = Contact("the safeguarding team", phone="01234 567890")
    bare = Contact("your designated safeguarding lead")
    silent = make_policy("oak", "Doors must be shut.").clauses
    assert safeguarding_contact(named) is not None

    def told(clauses: tuple, contact: Contact | None) -> list[str]:
        return [c.who for c in first_to_tell(clauses, Organisation("oak", "Oak", safeguarding=contact))]

    assert told(named, bare) == told(named, None) == ["the designated safeguarding lead"]
    assert told(named, own) == ["the designated safeguarding lead", "the safeguarding team"]
    assert told(silent, bare) == ["your designated safeguarding lead"] and told(silent, None) == []


def test_a_step_that_lays_nothing_down_says_what_it_is() -> None:
    from policybot.procedures import Step

    clause = make_policy("oak", "Doors must be shut.").clauses[0]
    assert force_words(Step(1, clause, (Strength.MUST, Strength.MUST_NOT))) == ("Must", "Must not")
    assert force_words(Step(1, clause, follows=True)) == ("What follows",) and force_words(Step(1, clause)) == ("To know",)

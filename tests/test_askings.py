"""What is kept of a question for figures, and above all what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from conftest import make_organisation, make_policy
from sqlalchemy import inspect, text

from policybot.askings import MONTHS, Asking, Askings, oldest_kept, record
from policybot.catalogue import Catalogue
from policybot.database import open_engine
from policybot.errors import UnknownOrganisation
from policybot.grounding import cite
from policybot.records import Answer, Answered, NotCovered, Occasion, Question, Turn, Verdict
from policybot.settings import Settings

TODAY = date(2026, 3, 10)
ELM = make_policy("elm", "Staff must not lend the minibus to anybody.", "Staff may eat in the hall. Ask Maria Holt.")
PERSON = "https://issuer|ann"


@pytest.fixture
def at_noon(settings: Settings) -> Settings:
    return settings.model_copy(update={"today": TODAY})


@pytest.fixture
def askings(at_noon: Settings, catalogue: Catalogue) -> Iterator[Askings]:
    """Over real SQLite, with two organisations."""
    for slug in ("elm", "ash"):
        catalogue.save_organisation(make_organisation(slug))
    opened = Askings.open(at_noon)
    yield opened
    opened.close()


def on(day: date, settings: Settings, **changed: object) -> Askings:
    """The same database on another day."""
    return Askings(open_engine(settings), settings.model_copy(update={"today": day, **changed}))


def answered(id: str = "x1", occasion: Occasion = Occasion.QUESTION) -> Answered:
    clause = ELM.clauses[0]
    return Answered(
        id=id, question=Question("elm", "can i lend it to Sarah Jones?"), verdict=Verdict.NOT_ALLOWED, text="No.", headline="No.",
        citations=(cite(clause, ELM, clause.text, "elm"),), occasion=occasion, policy_version="v",
    )  # fmt: skip


def silent(asked: str, id: str = "y1", near: bool = True) -> NotCovered:
    clause = ELM.clauses[1]
    nearest = (cite(clause, ELM, clause.text, "elm"),) if near else ()
    return NotCovered(id=id, question=Question("elm", asked), text="–", headline="–", nearest=nearest, policy_version="v")


def kept(askings: Askings, *conversation: Answer, person: str = PERSON) -> bool:
    return record(askings, conversation, person, ELM.clauses)


def test_an_answer_is_kept_without_its_words_and_without_the_person(askings: Askings, at_noon: Settings) -> None:
    assert kept(askings, answered())
    (asking,) = askings.kept("elm")
    assert asking == Asking(
        id="x1", organisation="elm", day=TODAY, asker=asking.asker, verdict=Verdict.NOT_ALLOWED, topic="Rules", question=""
    )
    assert len(asking.asker) == 64
    with open_engine(at_noon).connect() as connection:
        row = str(connection.execute(text("SELECT * FROM askings")).one())
        columns = {c["name"] for c in inspect(connection).get_columns("askings")}
    assert "ann" not in row and "issuer" not in row and "Sarah" not in row and "minibus" not in row
    assert columns == {"id", "organisation", "day", "asker", "verdict", "topic", "question"}


def test_of_what_the_policy_does_not_say_the_words_stay_without_personal_data(askings: Askings) -> None:
    assert kept(askings, silent("May I give\n  Sarah Jones of 07700 900123 the key, as Maria Holt does?"))
    (asking,) = askings.kept("elm")
    assert asking.question == "May I give [name 1] of [phone 1] the key, as Maria Holt does?"  # Maria Holt is the policy's own
    assert (asking.verdict, asking.topic) == (Verdict.NOT_COVERED, "Rules")
    assert kept(askings, silent("Hm, what of Tom Baker?", id="y2", near=False))
    assert next(a for a in askings.kept("elm") if a.id == "y2").topic == ""


@pytest.mark.parametrize("occasion", [Occasion.DISCLOSURE, Occasion.POSSIBLE_DISCLOSURE, Occasion.GREETING])
def test_nothing_is_kept_of_a_worry_or_a_greeting_nor_after_a_worry(askings: Askings, occasion: Occasion) -> None:
    told = replace(silent("Her uncle hits her", id="w1"), occasion=occasion)
    assert not kept(askings, told)
    assert not kept(askings, answered("w2", occasion))
    later = replace(answered("x2"), question=Question("elm", "can i lend it?", (Turn("user", "Her uncle hits her"),)))
    assert kept(askings, told, later) is (occasion is Occasion.GREETING)
    assert [a.id for a in askings.kept("elm")] == (["x2"] if occasion is Occasion.GREETING else [])


def test_nothing_is_kept_of_nobody_or_when_counting_is_off(askings: Askings, at_noon: Settings) -> None:
    assert not kept(askings, answered(), person="") and not kept(askings, answered(), person="  ") and not record(askings, (), PERSON, ())
    off = on(TODAY, at_noon, insights=False)
    assert not off.counting and not kept(off, answered())
    assert askings.kept("elm") == () and kept(askings, answered())


def test_a_person_has_one_pseudonym_in_a_month_and_another_in_the_next_and_elsewhere(askings: Askings, at_noon: Settings) -> None:
    early, next_month = on(date(2026, 3, 1), at_noon), on(date(2026, 4, 1), at_noon)
    mine = askings.pseudonym_of("elm", PERSON)
    assert early.pseudonym_of("elm", PERSON) == mine
    assert len({mine, next_month.pseudonym_of("elm", PERSON), askings.pseudonym_of("ash", PERSON), askings.pseudonym_of("elm", "bob")}) == 4


def test_an_answer_counts_once_and_for_its_own_organisation_alone(askings: Askings) -> None:
    assert kept(askings, answered()) and kept(askings, answered())
    assert [a.id for a in askings.kept("elm")] == ["x1"] and askings.kept("ash") == ()
    stranger = Asking(id="z", organisation="oak", day=TODAY, asker="a", verdict=Verdict.ALLOWED)
    with pytest.raises(UnknownOrganisation):
        askings.put(stranger)
    with pytest.raises(ValueError):
        askings.kept("")


def test_whole_months_go_and_none_is_kept_for_longer_than_thirteen(askings: Askings, at_noon: Settings) -> None:
    assert oldest_kept(TODAY) == date(2025, 3, 1) and oldest_kept(date(2026, 1, 31)) == date(2025, 1, 1)
    assert oldest_kept(date(2026, 12, 31)) == date(2025, 12, 1) and MONTHS == 13
    for day, organisation in ((date(2025, 2, 28), "ash"), (date(2025, 2, 28), "elm"), (date(2025, 3, 1), "elm")):
        on(day, at_noon).put(Asking(id=f"{organisation}{day}", organisation=organisation, day=day, asker="a", verdict=Verdict.ALLOWED))
    assert [a.day for a in askings.kept("elm")] == [date(2025, 3, 1)], "what is too old is not read, though it is there still"
    assert kept(askings, answered())
    with open_engine(at_noon).connect() as connection:
        days = connection.execute(text("SELECT day FROM askings ORDER BY day")).scalars().all()
    assert days == ["2025-03-01", "2026-03-10"], "and it goes, of every organisation, when the next is counted"


def test_an_asking_cannot_be_made_wrong() -> None:
    right = Asking(id="a", organisation="elm", day=TODAY, asker="p", verdict=Verdict.ALLOWED)
    for wrong in ({"id": " "}, {"asker": ""}, {"organisation": ""}, {"question": "may i?"}):
        with pytest.raises(ValueError):
            replace(right, **wrong)

"""The record of looks across organisations: whole, in clear, the person's own to see, and nobody's to change."""

from __future__ import annotations

import csv
import io
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from click.testing import Result
from conftest import make_organisation, make_policy
from typer.testing import CliRunner

from policybot.audit import Audit, Look, NotRecorded, look_of
from policybot.cli import app
from policybot.comparison import Column, Comparison, Finding, Stance
from policybot.grounding import cite
from policybot.identity import Role, User
from policybot.settings import Settings

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
USER = User("elm", "Sam Lead", frozenset({Role.TRUST_LEAD}), person="issuer|7", oversees=("elm", "ash"))
ELM = make_policy("elm", "Staff must not lend the minibus to anybody.")


@pytest.fixture
def audit(settings: Settings) -> Iterator[Audit]:
    opened = Audit.open(settings)
    yield opened
    opened.close()


def a_look(**changed: object) -> Look:
    look = Look(
        person="issuer|7", name="Sam Lead", organisations=("elm", "ash"), topic="minibus", clauses=("elm/rules/p0",), at=NOON, id="l1"
    )  # fmt: skip
    return replace(look, **changed)


def compared(topic: str = "minibus") -> Comparison:
    finding = Finding(cite(ELM.clauses[0], ELM, ELM.clauses[0].text, "elm"), Stance.MUST_NOT)
    own = Column(make_organisation("elm"), Stance.MUST_NOT, (finding,))
    return Comparison(topic, (own, Column(make_organisation("ash"), Stance.NO_POLICY)))


def test_a_look_comes_back_equal_and_in_utc(audit: Audit) -> None:
    audit.record(a_look(at=NOON.astimezone(timezone(timedelta(hours=5)))))
    (again,) = audit.of_person("issuer|7")
    assert again == a_look() and again.at.utcoffset() == timedelta(0)


def test_a_person_sees_their_own_looks_alone_the_newest_first(audit: Audit) -> None:
    for number in range(3):
        audit.record(a_look(id=f"l{number}", at=NOON + timedelta(minutes=number)))
    audit.record(a_look(id="x", person="issuer|8"))
    assert [look.id for look in audit.of_person("issuer|7")] == ["l2", "l1", "l0"]
    assert [look.id for look in audit.of_person("issuer|7", limit=1)] == ["l2"]
    assert [look.id for look in audit.of_person("issuer|8")] == ["x"] and audit.of_person("") == ()


def test_the_record_says_who_where_what_and_which_clauses() -> None:
    look = look_of(compared(), USER)
    assert (look.person, look.name, look.organisations) == ("issuer|7", "Sam Lead", ("elm", "ash"))
    assert (look.topic, look.clauses) == ("minibus", ("elm/rules/p0",))
    assert look.id != look_of(compared(), USER).id, "two looks at the same are two"


def test_personal_data_in_a_topic_is_not_recorded() -> None:
    look = look_of(compared("may Jane Okonkwo call 07700 900123 at Elm Tree School?"), USER, keep=("Elm Tree School",))
    assert "Okonkwo" not in look.topic and "900123" not in look.topic and "Elm Tree School" in look.topic


def test_whoever_cannot_be_named_cannot_be_recorded() -> None:
    with pytest.raises(NotRecorded, match="does not say who you are"):
        look_of(compared(), replace(USER, person=""))


def test_what_the_database_does_not_take_is_an_error_and_changes_nothing(audit: Audit, settings: Settings) -> None:
    audit.record(a_look())
    with pytest.raises(NotRecorded, match="not shown"):
        audit.record(a_look(topic="another under the same id"))
    assert [look.topic for look in audit.of_person("issuer|7")] == ["minibus"]
    with sqlite3.connect(settings.home / "policybot.db") as database:
        database.execute("DROP TABLE comparisons")
    with pytest.raises(NotRecorded):
        audit.record(a_look(id="l2"))


def test_everybodys_looks_are_read_from_a_day_on(audit: Audit) -> None:
    for number in range(3):
        audit.record(a_look(id=f"l{number}", person=f"issuer|{number}", at=NOON + timedelta(days=number)))
    assert [look.id for look in audit.looks()] == ["l2", "l1", "l0"] and audit.looks()[2] == a_look(id="l0", person="issuer|0")
    later = (NOON + timedelta(days=1)).astimezone(timezone(timedelta(hours=-9)))
    assert [look.id for look in audit.looks(later)] == ["l2", "l1"] and audit.looks(NOON + timedelta(days=3)) == ()
    with pytest.raises(ValueError, match="zone"):
        audit.looks(datetime(2026, 1, 1))


def command(settings: Settings, *arguments: str) -> Result:
    """`policybot audit` over the database of `settings`."""
    return CliRunner().invoke(app, ["audit", *arguments], env={"POLICYBOT_HOME": str(settings.home), "COLUMNS": "200"})


def test_the_command_says_who_compared_whom_on_what_and_when(audit: Audit, settings: Settings) -> None:
    assert "Nobody has compared organisations yet." in command(settings).stdout
    audit.record(a_look())
    audit.record(a_look(id="l2", name="[red]Robin\x1b[2J", topic="friend requests", clauses=(), at=NOON + timedelta(days=1)))
    told = command(settings)
    assert told.exit_code == 0 and "\x1b[2J" not in told.stdout
    newest, oldest = (line for line in told.stdout.splitlines() if "issuer|7" in line)
    assert all(part in newest for part in ("2026-03-11 12:00", "[red]Robin", "elm, ash", "friend requests", " 0 "))
    assert all(part in oldest for part in ("2026-03-10 12:00", "Sam Lead", "elm, ash", "minibus", " 1 "))
    since = command(settings, "--since", "2026-03-11")
    assert "friend requests" in since.stdout and "minibus" not in since.stdout
    assert "Nobody has compared organisations since 2026-03-12." in command(settings, "--since", "2026-03-12").stdout
    assert command(settings, "--since", "yesterday").exit_code == 2


def test_as_csv_it_is_whole_and_runs_nothing(audit: Audit, settings: Settings) -> None:
    audit.record(a_look(topic='=cmd("x"), "minibus"', clauses=("elm/rules/p0", "ash/rules/p1")))
    (row,) = csv.DictReader(io.StringIO(command(settings, "--csv").stdout))
    assert row == {
        "at": "2026-03-10T12:00:00+00:00", "person": "issuer|7", "name": "Sam Lead", "organisations": "elm ash",
        "topic": '\'=cmd("x"), "minibus"', "clauses": "elm/rules/p0 ash/rules/p1",
    }  # fmt: skip
    assert list(csv.DictReader(io.StringIO(command(settings, "--csv", "--since", "2026-03-11").stdout))) == []


def test_nothing_public_changes_or_removes_a_row() -> None:
    assert {name for name in dir(Audit) if not name.startswith("_")} == {"open", "close", "record", "of_person", "looks"}


@pytest.mark.parametrize(
    "changed",
    [
        {"person": " "},
        {"name": ""},
        {"topic": ""},
        {"organisations": ()},
        {"organisations": ("Elm!",)},
        {"clauses": ("oak/rules/p0",)},
        {"at": datetime(2026, 1, 1)},
    ],
)
def test_a_look_that_cannot_be_is_not_made(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        a_look(**changed)

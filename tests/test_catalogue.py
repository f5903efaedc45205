"""The catalogue: what goes in comes out, what is current changes at once, and the database holds the rules."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from conftest import make_organisation, make_policy
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

from policybot.catalogue import Catalogue
from policybot.database import open_engine, writing
from policybot.errors import ScopeViolation, SettingsError, UnknownClause, UnknownOrganisation
from policybot.migrations import alembic_config, upgrade
from policybot.records import (
    Box,
    Clause,
    ClauseKind,
    Contact,
    Deontic,
    Edition,
    FactKind,
    Force,
    Organisation,
    Policy,
    PolicyFact,
    Span,
    Strength,
)
from policybot.schema import Base, Fingerprint
from policybot.settings import Settings

STEM, ITEM = "Drivers must not:", "Leave the van unlocked unless it is in the yard"


def rich_policy() -> Policy:
    """One that uses every field a policy has."""
    document = f"{STEM}\n{ITEM}\nVersion 3"
    item = Clause(
        id="elm/vans/1.2/b1",
        organisation="elm",
        policy_id="elm/vans",
        heading_path=("1 Vans", "1.2 Doors"),
        label="1.2, first bullet",
        ordinal=4,
        kind=ClauseKind.ITEM,
        text=ITEM,
        span=Span(len(STEM) + 1, len(STEM) + 1 + len(ITEM)),
        stem=STEM,
        stem_span=Span(0, len(STEM)),
        page=2,
        boxes=(Box(2, 50.5, 100.0, 300.25, 112.0), Box(3, 50.5, 40.0, 300.25, 52.0)),
        columns=("Duty", "Who"),
        deontic=Deontic(
            Force.PROHIBITION, Strength.MUST_NOT, "drivers", "the yard", ("in the yard",), ("unless it is in the yard",)
        ),
    )
    cover = Clause("elm/vans/cover", "elm", "elm/vans", (), "cover", 5, ClauseKind.COVER, "Version 3", Span(66, 75))
    return Policy(
        id="elm/vans",
        organisation="elm",
        title="Vans – “the” policy",
        version="a" * 64,
        edition=Edition.ORIGINAL,
        source="vans.pdf",
        text=document,
        clauses=(item, cover),
        facts=(PolicyFact(FactKind.VERSION, "3", "elm/vans/cover", "Version 3"),),
        outline=((1, "1 Vans", 0), (2, "1.2 Doors", 0)),
    )


def publish(catalogue: Catalogue, policy: Policy) -> str:
    publication = catalogue.stage(policy)
    catalogue.flip(publication)
    return publication


@pytest.fixture
def elm(catalogue: Catalogue) -> Catalogue:
    catalogue.save_organisation(make_organisation("elm"))
    return catalogue


# -- the database


def test_the_migrations_make_exactly_the_tables_that_the_program_uses(elm: Catalogue, settings: Settings) -> None:
    with open_engine(settings).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_migration_can_be_taken_back(settings: Settings) -> None:
    engine, config = writing(open_engine(settings)), alembic_config()
    upgrade(engine)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert "clauses" in inspect(engine).get_table_names()


def test_a_home_of_before_safeguarding_contacts_keeps_its_organisations(settings: Settings) -> None:
    engine, config = writing(open_engine(settings)), alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO organisations (slug, name, aliases, contact, colour, suggestions)"
            """ VALUES ('elm', 'Elm', '["ET"]', '{"who": "the bursar"}', '#123456', '[]')"""
        )
    catalogue = Catalogue.open(settings)
    kept = Organisation("elm", "Elm", ("ET",), Contact("the bursar"), colour="#123456")
    assert catalogue.organisation("elm") == kept
    catalogue.save_organisation(replace(kept, safeguarding=Contact("the lead")))
    assert catalogue.organisation("elm").safeguarding == Contact("the lead")
    catalogue.close()


def test_many_may_open_a_new_database_at_once(settings: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: Catalogue.open(settings), range(8)))
    assert [catalogue.organisations() for catalogue in opened] == [()] * 8


def test_sqlite_is_set_up_for_readers_beside_a_writer(settings: Settings) -> None:
    with open_engine(settings).connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.parametrize("address", ["nonsense", "sqlite:////no/such/folder/x.db", "klingon://localhost/x"])
def test_a_database_that_cannot_be_opened_names_the_setting(settings: Settings, address: str) -> None:
    with pytest.raises(SettingsError, match="POLICYBOT_DATABASE_URL"):
        Catalogue.open(Settings.load(home=settings.home, database_url=address))


# -- what goes in comes out


def test_an_organisation_comes_back_as_it_was_saved_last(catalogue: Catalogue) -> None:
    first = make_organisation("elm")
    full = Organisation(
        "elm",
        "Elm Trust",
        ("ET", "The Elms"),
        Contact("the bursar", "elm/p/1", "b@elm.test", "01"),
        Contact("the safeguarding lead", "elm/p/2", "s@elm.test", "02"),
        "#123456",
        ("May I?",),
    )
    catalogue.save_organisation(first)
    catalogue.save_organisation(make_organisation("ash"))
    catalogue.save_organisation(full)
    assert catalogue.organisation("elm") == full
    assert catalogue.organisations() == (make_organisation("ash"), full)


def test_a_policy_comes_back_equal_in_every_field(elm: Catalogue) -> None:
    publish(elm, rich_policy())
    assert elm.policies("elm") == (rich_policy(),)
    assert elm.policy("elm/vans") == rich_policy()
    assert elm.clause("elm/vans/1.2/b1") == rich_policy().clauses[0]


def test_clauses_keep_their_order_and_policies_come_by_id(elm: Catalogue) -> None:
    long = make_policy("elm", *(f"clause number {n} of many" for n in range(30)), name="b")
    publish(elm, long)
    publish(elm, make_policy("elm", "one", name="a"))
    assert [policy.id for policy in elm.policies("elm")] == ["elm/a", "elm/b"]
    assert elm.policy("elm/b").clauses == long.clauses


# -- what is current


def test_a_staged_version_is_shown_to_nobody_until_the_flip(elm: Catalogue) -> None:
    old, new = make_policy("elm", "the old words"), make_policy("elm", "the new words", "and more")
    publish(elm, old)
    before = elm.version_of("elm")
    publication = elm.stage(new)
    assert elm.policies("elm") == (old,) and elm.version_of("elm") == before
    assert elm.publication_of(new) is None
    with pytest.raises(UnknownClause):
        elm.clause("elm/rules/p1")
    elm.flip(publication)
    assert elm.policies("elm") == (new,) and elm.version_of("elm") != before
    assert elm.publication_of(new) == publication and elm.publication_of(old) is None


def test_staging_again_drops_what_an_interrupted_publication_left(elm: Catalogue, settings: Settings) -> None:
    elm.stage(make_policy("elm", "never finished"))
    publish(elm, make_policy("elm", "finished"))
    with open_engine(settings).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM versions")) == 1
        assert connection.scalar(text("SELECT count(*) FROM clauses")) == 1


def test_a_reader_never_sees_half_a_publication(elm: Catalogue) -> None:
    versions = [make_policy("elm", *(f"clause {n} of {size}" for n in range(size))) for size in (3, 11)]
    publish(elm, versions[0])
    seen: set[str] = set()
    enough = threading.Event()

    def write() -> None:
        for turn in range(400):
            publish(elm, versions[turn % 2])
            if enough.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    while len(seen) < 2 and writer.is_alive():
        for policy in elm.policies("elm"):
            assert policy in versions
            seen.add(policy.version)
    enough.set()
    writer.join()
    assert len(seen) == 2


def test_the_version_follows_the_content_and_nothing_else(elm: Catalogue, tmp_path: Path) -> None:
    policy = make_policy("elm", "some words")
    publish(elm, policy)
    first = elm.version_of("elm")
    other = Catalogue.open(Settings.load(home=tmp_path / "elsewhere"))
    other.save_organisation(make_organisation("elm"))
    assert other.version_of("elm") != first
    publish(other, policy)
    assert other.version_of("elm") == first
    publish(elm, replace(policy, source="moved.md"))
    assert elm.version_of("elm") != first
    other.close()


def test_a_withdrawn_policy_leaves_no_row(elm: Catalogue, settings: Settings) -> None:
    publish(elm, make_policy("elm", "old"))
    publish(elm, make_policy("elm", "new"))
    publish(elm, make_policy("elm", "stays", name="other"))
    elm.withdraw("elm/rules")
    elm.withdraw("elm/rules")
    assert [policy.id for policy in elm.policies("elm")] == ["elm/other"]
    with open_engine(settings).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM versions WHERE policy_id = 'elm/rules'")) == 0
        assert connection.scalar(text("SELECT count(*) FROM clauses WHERE policy_id = 'elm/rules'")) == 0


def test_a_fingerprint_holds_while_its_version_is_current(elm: Catalogue) -> None:
    policy = make_policy("elm", "words")
    known = Fingerprint("elm", "elm/policy.md", "f" * 64, Edition.RESTATED, "reader 1", policy.id, policy.version)
    assert elm.fingerprint("elm", "elm/policy.md") is None
    publish(elm, policy)
    elm.remember_fingerprint(known)
    assert elm.fingerprint("elm", "elm/policy.md") == known
    assert elm.fingerprint("ash", "elm/policy.md") is None
    publish(elm, make_policy("elm", "other words"))
    assert elm.fingerprint("elm", "elm/policy.md") is None
    elm.withdraw(policy.id)
    publish(elm, policy)
    assert elm.fingerprint("elm", "elm/policy.md") is None


# -- refusals


def test_an_unknown_organisation_is_an_error_that_tells_nobody_who_else_is_there(elm: Catalogue) -> None:
    for ask in (elm.organisation, elm.policies, elm.version_of):
        with pytest.raises(UnknownOrganisation) as refused:
            ask("ash")
        assert "elm" not in str(refused.value)
    with pytest.raises(UnknownOrganisation):
        elm.stage(make_policy("ash", "words"))


def test_an_unknown_clause_suggests_near_ids_of_its_own_organisation(elm: Catalogue) -> None:
    elm.save_organisation(make_organisation("elm-2"))
    publish(elm, make_policy("elm", "one", "two"))
    publish(elm, make_policy("elm-2", "one", "two"))
    with pytest.raises(UnknownClause) as refused:
        elm.clause("elm/rules/p7")
    assert "elm/rules/p1" in refused.value.cure and "elm-2" not in refused.value.cure
    with pytest.raises(UnknownClause, match="elm/nothing"):
        elm.policy("elm/nothing")


def test_a_policy_under_another_organisations_name_is_refused(elm: Catalogue) -> None:
    elm.save_organisation(make_organisation("ash"))
    with pytest.raises(ScopeViolation):
        elm.stage(replace(make_policy("elm", "words"), organisation="ash"))
    assert elm.policies("ash") == ()


def test_the_database_itself_refuses_two_current_versions(elm: Catalogue, settings: Settings) -> None:
    publish(elm, make_policy("elm", "one"))
    elm.stage(make_policy("elm", "two"))
    with pytest.raises(IntegrityError), writing(open_engine(settings)).begin() as connection:
        connection.execute(text("UPDATE versions SET state = 'current'"))


@pytest.mark.parametrize("table", ["policies", "versions", "clauses"])
def test_the_database_itself_refuses_to_move_rows_to_another_organisation(
    elm: Catalogue, settings: Settings, table: str
) -> None:
    elm.save_organisation(make_organisation("ash"))
    publish(elm, make_policy("elm", "one"))
    with pytest.raises(IntegrityError), writing(open_engine(settings)).begin() as connection:
        connection.execute(text(f"UPDATE {table} SET organisation = 'ash'"))


# -- PostgreSQL


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Catalogue]:
    address = os.environ.get("TEST_POSTGRES_URL")
    if not address:
        pytest.skip("TEST_POSTGRES_URL names no empty PostgreSQL database")
    catalogue = Catalogue.open(Settings.load(home=tmp_path, database_url=address))
    yield catalogue
    engine, config = writing(open_engine(Settings.load(home=tmp_path, database_url=address))), alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    engine.dispose()
    catalogue.close()


def test_postgresql_keeps_the_same_catalogue(postgres: Catalogue) -> None:
    postgres.save_organisation(make_organisation("elm"))
    publish(postgres, make_policy("elm", "something else"))
    publish(postgres, replace(rich_policy(), version="b" * 64))
    publish(postgres, rich_policy())
    assert postgres.policy("elm/vans") == rich_policy()
    assert len(postgres.policies("elm")) == 2
    postgres.withdraw("elm/vans")
    assert [policy.id for policy in postgres.policies("elm")] == ["elm/rules"]

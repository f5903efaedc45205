"""What chat answers cost and what is kept of them: real databases, no row of another organisation, no question."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from conftest import make_organisation
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

from policybot.catalogue import Catalogue
from policybot.database import open_engine, writing
from policybot.errors import UnknownOrganisation
from policybot.migrations import alembic_config
from policybot.records import Question, Turn
from policybot.schema import Base
from policybot.settings import Settings
from policybot.spending import AnswerCache, AnswerKey, Ledger, Outcome, Totals, Use, price

GENERATED = hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Real transactions take their time on a busy machine."""
SLUGS = ("elm", "elm-2", "ash")
NOON = datetime(2025, 3, 10, 12, tzinfo=UTC)
MARCH = date(2025, 3, 31)
QUESTION = "May  I lend the minibus to my Neighbour?"
DRAFT = {"sentences": [{"text": "No: only staff drive it.", "clauses": ["elm/vans/p1"]}], "held": 1}


def found(settings: Settings) -> Settings:
    """The same settings, after the organisations were saved in their database."""
    catalogue = Catalogue.open(settings)
    for slug in SLUGS:
        catalogue.save_organisation(make_organisation(slug))
    catalogue.close()
    return settings


@pytest.fixture
def sqlite(settings: Settings) -> Settings:
    return found(settings)


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a database with the organisations in it: SQLite, and PostgreSQL where there is one."""
    if request.param == "sqlite":
        yield found(Settings.load(home=tmp_path / "home"))
        return
    address = os.environ.get("TEST_POSTGRES_URL")
    if not address:
        pytest.skip("TEST_POSTGRES_URL names no empty PostgreSQL database")
    settings = found(Settings.load(home=tmp_path, database_url=address))
    yield settings
    revision(settings, command.downgrade, "base")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One ledger for the generated examples, which empty it themselves: a new database each would take minutes."""
    ledger = Ledger.open(found(Settings.load(home=tmp_path_factory.mktemp("home"))))
    yield ledger
    ledger.close()


def revision(settings: Settings, verb: Callable[..., None], to: str) -> None:
    engine, config = writing(open_engine(settings)), alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        verb(config, to)
    engine.dispose()


def emptied(ledger: Ledger) -> Ledger:
    with ledger._writer.begin() as connection:
        connection.execute(text("DELETE FROM chat_uses"))
    return ledger


def a_use(organisation: str = "elm", cost: float = 0.25, at: datetime = NOON, outcome: Outcome = Outcome.GENERATED) -> Use:
    return Use(organisation=organisation, model="m", policy_version="v1", outcome=outcome, price=cost, at=at)


def a_key(asked: str = QUESTION, organisation: str = "elm", version: str = "v1", model: str = "m", *said: str) -> AnswerKey:
    turns = tuple(Turn("assistant" if place % 2 else "user", words) for place, words in enumerate(said))
    return AnswerKey(Question(organisation, asked, turns), version, model)


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with open_engine(settings).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def sums(uses: list[Use]) -> Totals:
    """Totals by plain Python."""
    outcomes = {outcome: sum(use.outcome is outcome for use in uses) for outcome in Outcome}
    columns = ("tokens_in", "tokens_out", "price", "sentences_written", "sentences_shown", "review")
    return Totals(outcomes, len(uses), *(sum(getattr(use, column) for use in uses) for column in columns))


COSTS = st.integers(0, 1000).map(lambda n: n / 64)
"""Money that floats add without rounding, whatever the order."""
TIMES = st.datetimes(datetime(2024, 12, 25), datetime(2025, 3, 5), timezones=st.sampled_from([UTC, timezone(timedelta(hours=1))]))
COUNTS = st.integers(0, 10**6)
USES = st.builds(
    Use, organisation=st.sampled_from(SLUGS), model=st.sampled_from(["m", "n"]), policy_version=st.just("v"), price=COSTS,
    outcome=st.sampled_from(Outcome), tokens_in=COUNTS, tokens_out=COUNTS, sentences_written=st.integers(3, 6),
    sentences_shown=st.integers(0, 3), review=st.booleans(), at=TIMES,
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


# -- the price


def test_a_price_by_hand() -> None:
    assert price(1_200, 300, 0.15, 0.60) == pytest.approx(0.00036)
    assert price(2_000_000, 500_000, 3, 15) == 13.5
    assert price(10**9, 10**9, 0, 0) == 0


@pytest.mark.parametrize("wrong", [(-1, 0, 1, 1), (0, -1, 1, 1), (1, 1, -0.1, 1), (1, 1, 1, float("nan")), (1, 1, float("inf"), 1)])
def test_a_price_of_nonsense_is_refused(wrong: tuple[int, int, float, float]) -> None:
    with pytest.raises(ValueError):
        price(*wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": "Elm!"},
        {"organisation": ""},
        {"tokens_in": -1},
        {"tokens_out": -1},
        {"price": -0.01},
        {"price": float("nan")},
        {"sentences_written": 2, "sentences_shown": 3},
        {"sentences_shown": -1},
        {"at": datetime(2025, 3, 10)},
    ],
)
def test_a_use_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        replace(a_use(), **wrong)


# -- the database


def test_a_home_of_before_chat_keeps_what_it_had(settings: Settings) -> None:
    revision(settings, command.upgrade, "0002")
    with writing(open_engine(settings)).begin() as connection:
        connection.execute(
            text("INSERT INTO organisations (slug, name, aliases, colour, suggestions) VALUES ('elm', 'Elm', '[]', '#123456', '[]')")
        )
    ledger = Ledger.open(settings)
    ledger.charge(a_use())
    assert ledger.spent("elm", MARCH) == 0.25
    assert rows(settings, "SELECT name FROM organisations") == [("Elm",)]
    revision(settings, command.downgrade, "0002")
    left = set(inspect(open_engine(settings)).get_table_names())
    assert "organisations" in left and not left & {"chat_uses", "chat_answers", "secrets"}
    ledger.close()


def test_the_migration_makes_exactly_the_tables_that_the_program_uses(either: Settings) -> None:
    with open_engine(either).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_no_table_of_a_chat_model_has_a_place_for_a_question_or_a_person(sqlite: Settings) -> None:
    found = inspect(open_engine(sqlite))
    columns = {table: {column["name"] for column in found.get_columns(table)} for table in ("chat_uses", "chat_answers")}
    assert columns["chat_answers"] == {"id", "organisation", "digest", "policy_version", "value", "at"}
    assert columns["chat_uses"] == {"id", "organisation", "at", "model", "policy_version", "tokens_in", "tokens_out", "price",
                                    "sentences_written", "sentences_shown", "outcome", "review"}  # fmt: skip


# -- the ledger


def test_a_use_comes_back_equal_and_in_utc(either: Settings) -> None:
    summer = datetime(2025, 6, 1, 0, 30, 0, 123456, timezone(timedelta(hours=1)))
    use = Use(organisation="elm", model="p:m", policy_version="v", outcome=Outcome.MALFORMED, tokens_in=7, tokens_out=9,
              price=0.1, sentences_written=4, sentences_shown=3, review=True, at=summer)  # fmt: skip
    ledger = Ledger.open(either)
    ledger.charge(use)
    (again,) = ledger.for_review("elm")
    assert again == use and again.at.utcoffset() == timedelta(0)
    assert rows(either, "SELECT outcome FROM chat_uses") == [("malformed",)]
    # Half past midnight in British Summer Time is still May in UTC.
    assert (ledger.spent("elm", date(2025, 5, 15)), ledger.spent("elm", date(2025, 6, 15))) == (0.1, 0.0)
    ledger.close()


def test_months_end_where_they_end(sqlite: Settings) -> None:
    ledger = Ledger.open(sqlite)
    tick = timedelta(microseconds=1)
    for cost, at in (
        (1, datetime(2024, 12, 1, tzinfo=UTC) - tick),
        (2, datetime(2024, 12, 1, tzinfo=UTC)),
        (4, datetime(2025, 1, 1, tzinfo=UTC) - tick),
        (8, datetime(2025, 1, 1, tzinfo=UTC)),
        (16, datetime(2025, 2, 28, 23, 59, 59, tzinfo=UTC)),
    ):
        ledger.charge(a_use(cost=cost, at=at))
    for day, spent in ((date(2024, 12, 1), 6), (date(2024, 12, 31), 6), (date(2025, 1, 31), 8), (date(2025, 2, 3), 16), (MARCH, 0)):
        assert ledger.spent("elm", day) == spent, day
    ledger.close()


def test_a_ledger_without_uses_says_nothing_was_spent(sqlite: Settings) -> None:
    ledger = Ledger.open(sqlite)
    ledger.charge(a_use("ash"))
    assert ledger.spent("elm", MARCH) == 0.0 and ledger.for_review("elm") == ()
    assert ledger.totals("elm", date(2000, 1, 1)) == sums([])
    assert ledger.may_spend("elm", MARCH, 0.01) and not ledger.may_spend("elm", MARCH, 0)
    ledger.close()


def test_for_review_shows_the_latest_first_and_only_what_is_to_be_looked_at(sqlite: Settings) -> None:
    ledger = Ledger.open(sqlite)
    uses = [replace(a_use(cost=day, at=NOON.replace(day=day)), review=day % 2 == 1) for day in (3, 1, 2, 5, 4)]
    for use in uses:
        ledger.charge(use)
    assert [use.price for use in ledger.for_review("elm")] == [5, 3, 1]
    assert [use.price for use in ledger.for_review("elm", limit=2)] == [5, 3]
    ledger.close()


def test_an_organisation_that_nobody_knows_is_refused_without_showing_the_row(either: Settings) -> None:
    ledger, cache = Ledger.open(either), AnswerCache.open(either)
    with pytest.raises(UnknownOrganisation, match="oak"):
        ledger.charge(a_use("oak"))
    with pytest.raises(UnknownOrganisation) as refused:
        cache.put(a_key(organisation="oak"), DRAFT)
    assert "minibus" not in repr(refused.value) and refused.value.__suppress_context__
    assert cache.get(a_key(organisation="oak")) is None and ledger.spent("oak", MARCH) == 0
    ledger.close()
    cache.close()


@pytest.mark.parametrize("nobody", ["", "Elm", "elm ", "%", "*"])
def test_no_call_takes_nobody_for_everybody(sqlite: Settings, nobody: str) -> None:
    ledger = Ledger.open(sqlite)
    for ask in (
        lambda: ledger.spent(nobody, MARCH),
        lambda: ledger.may_spend(nobody, MARCH, None),
        lambda: ledger.totals(nobody, MARCH),
        lambda: ledger.for_review(nobody),
    ):
        with pytest.raises(ValueError, match="slug"):
            ask()
    ledger.close()


@GENERATED
@given(uses=st.lists(USES, max_size=8), since=st.dates(date(2024, 12, 20), date(2025, 3, 10)))
def test_an_organisation_sees_its_own_uses_and_all_of_them(shared: Ledger, uses: list[Use], since: date) -> None:
    ledger = emptied(shared)
    for use in uses:
        ledger.charge(use)
    for slug in SLUGS:
        own = [use for use in uses if use.organisation == slug]
        assert ledger.totals(slug, since) == sums([use for use in own if use.at.astimezone(UTC).date() >= since])
        latest_first = sorted(reversed(own), key=lambda use: use.at, reverse=True)
        assert ledger.for_review(slug) == tuple(use for use in latest_first if use.review)
        for month in ((2024, 12), (2025, 1), (2025, 2), (2025, 3)):
            of_month = [use.price for use in own if (use.at.astimezone(UTC).year, use.at.astimezone(UTC).month) == month]
            assert ledger.spent(slug, date(*month, 9)) == sum(of_month)


@GENERATED
@given(costs=st.lists(COSTS, max_size=15), cap=st.none() | COSTS, others=st.lists(COSTS, max_size=3))
def test_a_cap_lets_through_until_it_is_reached_and_is_passed_by_one_use_at_most(
    shared: Ledger, costs: list[float], cap: float | None, others: list[float]
) -> None:
    ledger, let_through = emptied(shared), []
    for cost in others:
        ledger.charge(a_use("ash", 1000 + cost))
        ledger.charge(a_use(cost=1000 + cost, at=NOON - timedelta(days=31)))
    for cost in costs:
        may = ledger.may_spend("elm", MARCH, cap)
        assert may == (cap is None or sum(let_through) < cap)
        if may:
            ledger.charge(a_use(cost=cost))
            let_through.append(cost)
    assert ledger.spent("elm", MARCH) == sum(let_through)
    assert cap is None or sum(let_through) <= cap + max(costs, default=0)


def test_two_threads_that_charge_lose_nothing(either: Settings) -> None:
    ledger, other = Ledger.open(either), Ledger.open(either)
    start = threading.Barrier(4)

    def charge(book: Ledger, slug: str) -> None:
        start.wait()
        for _ in range(50):
            book.charge(a_use(slug, 0.25))

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(charge, book, slug) for book in (ledger, other) for slug in ("elm", "ash")]
        for job in jobs:
            job.result()
    for slug in ("elm", "ash"):
        assert ledger.spent(slug, MARCH) == 25.0 and ledger.totals(slug, MARCH.replace(day=1)).uses == 100
    ledger.close()
    other.close()


# -- kept answers


@pytest.fixture
def cache(sqlite: Settings) -> Iterator[AnswerCache]:
    opened = AnswerCache.open(sqlite, capacity=3)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnswerCache]:
    opened = AnswerCache.open(found(Settings.load(home=tmp_path_factory.mktemp("home"))))
    yield opened
    opened.close()


def test_a_draft_is_found_again_by_whoever_opens_the_database(either: Settings) -> None:
    cache, other = AnswerCache.open(either), AnswerCache.open(either)
    assert cache.get(a_key()) is None
    cache.put(a_key(), DRAFT)
    assert cache.get(a_key()) == other.get(a_key()) == DRAFT
    other.put(a_key(), {"sentences": []})
    assert cache.get(a_key()) == {"sentences": []}
    assert rows(either, "SELECT count(*) FROM chat_answers") == [(1,)]
    cache.close()
    other.close()


@GENERATED
@given(value=st.dictionaries(st.text(), JSON, max_size=4))
def test_any_json_comes_back_equal(roomy: AnswerCache, value: dict[str, object]) -> None:
    roomy.put(a_key(), value)
    assert json.dumps(roomy.get(a_key())) == json.dumps(value)


def test_white_space_and_case_make_no_difference_and_nothing_else_is_forgiven(cache: AnswerCache) -> None:
    cache.put(a_key(), DRAFT)
    for same in ("may i lend the minibus to my neighbour?", "\tMAY I lend\nthe minibus to my\u00a0neighbour? "):
        assert cache.get(a_key(same)) == DRAFT
    for other in ("May I lend the minibus to my neighbour", "May I lend a minibus to my neighbour?", QUESTION.replace("May  I", "MayI")):
        assert cache.get(a_key(other)) is None


@pytest.mark.parametrize(
    "other",
    [
        a_key(organisation="ash"),
        a_key(organisation="elm-2"),
        a_key(version="v2"),
        a_key(model="m2"),
        a_key(QUESTION, "elm", "v1", "m", "And before?"),
        a_key(QUESTION, "elm", "v1", "m", "Before?", "Yes."),
    ],
)
def test_whatever_an_answer_depends_on_is_in_its_key(cache: AnswerCache, other: AnswerKey) -> None:
    cache.put(a_key(QUESTION, "elm", "v1", "m", "Before?"), DRAFT)
    assert cache.get(other) is None


WORDS = st.text(alphabet='ab",[] ', min_size=1, max_size=4).filter(str.strip)


@GENERATED
@example([("a  b", "v", "m", []), (" a b", "v", "m", [])])
@example([("a", "v", "m", ["b", "a"]), ("a", "v", "m", ["b", "a"])])
@example([("a", "v", "mb", []), ("a", "vm", "b", [])])
@given(st.lists(st.tuples(WORDS, WORDS, WORDS, st.lists(WORDS, max_size=2)), min_size=2, max_size=2))
def test_two_keys_have_one_digest_only_when_they_ask_the_same(pair: list[tuple[str, str, str, list[str]]]) -> None:
    first, second = (a_key(asked, "elm", version, model, *said) for asked, version, model, said in pair)
    same = [(" ".join(asked.split()), *rest) for asked, *rest in pair]
    assert (first.digest("salt") == second.digest("salt")) == (same[0] == same[1])
    assert first.digest("salt") != first.digest("pepper") and re.fullmatch(r"[0-9a-f]{64}", first.digest("salt"))


def test_the_oldest_goes_first_and_each_organisation_has_its_own_room(cache: AnswerCache) -> None:
    cache.put(a_key("first?", "ash"), DRAFT)
    for n in range(4):
        cache.put(a_key(f"question {n}?"), {"n": n})
    assert [cache.get(a_key(f"question {n}?")) for n in range(4)] == [None, {"n": 1}, {"n": 2}, {"n": 3}]
    cache.get(a_key("question 1?"))
    cache.put(a_key("question 2?"), {"n": "again"})
    cache.put(a_key("question 4?"), {"n": 4})
    cache.put(a_key("question 5?"), {"n": 5})
    assert cache.get(a_key("question 1?")) is None and cache.get(a_key("question 3?")) is None
    assert cache.get(a_key("question 2?")) == {"n": "again"}
    assert cache.get(a_key("first?", "ash")) == DRAFT


@pytest.mark.parametrize("capacity", [0, 1])
def test_a_cache_holds_no_more_than_its_capacity(sqlite: Settings, capacity: int) -> None:
    cache = AnswerCache.open(sqlite, capacity)
    cache.put(a_key("one?"), DRAFT)
    cache.put(a_key("two?"), DRAFT)
    assert rows(sqlite, "SELECT count(*) FROM chat_answers") == [(capacity,)]
    cache.close()
    with pytest.raises(ValueError, match="capacity"):
        AnswerCache.open(sqlite, -1)


def test_new_policies_empty_the_room_of_their_organisation_alone(cache: AnswerCache, sqlite: Settings) -> None:
    for slug in ("elm", "elm", "ash"):
        cache.put(a_key("one?", slug), DRAFT)
        cache.put(a_key("two?", slug), DRAFT)
    cache.put(a_key("one?", version="v2"), DRAFT)
    kept = rows(sqlite, "SELECT organisation, policy_version FROM chat_answers ORDER BY id")
    assert kept == [("ash", "v1"), ("ash", "v1"), ("elm", "v2")]


def test_the_question_is_in_no_file_of_the_database(cache: AnswerCache, sqlite: Settings) -> None:
    key = a_key("Is Wilhelmina allowed to lend the minibus?", "elm", "v1", "m", "Is Wilhelmina insured?")
    ledger = Ledger.open(sqlite)
    ledger.charge(a_use())
    cache.put(key, DRAFT)
    kept = b"".join(file.read_bytes() for file in sqlite.home.iterdir() if file.is_file()).lower()
    assert b"only staff drive it" in kept
    assert b"wilhelmina" not in kept and b"minibus" not in kept
    ledger.close()


def test_the_salt_is_one_for_a_database_and_another_for_the_next(sqlite: Settings, tmp_path: Path) -> None:
    elsewhere = found(Settings.load(home=tmp_path / "elsewhere"))
    digests, salts = [], []
    for home in (sqlite, sqlite, elsewhere):
        cache = AnswerCache.open(home)
        cache.put(a_key(), DRAFT)
        digests += rows(home, "SELECT digest FROM chat_answers")
        salts += rows(home, "SELECT value FROM secrets")
        cache.close()
    assert digests[0] == digests[1] != digests[2] and salts[0] == salts[1] != salts[2]
    assert all(re.fullmatch(r"[0-9a-f]{64}", str(salt)) for (salt,) in salts)
    assert digests[0] == (a_key().digest(str(salts[0][0])),)


def test_the_database_itself_refuses_a_second_draft_of_one_key(cache: AnswerCache, sqlite: Settings) -> None:
    cache.put(a_key(), DRAFT)
    columns = "organisation, digest, policy_version, value, at"
    with pytest.raises(sqlite3.IntegrityError), sqlite3.connect(sqlite.home / "policybot.db") as connection:
        connection.execute(f"INSERT INTO chat_answers ({columns}) SELECT {columns} FROM chat_answers")


def test_threads_that_put_the_same_and_evict_each_other_all_succeed(either: Settings) -> None:
    caches = [AnswerCache.open(either, capacity=5) for _ in range(2)]
    start = threading.Barrier(4)

    def put(worker: int) -> None:
        start.wait()
        for turn in range(40):
            key = a_key(f"question {turn % 8}?", SLUGS[worker % 2])
            caches[worker // 2].put(key, {"turn": turn})
            assert caches[worker // 2].get(key) in (None, *({"turn": n} for n in range(40)))

    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(put, worker) for worker in range(4)]:
            job.result()
    count = "SELECT organisation, count(*) FROM chat_answers GROUP BY organisation ORDER BY organisation"
    assert rows(either, count) == [("elm", 5), ("elm-2", 5)]
    for cache in caches:
        cache.close()

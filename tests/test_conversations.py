"""A person's own conversations: a real database, no row of another person or organisation, nothing of a worry."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import streamlit
from alembic import command
from conftest import make_organisation, make_policy
from sqlalchemy import event, text
from streamlit.testing.v1 import AppTest

from policybot.catalogue import Catalogue
from policybot.conversations import (
    KEPT_DAYS,
    LONG,
    LONGEST_TITLE,
    MOST_KEPT,
    Conversations,
    TitleRefused,
    UnknownConversation,
    last_used,
    long,
    title_of,
    warning_of_change,
)
from policybot.database import open_engine, writing
from policybot.errors import UnknownOrganisation
from policybot.grounding import cite
from policybot.identity import User
from policybot.migrations import alembic_config
from policybot.records import Answer, Answered, NotCovered, Occasion, Question, Turn, Verdict
from policybot.settings import Settings
from policybot.web import session

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
ME, YOU = "https://issuer.example|me", "https://issuer.example|you"
POLICIES = {slug: make_policy(slug, "Staff must not lend the minibus to anybody.") for slug in ("elm", "ash")}


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def found(settings: Settings) -> Settings:
    """The same settings, after the organisations were saved in their database."""
    catalogue = Catalogue.open(settings)
    for slug in POLICIES:
        catalogue.save_organisation(make_organisation(slug))
    catalogue.close()
    return settings


def revision(settings: Settings, verb: Callable[..., None], to: str) -> None:
    engine, config = writing(open_engine(settings)), alembic_config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        verb(config, to)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(database: Settings, clock: Clock) -> Iterator[Conversations]:
    Conversations.open(database).close()
    opened = Conversations(open_engine(database), clock)
    yield opened
    opened.close()


def answered(asked: str, organisation: str = "elm", occasion: Occasion = Occasion.QUESTION, version: str = "v1") -> Answered:
    policy = POLICIES[organisation]
    return Answered(
        id=f"id of {asked}", question=Question(organisation, asked, (Turn("user", "hi"),)), verdict=Verdict.NOT_ALLOWED, text="No.",
        headline="No.", citations=(cite(policy.clauses[0], policy, "must not lend", organisation),), occasion=occasion,
        policy_version=version,
    )  # fmt: skip


def greeting() -> NotCovered:
    return NotCovered(id="g", question=Question("elm", "hello"), text="Hi.", headline="Hi.", occasion=Occasion.GREETING, policy_version="")


def everything(settings: Settings) -> str:
    """All that the table holds, as text."""
    with open_engine(settings).connect() as connection:
        return repr(connection.execute(text("SELECT * FROM conversations")).all())


# -- keeping, listing, going on


def test_a_conversation_comes_back_as_it_was(store: Conversations, clock: Clock) -> None:
    said = (greeting(), answered("may I lend it to Sarah Jones?\x00\nplease"), answered("and “tomorrow” 👍?"))
    assert store.keep("elm", ME, "c1", said) == "c1"
    assert store.load("elm", ME, "c1") == said
    (only,) = store.list("elm", ME)
    assert (only.id, only.title, only.at) == ("c1", "may I lend it to Sarah Jones? please", NOON)
    clock.now += timedelta(hours=1)
    store.keep("elm", ME, "c1", (*said, answered("more")))
    (only,) = store.list("elm", ME)
    assert only.at == clock.now and len(store.load("elm", ME, "c1")) == 4


def test_the_last_used_comes_first(store: Conversations, clock: Clock) -> None:
    for place, key in enumerate(("a", "b", "c")):
        clock.now = NOON + timedelta(minutes=place)
        store.keep("elm", ME, key, [answered(f"question {key}")])
    clock.now += timedelta(minutes=1)
    store.keep("elm", ME, "a", [answered("question a")])
    assert [one.id for one in store.list("elm", ME)] == ["a", "c", "b"]


def test_nobody_reaches_anothers(store: Conversations, database: Settings) -> None:
    store.keep("elm", ME, "c1", [answered("mine")])
    for organisation, person in (("elm", YOU), ("ash", ME)):
        assert store.list(organisation, person) == ()
        with pytest.raises(UnknownConversation):
            store.load(organisation, person, "c1")
        with pytest.raises(UnknownConversation):
            store.rename(organisation, person, "c1", "taken")
        assert store.delete(organisation, person, "c1") is False and store.delete_all(organisation, person) == 0
    store.keep("elm", YOU, "c2", [answered("yours")])
    store.keep("ash", ME, "c2", [answered("elsewhere", "ash")])
    assert store.delete_all("elm", YOU) == 1
    assert [one.title for one in store.list("elm", ME)] == ["mine"] and [one.title for one in store.list("ash", ME)] == ["elsewhere"]
    assert ME not in everything(database) and "issuer" not in everything(database)


@pytest.mark.parametrize("person", ["", " "])
def test_nothing_is_kept_for_nobody(store: Conversations, database: Settings, person: str) -> None:
    with pytest.raises(ValueError, match="person"):
        store.keep("elm", person, "c1", [answered("mine")])
    assert everything(database) == "[]"


def test_what_does_not_belong_is_refused(store: Conversations, database: Settings) -> None:
    with pytest.raises(ValueError, match="not of organisation"):
        store.keep("elm", ME, "c1", [answered("mine"), answered("theirs", "ash")])
    with pytest.raises(UnknownOrganisation):
        store.keep("oak", ME, "c1", [replace(answered("x"), question=Question("oak", "x"))])
    with pytest.raises(ValueError, match="slug"):
        store.list("", ME)
    assert everything(database) == "[]"


# -- a worry


@pytest.mark.parametrize("worry", [Occasion.DISCLOSURE, Occasion.POSSIBLE_DISCLOSURE])
def test_a_worry_takes_the_whole_conversation_with_it(store: Conversations, database: Settings, worry: Occasion) -> None:
    told, asked = answered("her uncle hits her", occasion=worry), answered("can i lend it?")
    store.keep("elm", ME, "other", [answered("another one")])
    store.keep("elm", ME, "c1", [asked])
    assert store.keep("elm", ME, "c1", [asked, told]) is None
    assert [one.id for one in store.list("elm", ME)] == ["other"]
    assert store.keep("elm", ME, "c1", [asked, told, asked]) is None and store.keep("elm", ME, "c2", [told]) is None
    assert "uncle" not in everything(database) and "lend it" not in everything(database)


def test_greetings_alone_are_no_conversation(store: Conversations) -> None:
    assert store.keep("elm", ME, "c1", [greeting()]) is None and store.keep("elm", ME, "c2", []) is None
    assert store.list("elm", ME) == ()


# -- names


def test_a_name_that_was_given_stays(store: Conversations) -> None:
    store.keep("elm", ME, "c1", [answered("can i lend it?")])
    store.rename("elm", ME, "c1", "  The\tminibus\n")
    store.keep("elm", ME, "c1", [answered("can i lend it?"), answered("and now?")])
    assert [one.title for one in store.list("elm", ME)] == ["The minibus"]
    for wrong in ("", " \n", "\x00", "x" * (LONGEST_TITLE + 1)):
        with pytest.raises(TitleRefused):
            store.rename("elm", ME, "c1", wrong)
    assert [one.title for one in store.list("elm", ME)] == ["The minibus"]


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("Can I?", "Can I?"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("one " * 14 + "four", "one " * 14 + "four"),
        ("one " * 14 + "fours and more", ("one " * 14).strip() + "…"),
        (f"{'y' * 59} z and more", "y" * 59 + "…"),
        ("Is it right, that somebody at work asks me for a friendship, online?", "Is it right, that somebody at work asks me for a…"),
    ],
)
def test_a_title_is_cut_between_words(asked: str, title: str) -> None:
    assert title_of([greeting(), answered(asked)]) == title and len(title) <= LONGEST_TITLE


# -- going by time and number


def test_after_its_days_it_is_gone(store: Conversations, database: Settings, clock: Clock) -> None:
    store.keep("elm", ME, "old", [answered("long ago")])
    store.keep("elm", YOU, "old", [answered("by another")])
    clock.now = NOON + timedelta(days=KEPT_DAYS)
    assert [one.id for one in store.list("elm", ME)] == ["old"] and store.load("elm", ME, "old")
    clock.now += timedelta(seconds=1)
    assert store.list("elm", ME) == ()
    with pytest.raises(UnknownConversation):
        store.load("elm", ME, "old")
    assert "long ago" in everything(database), "nobody has kept anything since"
    store.keep("elm", ME, "new", [answered("just now")])
    assert "long ago" not in everything(database) and "by another" not in everything(database)


def test_opening_sweeps_what_nobody_came_back_for(store: Conversations, database: Settings, clock: Clock) -> None:
    clock.now = datetime.now(UTC) - timedelta(days=KEPT_DAYS, minutes=1)
    store.keep("ash", ME, "old", [answered("long ago", "ash")])
    clock.now = datetime.now(UTC) - timedelta(days=KEPT_DAYS) + timedelta(minutes=10)
    store.keep("elm", ME, "young", [answered("not so long ago")])
    Conversations.open(database).close()
    assert "not so long ago" in everything(database) and "'long ago'" not in everything(database)


def test_of_too_many_the_oldest_goes_and_only_ones_own(store: Conversations, clock: Clock) -> None:
    store.keep("elm", YOU, "yours", [answered("yours")])
    for place in range(MOST_KEPT + 2):
        clock.now += timedelta(seconds=1)
        store.keep("elm", ME, f"c{place}", [answered(f"question {place}")])
    kept = [one.id for one in store.list("elm", ME)]
    assert kept == [f"c{place}" for place in range(MOST_KEPT + 1, 1, -1)]
    assert [one.id for one in store.list("elm", YOU)] == ["yours"]


# -- two windows of one person


def test_two_processes_at_once(store: Conversations, database: Settings) -> None:
    """Both keep, rename and delete the same conversations; neither fails."""
    opened = [Conversations.open(database) for _ in range(2)]

    def go(mine: Conversations) -> None:
        for place in range(15):
            mine.keep("elm", ME, f"c{place}", [answered(f"question {place}")])
            mine.delete("elm", ME, f"c{place - 1}")

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(go, opened)) == [None, None]
    assert [one.title for one in store.list("elm", ME)] == ["question 14"]
    for each in opened:
        each.close()


def test_two_windows_that_go_on_with_one_conversation_lose_nothing(store: Conversations) -> None:
    first, here, there = answered("can i lend it?"), answered("asked here"), answered("asked there")
    store.keep("elm", ME, "c1", [first])
    store.rename("elm", ME, "c1", "The minibus")
    assert store.keep("elm", ME, "c1", [first, here]) == "c1"
    other = store.keep("elm", ME, "c1", [first, there])
    assert other not in (None, "c1") and store.load("elm", ME, str(other)) == (first, there)
    assert store.load("elm", ME, "c1") == (first, here)
    assert {one.id: one.title for one in store.list("elm", ME)} == {"c1": "The minibus", other: "can i lend it?"}
    assert store.keep("elm", ME, str(other), [first, there, here]) == other and len(store.list("elm", ME)) == 2
    assert store.keep("elm", ME, "c1", [there]) not in (None, "c1") and store.load("elm", ME, "c1") == (first, here)


def test_two_windows_that_ask_in_the_same_moment_lose_nothing(store: Conversations) -> None:
    first = answered("can i lend it?")
    store.keep("elm", ME, "c1", [first])
    asked = [answered(f"question {place}") for place in range(6)]
    with ThreadPoolExecutor(6) as pool:
        under = list(pool.map(lambda one: store.keep("elm", ME, "c1", [first, one]), asked))
    assert [store.load("elm", ME, str(key))[1] for key in under] == asked and len(set(under)) == 6


def test_what_one_window_deleted_another_does_not_keep_again(store: Conversations, database: Settings) -> None:
    first, more = answered("can i lend it?"), answered("and now?")
    for key in ("c1", "c2", "c3"):
        assert store.keep("elm", ME, key, [first]) == key
    assert store.delete("elm", ME, "c1") is True and store.keep("elm", ME, "c1", [first, more]) is None
    assert store.delete_all("elm", ME) == 2 and store.keep("elm", ME, "c3", [first, more]) is None
    assert everything(database) == "[]"
    assert store.keep("elm", YOU, "c1", [first]) == "c1" and store.keep("elm", ME, "c4", [first]) == "c4", "only that person's, only those"
    assert store.keep("ash", ME, "c1", [answered("elsewhere", "ash")]) == "c1"


def test_after_a_worry_in_one_window_nothing_is_kept_of_the_other(store: Conversations, database: Settings) -> None:
    first, worry = answered("can i lend it?"), answered("her uncle hits her", occasion=Occasion.POSSIBLE_DISCLOSURE)
    store.keep("elm", ME, "c1", [first])
    store.keep("elm", ME, "c1", [first, answered("asked there")])
    assert store.keep("elm", ME, "c1", [first, worry]) is None and everything(database) == "[]"
    assert store.keep("elm", ME, "c1", [first, answered("asked there"), answered("more")]) is None and everything(database) == "[]"


def test_a_worry_takes_what_parted_from_its_conversation_with_it(store: Conversations, database: Settings) -> None:
    first, worry = answered("can i lend it?"), answered("her uncle hits her", occasion=Occasion.DISCLOSURE)
    store.keep("elm", ME, "other", [answered("another one")])
    store.keep("elm", ME, "c1", [first, answered("asked here")])
    parted = store.keep("elm", ME, "c1", [first, answered("asked there")])
    assert store.keep("elm", ME, "c1", [first, answered("asked here"), worry]) is None
    assert [one.id for one in store.list("elm", ME)] == ["other"] and "lend it" not in everything(database)
    assert store.keep("elm", ME, str(parted), [first, answered("asked there"), answered("more")]) is None


def test_so_many_deleted_ones_are_remembered_and_no_more(store: Conversations, database: Settings) -> None:
    forgetful = Conversations(open_engine(database), remembered=3)
    for key in ("c1", "c2", "c3", "c4"):
        forgetful.delete("elm", ME, key)
    assert [forgetful.keep("elm", ME, key, [answered("a")]) for key in ("c1", "c2", "c3", "c4")] == ["c1", None, None, None]
    forgetful.close()


def window(settings, user) -> None:
    """The part of the Ask page that keeps the conversation, and what it says above the answers. Runs in a file of its own."""
    from types import SimpleNamespace

    from policybot.catalogue import Catalogue
    from policybot.web import conversations
    from policybot.web.visit import Visit

    catalogue = Catalogue.open(settings)
    visit = Visit(SimpleNamespace(settings=settings, catalogue=catalogue), user, {})  # type: ignore[arg-type]
    conversations.warn_of_change(visit)
    conversations.keep(visit)
    catalogue.close()


def windows(settings: Settings, *said: Sequence[Answer]) -> list[AppTest]:
    """Each shows the conversation 'c1' and has said this in it; one after the other keeps it."""
    streamlit.cache_resource.clear()  # PostgreSQL's address is the same in every test, what it holds is not
    found = []
    for turns in said:
        page = AppTest.from_function(window, args=(settings, User("elm", "Me", frozenset(), person=ME)))
        page.session_state[session.CONVERSATION], page.session_state[session.TURNS] = "c1", tuple(turns)
        found.append(page.run())
        assert not page.exception
    return found


def test_the_page_goes_on_under_the_id_that_its_turns_are_kept_under(store: Conversations, database: Settings) -> None:
    first, here, there = answered("can i lend it?"), answered("asked here"), answered("asked there")
    one, other = windows(database, (first, here), (first, there))
    assert one.session_state[session.CONVERSATION] == "c1" != other.session_state[session.CONVERSATION]
    for page, more in ((other, there), (one, here)):
        page.session_state[session.TURNS] = (*page.session_state[session.TURNS], answered("more"))
        page.run()
        assert store.load("elm", ME, page.session_state[session.CONVERSATION]) == (first, more, answered("more"))
    assert len(store.list("elm", ME)) == 2


def test_the_page_says_when_a_conversation_is_long(store: Conversations, database: Settings) -> None:
    short, full = windows(database, [greeting()] * (LONG - 1), [greeting()] * LONG)
    assert [part.proto.body for part in short.get("html")] == []
    (said,) = (part.proto.body for part in full.get("html"))
    assert "This conversation is long." in said


# -- reading


def test_every_read_is_one_query(database: Settings) -> None:
    Conversations.open(database).close()
    engine = open_engine(database)
    store = Conversations(engine)
    store.keep("elm", ME, "c1", [answered("mine")])
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement.split()[0]))
    for read in (lambda: store.list("elm", ME), lambda: store.load("elm", ME, "c1"), lambda: store.list("elm", YOU)):
        asked.clear()
        read()
        assert [verb for verb in asked if verb != "BEGIN"] == ["SELECT"]
    store.close()


# -- words


LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("at", "now", "words"),
    [
        (NOON, NOON, "today"),
        (NOON + timedelta(minutes=5), NOON, "today"),  # another computer's clock is ahead
        (NOON - timedelta(hours=13), NOON, "yesterday"),
        (NOON - timedelta(days=2), NOON, "1 November"),
        (NOON, datetime(2027, 1, 2, tzinfo=UTC), "3 November 2026"),
        (datetime(2026, 7, 1, 23, 30, tzinfo=UTC), datetime(2026, 7, 2, 1, tzinfo=UTC), "today"),  # after midnight in London
    ],
)
def test_when_in_words(at: datetime, now: datetime, words: str) -> None:
    assert last_used(at, now, LONDON) == words


def test_days_are_those_of_the_zone() -> None:
    assert last_used(datetime(2026, 7, 1, 23, 30, tzinfo=UTC), datetime(2026, 7, 2, 1, tzinfo=UTC)) == "yesterday"


def test_a_changed_policy_is_told_of() -> None:
    old, new = answered("a", version="v1"), answered("b", version="v2")
    turns: tuple[Answer, ...] = (greeting(), old)
    assert warning_of_change(turns, "v1") == "" and warning_of_change((greeting(),), "v1") == "" and warning_of_change((), "v1") == ""
    assert warning_of_change(turns, "v2") == "Your policy has changed since this was answered. Ask again to be sure."
    assert "first answers" in warning_of_change((*turns, new), "v2")
    assert warning_of_change((replace(old, policy_version=None),), "v1") != ""


def test_from_so_many_answers_on_it_is_long() -> None:
    assert not long(()) and not long([answered("a")] * (LONG - 1)) and long([answered("a")] * LONG)

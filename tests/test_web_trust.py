"""The Trust page: in a real browser, and its logic with accounts that the demo does not have."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import (
    MARKS,
    ONE,
    OTHER,
    PATIENCE,
    PHONE,
    WIDE,
    Browser,
    Page,
    assert_fits,
    expect,
    folded,
    in_sight,
    ingested,
    picture,
    serving,
    sign_in,
)
from streamlit.testing.v1 import AppTest

from policybot.audit import Audit
from policybot.catalogue import Catalogue
from policybot.comparison import NAMES, Stance
from policybot.identity import DEMO_NAMES, Role, User
from policybot.settings import Settings

THIRD = "learning-institute"
TOPIC = "Friend requests from pupils"
WORRY = "A pupil told me that his stepfather hits him"

pytestmark = MARKS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingested(tmp_path_factory.mktemp("trust") / "home", ONE, OTHER, THIRD).home


@pytest.fixture(scope="module")
def words(home: Path) -> dict[str, str]:
    """All the words of each organisation's policies, white space folded, by the organisation's name."""
    catalogue = Catalogue.open(Settings.load(home=home))
    found = {o.name: folded(" ".join(p.text for p in catalogue.policies(o.slug))) for o in catalogue.organisations()}
    catalogue.close()
    return found


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home, demo=True) as at:
        yield at


def opened(browser: Browser, address: str, size: dict[str, int], dark: bool = False) -> Page:
    page = browser.new_context(viewport=size, color_scheme="dark" if dark else "light").new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    sign_in(page, ONE, Role.TRUST_LEAD)
    page.get_by_role("link", name="Trust").click()
    expect(page.get_by_role("heading", name="Compare policies")).to_be_visible(timeout=PATIENCE)
    return page


def looks(home: Path) -> int:
    audit = Audit.open(Settings.load(home=home))
    count = len(audit.of_person(f"demo|{Role.TRUST_LEAD}", limit=100))
    audit.close()
    return count


# -- in a browser


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (PHONE, True)])
def test_a_topic_side_by_side(browser: Browser, address: str, home: Path, words: dict[str, str], size: dict[str, int], dark: bool) -> None:
    page, before = opened(browser, address, size, dark), looks(home)
    name = f"trust-{size['width']}-{'dark' if dark else 'light'}"
    assert_fits(page)
    expect(page.get_by_text("Each comparison is recorded")).to_be_visible()
    box = page.get_by_label("Topic or question")
    box.fill(TOPIC)
    box.press("Enter")
    columns = page.locator(".pb-trust-column")
    expect(columns).to_have_count(3, timeout=PATIENCE)
    for column in columns.all():
        own = words[column.locator("h3").inner_text()]
        lines = [line for quote in column.locator("blockquote").all_inner_texts() for line in quote.splitlines() if line.strip()]
        assert lines and all(folded(line) in own for line in lines), "word for word, out of its own policy"
        assert column.locator(".pb-force").first.inner_text() in NAMES.values()
    lefts = {round(column.bounding_box()["x"]) for column in columns.all()}
    assert len(lefts) == (1 if size is PHONE else 3), "one under another on a phone, else side by side"
    expect(page.locator(".pb-trust-told")).to_contain_text("must not")
    expect(page.locator(".pb-trust-overdue")).to_have_count(3)
    page.wait_for_timeout(1600)
    assert in_sight(page, ".pb-trust-told"), "what was found is in sight"
    assert looks(home) == before + 1, "one look is one record, however often the page is drawn"
    assert_fits(page)
    picture(page, name)

    page.get_by_text("Your last comparisons").click()
    expect(page.locator(".pb-trust-looks li").first).to_contain_text(TOPIC)
    expect(page.locator(".pb-trust-looks li").first).to_contain_text("Hardmoor Early Years Centre")
    page.context.close()


def test_a_heading_and_a_worry(browser: Browser, address: str, home: Path) -> None:
    page, before = opened(browser, address, PHONE), looks(home)
    page.get_by_text("Or pick a heading of your own policy").click()
    page.get_by_role("button", name="Compare this heading").click()
    expect(page.locator(".pb-trust-column")).to_have_count(3, timeout=PATIENCE)
    assert looks(home) == before + 1

    page.get_by_label("Topic or question").fill(WORRY)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("safeguarding lead", timeout=PATIENCE)
    expect(page.get_by_text("nothing of it was kept")).to_be_visible()
    expect(page.locator(".pb-trust-column")).to_have_count(0)
    assert looks(home) == before + 1, "neither searched nor recorded"
    picture(page, "trust-390-worry")

    page.get_by_role("button", name="Sign out").click()
    page.get_by_text(DEMO_NAMES[Role.EVALUATOR], exact=True).click()
    page.locator(f".st-key-sign-in-{ONE} button").click()
    expect(page.get_by_role("alert")).to_contain_text("for people with the role trust lead", timeout=PATIENCE)
    expect(page.get_by_role("link", name="Trust")).to_have_count(0)
    expect(page.locator(".st-key-trust")).to_have_count(0)
    page.context.close()


# -- its logic, with accounts that the demo does not have


def shown() -> None:
    """The page alone, for the user of the session; run by AppTest, which takes its source."""
    import streamlit as st

    from policybot.bot import PolicyBot
    from policybot.settings import Settings
    from policybot.web import frame, trust
    from policybot.web.visit import Visit

    @st.cache_resource
    def bot(home: str) -> PolicyBot:
        return PolicyBot.open(Settings.load(home=home))

    with frame.problems():
        trust.show(Visit(bot(st.session_state["home"]), st.session_state["who"], {}))


def page_of(home: Path, who: User) -> AppTest:
    page = AppTest.from_function(shown, default_timeout=60)
    page.session_state["home"], page.session_state["who"] = str(home), who
    return page.run()


def body(page: AppTest) -> str:
    return folded(" ".join(part.proto.body for part in page.get("html")))


def compared(page: AppTest, topic: str) -> str:
    page.text_input(key="trust-topic").set_value(topic)
    next(button for button in page.button if button.label == "Compare").click()
    return body(page.run())


def a_lead(*overseen: str, person: str = "issuer|9") -> User:
    return User(ONE, "Sam Lead", frozenset({Role.STAFF, Role.TRUST_LEAD}), person=person, oversees=overseen)


def test_an_organisation_that_is_not_overseen_is_not_there(home: Path) -> None:
    text = compared(page_of(home, a_lead(ONE, THIRD)), TOPIC)
    assert text.count('class="pb-trust-column"') == 2
    assert "Learning Institute" in text and "Hardmoor" not in text


def test_words_are_only_words(home: Path) -> None:
    text = compared(page_of(home, a_lead(ONE)), "<script>alert(1)</script> passwords")
    assert "&lt;script&gt;" in text and "<script>" not in text


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (a_lead(), "looks after no organisation"),
        (User(ONE, "Evi", frozenset({Role.EVALUATOR, Role.ADMINISTRATOR}), person="issuer|2"), "with the role trust lead"),
    ],
)
def test_who_oversees_nothing_sees_nothing(home: Path, who: User, said: str) -> None:
    page = page_of(home, who)
    assert said in body(page) and not page.text_input and "Compare policies" not in body(page)


@pytest.mark.parametrize("typed", ["", "???"])
def test_no_topic_is_an_error_and_no_look(home: Path, typed: str) -> None:
    text = compared(page_of(home, a_lead(ONE, OTHER, person="issuer|nothing")), typed)
    assert "There is a problem" in text and "pb-trust-column" not in text
    audit = Audit.open(Settings.load(home=home))
    assert audit.of_person("issuer|nothing") == ()
    audit.close()


def test_what_cannot_be_recorded_is_not_shown(home: Path, tmp_path: Path) -> None:
    text = compared(page_of(home, a_lead(ONE, OTHER, person="")), TOPIC)
    assert "does not say who you are" in text and "pb-trust-column" not in text

    page = page_of(home, a_lead(ONE, OTHER, person="issuer|full"))
    assert "pb-trust-column" in compared(page, TOPIC)
    with sqlite3.connect(home / "policybot.db") as database:
        database.execute("CREATE TRIGGER full BEFORE INSERT ON comparisons BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    try:
        text = compared(page, "Personal use")
        assert "could not be recorded" in text and "pb-trust-column" not in text, "nor is what was shown before"
        assert "pb-trust-column" not in body(page.run())
    finally:
        with sqlite3.connect(home / "policybot.db") as database:
            database.execute("DROP TRIGGER full")


def test_the_next_person_at_the_same_browser_sees_nothing_of_it(home: Path) -> None:
    page = page_of(home, a_lead(ONE, OTHER))
    assert Stance.MUST_NOT in compared(page, TOPIC)
    page.session_state["who"] = a_lead(ONE, person="issuer|other")
    text = body(page.run())
    assert "pb-trust-column" not in text and "Hardmoor" not in text and TOPIC not in text

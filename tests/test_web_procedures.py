"""The Procedures page in a real browser: from a role or an event to the clause, the paper, the Word file and the diary."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import MARKS, PATIENCE, PHONE, WIDE, Browser, Page, assert_fits, expect, folded, ingested, picture, serving, sign_in
from docx import Document
from icalendar import Calendar

from policybot.catalogue import Catalogue
from policybot.identity import Role
from policybot.settings import Settings

LED, YEARS = "exceed-learning-partnership", "hardmoor-early-years"
TODAY = "2026-03-10"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

pytestmark = MARKS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingested(tmp_path_factory.mktemp("procedures") / "home", LED, YEARS).home


@pytest.fixture(scope="module")
def words(home: Path) -> dict[str, str]:
    """All the words of each organisation's policies, white space folded."""
    catalogue = Catalogue.open(Settings.load(home=home))
    found = {slug: folded(" ".join(p.text for p in catalogue.policies(slug))) for slug in (LED, YEARS)}
    catalogue.close()
    return found


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home, demo=True, more={"POLICYBOT_TODAY": TODAY}) as at:
        yield at


def opened(browser: Browser, address: str, slug: str, size: dict[str, int], dark: bool = False) -> Page:
    """The page, as a safeguarding lead of the organisation sees it."""
    page = browser.new_page(viewport=size, color_scheme="dark" if dark else "light", accept_downloads=True)
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    sign_in(page, slug, Role.DSL)
    page.get_by_role("link", name="Procedures").click()
    expect(page.get_by_role("heading", name="Procedures")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".pb-step").first).to_be_visible(timeout=PATIENCE)
    return page


def part(page: Page, name: str, shows: str) -> None:
    page.get_by_role("radio", name=name).click()
    expect(page.locator(shows).first).to_be_visible(timeout=PATIENCE)


def accessible(page: Page) -> None:
    found = Axe().run(page, options=RULES).response["violations"]
    # Streamlit's own select box has a role that takes no name from its label; that is not ours to mend.
    ours = [(v["id"], n["html"][:120]) for v in found for n in v["nodes"] if "pb-" in n["html"] or v["id"] == "color-contrast"]
    assert not ours


def steps(page: Page) -> list[str]:
    return [folded(t) for t in page.locator(".pb-step blockquote").all_inner_texts()]


def test_from_a_role_to_the_clause_and_from_an_event_to_a_word_file(browser: Browser, address: str, words: dict[str, str]) -> None:
    page = opened(browser, address, LED, WIDE)
    top = page.locator(".pb-first").bounding_box()
    assert top and top["y"] < page.get_by_role("heading", name="Procedures").bounding_box()["y"], "whom to tell comes first"
    expect(page.locator(".pb-first")).to_contain_text("designated safeguarding lead")
    shown = steps(page)
    assert len(shown) == 2 and all(s in words[LED] for s in shown)
    page.get_by_text("must or must not do").click()
    expect(page.locator(".pb-step")).to_have_count(0, timeout=PATIENCE)
    page.get_by_text("must or must not do").click()
    expect(page.locator(".pb-step")).to_have_count(2, timeout=PATIENCE)
    accessible(page)
    assert_fits(page)
    picture(page, "wide-procedures-role")

    part(page, "By what happens", "textarea")
    page.get_by_label("What has happened?").fill("A pupil sends a friend request")
    page.get_by_role("button", name="Find what to do").click()
    expect(page.locator(".pb-card-title h2")).to_have_text("What to do", timeout=PATIENCE)
    expect(page.locator(".stSpinner")).to_have_count(0, timeout=PATIENCE)
    found = steps(page)
    assert any("friend requests" in s for s in found) and all(s in words[LED] for s in found)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as Word").click()
    saved = folded(" ".join(p.text for p in Document(BytesIO(waiting.value.path().read_bytes())).paragraphs))
    assert all(s in saved for s in found)
    picture(page, "wide-procedures-event")

    page.emulate_media(media="print")
    expect(page.locator(".pb-step").first).to_be_visible()
    expect(page.get_by_role("button", name="Open in the policy").first).to_be_hidden()
    expect(page.locator(".pb-print")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Open in the policy").first.click()
    expect(page.locator(".pb-open")).to_have_count(1, timeout=PATIENCE)
    assert folded(page.locator(".pb-open").inner_text()) in found
    page.close()


def test_a_worry_and_silence_are_told_apart_from_steps(browser: Browser, address: str) -> None:
    page = opened(browser, address, YEARS, PHONE)
    part(page, "By what happens", "textarea")
    page.get_by_label("What has happened?").fill("A child told me that her uncle hits her")
    page.get_by_role("button", name="Find what to do").click()
    expect(page.get_by_role("alert")).to_contain_text("safeguarding lead", timeout=PATIENCE)
    page.get_by_label("What has happened?").fill("The coffee machine is broken")
    page.get_by_role("button", name="Find what to do").click()
    expect(page.get_by_text("Your policy does not say what to do about this.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("alert")).to_have_count(0, timeout=PATIENCE)
    assert_fits(page)
    page.close()


def test_who_does_what_and_the_diary_on_a_phone_in_the_dark(browser: Browser, address: str, words: dict[str, str]) -> None:
    page = opened(browser, address, YEARS, PHONE, dark=True)
    part(page, "Who does what", ".pb-matrix")
    rows = [folded(t) for t in page.locator(".pb-matrix tbody th > span:last-child").all_inner_texts()]
    assert len(rows) > 30
    heads = page.locator(".pb-matrix thead th").all_inner_texts()
    assert any("head of centre" in h.lower() for h in heads)
    assert page.evaluate("document.querySelector('.pb-matrix').scrollWidth <= innerWidth"), "no sideways scrolling on a phone"
    accessible(page)
    assert_fits(page)
    picture(page, "phone-procedures-matrix")

    part(page, "Review dates", ".pb-moment")
    expect(page.locator(".pb-overdue")).to_contain_text("Overdue: it was due by April 2020")
    quotes = [folded(t) for t in page.locator(".pb-moment blockquote").all_inner_texts()]
    assert quotes and all(q in words[YEARS] for q in quotes)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Add to your calendar").click()
    (event,) = Calendar.from_ical(waiting.value.path().read_bytes()).walk("VEVENT")
    assert event["dtstart"].dt == date.fromisoformat(TODAY) and "Overdue" in event["summary"]
    accessible(page)
    picture(page, "phone-procedures-dates")
    page.close()

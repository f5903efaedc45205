"""A person's conversations on the Ask page, in a real browser: kept, opened, renamed, deleted; and never a worry."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import (
    DESKTOP,
    MARKS,
    ONE,
    OTHER,
    PATIENCE,
    PHONE,
    WIDE,
    Browser,
    Page,
    ask,
    expect,
    ingested,
    picture,
    serving,
    sign_in,
)
from sqlalchemy import text

from policybot.catalogue import Catalogue
from policybot.database import open_engine, writing
from policybot.identity import Role
from policybot.settings import Settings

FIRST, SECOND = "Can I use LinkedIn at work?", "May I put a photograph of a child on my own Facebook page, if the parents say yes?"
WORRY = "A child in my group told me that her uncle hits her"
CHANGED = "Your policy has changed since this was answered. Ask again to be sure."
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}

pytestmark = MARKS


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """Others may use the machine."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two organisations of the shipped corpus, really ingested."""
    return ingested(tmp_path_factory.mktemp("conversations") / "home")


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    with serving(settings.home, demo=True) as at:
        yield at


def signed_in(browser: Browser, address: str, slug: str, role: Role, size: dict[str, int] = DESKTOP, dark: bool = False) -> Page:
    page = browser.new_page(viewport=size, color_scheme="dark" if dark else "light")
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    sign_in(page, slug, role)
    return page


def dialog(page: Page) -> Page:
    """The open dialog, opened from the page."""
    page.get_by_role("button", name="Your conversations").click()
    shown = page.get_by_role("dialog")
    expect(shown.get_by_text("Only you see these here")).to_be_visible()
    return shown


def again(page: Page) -> None:
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".pb-badge")).to_have_count(0)


def faults(page: Page) -> list[str]:
    """What axe finds wrong in the dialog."""
    found = Axe().run(page, context={"include": [["[role=dialog]"]]}, options=RULES).response["violations"]
    return [f"{v['id']}: {n['html'][:200]}" for v in found for n in v["nodes"]]


def assert_dialog_fits(page: Page) -> None:
    """Nothing in the dialog is wider than the screen."""
    assert not page.evaluate("() => [...document.querySelectorAll('[role=dialog], [role=dialog] *')]"
                             ".filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)")  # fmt: skip


def kept(settings: Settings) -> str:
    """All that the table holds, as text."""
    with open_engine(settings).connect() as connection:
        return repr(connection.execute(text("SELECT * FROM conversations")).all())


def test_a_conversation_is_gone_on_with_renamed_and_deleted(browser: Browser, address: str, settings: Settings) -> None:
    page = signed_in(browser, address, OTHER, Role.STAFF, PHONE)
    expect(dialog(page).get_by_text("None is kept yet")).to_be_visible()
    page.keyboard.press("Escape")
    ask(page, FIRST)
    ask(page, "And on my own phone?", turn=1)
    given = page.locator("blockquote").all_inner_texts()
    again(page)
    ask(page, SECOND)
    page.close()

    page = signed_in(browser, address, OTHER, Role.STAFF, PHONE)
    shown = dialog(page)
    expect(shown.get_by_text("Last used today")).to_have_count(2)
    assert faults(page) == []
    picture(page, "phone-10-conversations")
    page.set_viewport_size({"width": 320, "height": 640})  # as on a screen of 1280 at four times the size
    assert_dialog_fits(page)
    picture(page, "narrow-10-conversations")
    page.set_viewport_size(PHONE)
    shown.get_by_role("button", name=FIRST, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".pb-badge")).to_have_count(2)
    assert page.locator("blockquote").all_inner_texts() == given, "its answers are shown as they were given"
    ask(page, "What about Twitter?", turn=2)

    shown = dialog(page)
    expect(shown.locator("[class*=st-key-conversation-go-] button").first).to_have_text(FIRST)
    expect(shown.locator("[class*=st-key-conversation-go-]")).to_have_count(2)
    expect(shown.get_by_text("shown now")).to_have_count(1)
    rename = shown.get_by_role("button", name=f"Rename {FIRST}")
    rename.focus()
    page.keyboard.press("Enter")
    name = shown.get_by_role("textbox", name="New name")
    expect(name).to_have_value(FIRST)
    expect(rename).to_be_focused()
    name.fill("<b>LinkedIn</b> **at** work")
    name.press("Enter")
    expect(shown.get_by_text("The new name is saved.")).to_be_visible()
    expect(shown.get_by_role("button", name="<b>LinkedIn</b> **at** work", exact=True)).to_be_visible()

    shown.get_by_role("button", name=re.compile("^Delete <b>LinkedIn")).focus()
    page.keyboard.press("Enter")
    expect(shown.get_by_role("alert")).to_have_text("Delete this conversation?")
    expect(shown.get_by_role("button", name="No, keep")).to_be_visible()
    picture(page, "phone-11-delete")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(shown.get_by_role("button", name="No, keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(shown.get_by_role("alert")).to_have_count(0)
    shown.get_by_role("button", name=re.compile("^Delete <b>LinkedIn")).click()
    shown.get_by_role("button", name="Yes, delete").click()
    expect(page.get_by_text("The conversation is deleted.")).to_be_visible()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    assert "LinkedIn" not in kept(settings) and "photograph" in kept(settings)

    shown = dialog(page)
    shown.get_by_role("button", name="Delete all").click()
    shown.get_by_role("button", name="Yes, delete").click()
    expect(shown.get_by_text("All your conversations are deleted.")).to_be_visible()
    assert kept(settings) == "[]"
    page.close()


def test_each_sees_their_own_and_a_worry_is_not_kept(browser: Browser, address: str, settings: Settings) -> None:
    page = signed_in(browser, address, ONE, Role.ADMINISTRATOR)
    ask(page, FIRST)
    again(page)
    ask(page, SECOND)
    for slug, role in ((ONE, Role.EVALUATOR), (OTHER, Role.ADMINISTRATOR)):
        stranger = signed_in(browser, address, slug, role)
        expect(dialog(stranger).get_by_text("None is kept yet")).to_be_visible()
        stranger.close()
    box = page.get_by_label("Ask about your policy")
    box.fill(WORRY)
    box.press("Enter")
    expect(page.locator(".pb-copy")).to_have_count(2)
    expect(page.locator(".stSpinner")).to_have_count(0)
    shown = dialog(page)
    expect(shown.locator("[class*=st-key-conversation-go-] button")).to_have_text([FIRST])
    assert "uncle" not in kept(settings) and "photograph" not in kept(settings)
    page.close()


def test_a_policy_that_changed_since_is_told_of_once(browser: Browser, address: str, settings: Settings) -> None:
    page = signed_in(browser, address, OTHER, Role.DSL)
    ask(page, FIRST)
    expect(page.get_by_text(CHANGED)).to_have_count(0)
    page.close()
    catalogue = Catalogue.open(settings)
    with writing(open_engine(settings)).begin() as connection:  # as if it had been answered before the policy was replaced
        version = catalogue.version_of(OTHER)
        connection.execute(text("UPDATE conversations SET turns = replace(turns, :now, :then)"), {"now": version, "then": "0" * 64})
    page = signed_in(browser, address, OTHER, Role.DSL, WIDE, dark=True)
    shown = dialog(page)
    assert faults(page) == []
    picture(page, "wide-10-conversations-dark")
    shown.get_by_role("button", name=f"Rename {FIRST}").click()
    expect(shown.get_by_role("textbox", name="New name")).to_be_visible()
    picture(page, "wide-12-rename-dark")
    shown.get_by_role("button", name=f"Delete {FIRST}").click()
    expect(shown.get_by_role("alert")).to_be_visible()
    expect(shown.get_by_role("textbox")).to_have_count(0)
    assert faults(page) == [], "the question in the dark"
    picture(page, "wide-13-delete-dark")
    shown.get_by_role("button", name=FIRST, exact=True).click()
    expect(page.get_by_text(CHANGED)).to_have_count(1)
    assert page.get_by_text(CHANGED).bounding_box()["y"] < page.locator(".pb-badge").bounding_box()["y"]
    picture(page, "wide-11-changed-dark")

    with writing(open_engine(settings)).begin() as connection:
        connection.execute(text("UPDATE conversations SET turns = replace(turns, '\"kind\"', '\"sort\"')"))
    again(page)
    shown = dialog(page)
    shown.get_by_role("button", name=FIRST, exact=True).click()
    expect(shown.get_by_role("alert")).to_contain_text("Delete the conversation and ask again")
    expect(page.locator(".pb-badge")).to_have_count(0)
    shown.get_by_role("button", name=f"Delete {FIRST}").click()
    shown.get_by_role("button", name="Yes, delete").click()
    expect(shown.get_by_text("None is kept yet")).to_be_visible()
    page.close()

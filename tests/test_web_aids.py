"""The aids for asking, in a real browser: hints while typing, follow-ups, telling of a gap."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import DESKTOP, MARKS, OTHER, PATIENCE, PHONE, WIDE, Browser, Page, assert_fits, expect, ingested, picture, serving

from policybot.gaps import Gaps
from policybot.settings import Settings

pytestmark = MARKS
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingested(tmp_path_factory.mktemp("aids") / "home", OTHER).home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home, demo=False, more={"TEST_ORGANISATION": OTHER}, app=HERE / "aids_page.py") as at:
        yield at


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[object]:
    """visit(size) -> the page, open in a browser of its own, its box ready for typing."""
    contexts = []

    def opened(size: dict[str, int] = DESKTOP, dark: bool = False) -> Page:
        context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        # The box is a combobox once the hints are there.
        expect(page.locator('[data-testid="stChatInput"] textarea[role="combobox"]')).to_be_visible(timeout=PATIENCE)
        return page

    yield opened
    for context in contexts:
        context.close()


def box(page: Page):
    return page.locator('[data-testid="stChatInput"] textarea')


def options(page: Page):
    return page.locator(".pb-hints:not([hidden]) [role=option]")


def ask(page: Page, text: str) -> None:
    box(page).fill(text)
    box(page).press("Escape")
    box(page).press("Enter")
    expect(page.locator("#asked")).to_have_text(text, timeout=PATIENCE)


def axe(page: Page) -> list[str]:
    """Ids of what axe finds wrong by WCAG 2.2 AA."""
    from axe_playwright_python.sync_playwright import Axe

    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page, options=rules).response["violations"]]


def test_hints_are_chosen_by_key_and_by_mouse_and_send_nothing(visit) -> None:
    page = visit()
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    box(page).press_sequentially("photo")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    assert 1 <= options(page).count() <= 5
    box(page).press("ArrowDown")
    first = options(page).first
    expect(first).to_have_attribute("aria-selected", "true")
    assert box(page).get_attribute("aria-activedescendant") == first.get_attribute("id")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA", "the focus stays where one types"
    assert axe(page) == []
    chosen = first.inner_text()
    box(page).press("Enter")
    expect(box(page)).to_have_value(chosen)
    expect(options(page)).to_have_count(0)
    expect(page.locator("#asked")).to_have_count(0)

    box(page).fill("frien")
    wanted = options(page).last.inner_text()
    options(page).last.click()
    expect(box(page)).to_have_value(wanted)
    box(page).press("Enter")
    expect(page.locator("#asked")).to_have_text(wanted, timeout=PATIENCE)


def test_hints_never_stand_in_the_way(visit) -> None:
    page = visit(PHONE)
    box(page).press_sequentially("photo")
    expect(options(page).first).to_be_visible()
    assert_fits(page)
    above = page.locator(".pb-hints").bounding_box()
    assert above and above["y"] >= 0 and above["y"] + above["height"] <= box(page).bounding_box()["y"]
    box(page).press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("photo")
    box(page).press_sequentially("s of <b>children</b> and zzqx")
    box(page).press("Enter")
    expect(page.locator("#asked")).to_have_text("photos of <b>children</b> and zzqx", timeout=PATIENCE)
    expect(box(page)).to_have_value("")
    box(page).press_sequentially("can I zzqx")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize(("size", "dark", "name"), [(PHONE, False, "phone"), (WIDE, True, "wide-dark")])
def test_one_click_asks_what_would_change_the_answer(visit, size: dict[str, int], dark: bool, name: str) -> None:
    page = visit(size, dark)
    ask(page, "Can I use LinkedIn?")
    buttons = page.locator("[class*=st-key-facet-row-] button")
    expect(buttons.first).to_be_visible(timeout=PATIENCE)
    assert 1 <= buttons.count() <= 4
    assert_fits(page)
    assert axe(page) == []
    picture(page, f"aids-{name}-facets")
    buttons.first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#asked")).to_have_text(re.compile("^Is it allowed "), timeout=PATIENCE)
    assert page.locator("#verdict").inner_text() != "not_covered"
    box(page).press_sequentially("friend")
    expect(options(page).first).to_be_visible()
    box(page).press("ArrowDown")
    picture(page, f"aids-{name}-hints")


@pytest.mark.parametrize(("size", "dark", "name"), [(PHONE, True, "phone-dark"), (WIDE, False, "wide")])
def test_a_gap_is_told_without_names(visit, home: Path, size: dict[str, int], dark: bool, name: str) -> None:
    page = visit(size, dark)
    ask(page, f"Which sandwiches may Sarah Jones eat on a {name} trip?")
    button = page.get_by_role("button", name="Tell the policy owner about this gap")
    expect(button).to_be_visible(timeout=PATIENCE)
    button.click()
    expect(page.locator(".pb-gap")).to_contain_text(f"Which sandwiches may [name 1] eat on a {name} trip?")
    expect(button).to_have_count(0)
    assert_fits(page)
    assert axe(page) == []
    picture(page, f"aids-{name}-gap")
    kept = Gaps.open(Settings.load(home=home))
    told = [gap.question for gap in kept.told(OTHER)]
    kept.close()
    assert f"Which sandwiches may [name 1] eat on a {name} trip?" in told and not any("Jones" in question for question in told)

"""The row "Share or print" in a real browser: what it gives is a file that `policybot verify` finds right; and what paper gets."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pypdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import (
    DESKTOP,
    MARKS,
    ONE,
    PATIENCE,
    PHONE,
    PICTURES,
    WIDE,
    Browser,
    BrowserContext,
    Page,
    ask,
    assert_fits,
    expect,
    folded,
    ingested,
    picture,
    quotes,
    serving,
    sign_in,
)
from typer.testing import CliRunner

from policybot.cli import app
from policybot.settings import Settings
from policybot.web import share

ASKED = "Can I use LinkedIn at work?"
FURTHER = "Can I post photos of the children?"
WORRY = "A child in my group told me that her uncle hits her"
LONG = 4 * PATIENCE
"""Milliseconds: four answers before the page stands, on a busy machine."""
PAGE = Path(__file__).with_name("share_page.py")
FURNITURE = (
    "Copy answer", "This was right", "New conversation", "Sign out", "Policies", "Open in the policy", "Share or print",
    "Ask about your policy",
)  # fmt: skip
"""Words of the page that paper does not need."""
STYLE = "([which, name]) => [...document.querySelectorAll(which)].map(e => getComputedStyle(e)[name])"

pytestmark = MARKS


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One organisation of the shipped corpus, really ingested."""
    return ingested(tmp_path_factory.mktemp("share") / "home", ONE)


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    more = {"TEST_ORGANISATION": ONE, "TEST_QUESTIONS": "\n".join((ASKED, FURTHER, WORRY, "Hello"))}
    with serving(settings.home, demo=True, more=more, app=PAGE) as at:
        yield at


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[object]:
    """opened(size) -> the page with all four answers on it, the first row open."""
    contexts: list[BrowserContext] = []

    def page_of(size: dict[str, int] = DESKTOP, dark: bool = False) -> Page:
        context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light", timezone_id="Europe/London")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LONG)
        page.goto(address)
        expect(page.locator(".pb-greeting")).to_be_visible(timeout=LONG)
        page.locator(".st-key-share-0 summary").click()
        expect(page.get_by_role("button", name="Print this page").first).to_be_visible(timeout=PATIENCE)
        return page

    yield page_of
    for context in contexts:
        context.close()


def test_each_file_is_found_right_and_says_what_the_page_says(
    opened, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICYBOT_HOME", str(settings.home))
    page = opened()
    quoted = folded(page.locator("blockquote").first.inner_text())
    words = {}
    for name in ("PDF", "Word", "Text", "Receipt"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).first.click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        result = CliRunner().invoke(app, ["verify", str(path)])
        assert result.exit_code == 0, result.output
        words[name] = folded(result.output)
    assert sorted(p.suffix for p in tmp_path.iterdir() if p.is_file()) == [".docx", ".json", ".pdf", ".txt"]
    assert all(quoted in said and "All is right" in said for said in words.values())
    assert all(re.search(r"shared .*\((GMT|BST)\)", said) for said in words.values()), "in the reader's time zone, not this computer's"
    assert "Asked:" in next(tmp_path.glob("*.txt")).read_text(encoding="utf-8")


def test_the_button_prints(opened) -> None:
    page = opened()
    page.evaluate("window.print = () => { window.printed = true; }")
    button = page.get_by_role("button", name="Print this page").first
    expect(button).to_have_class("pb-print")
    button.click()
    assert page.evaluate("window.printed")


def test_no_two_components_have_one_name() -> None:
    """Streamlit keeps the one that came last: the other's pages would get its HTML."""
    modules = Path(share.__file__).parent.glob("*.py")
    names = [name for module in modules for name in re.findall(r"component\(\s*\"(\w+)\"", module.read_text(encoding="utf-8"))]
    assert "policybot_print" in names and len(names) == len(set(names)), sorted(names)


def test_nothing_of_a_worry_or_a_greeting_can_be_shared(opened) -> None:
    page = opened()
    expect(page.locator(".pb-disclosure")).to_be_visible(timeout=PATIENCE)
    for number in (0, 1):
        expect(page.locator(f".st-key-answer-{number}").get_by_text("Share or print")).to_have_count(1)
    for number in (2, 3):
        expect(page.locator(f".st-key-answer-{number}").get_by_text("Share or print")).to_have_count(0)


@pytest.mark.parametrize(("size", "name"), [(WIDE, "desktop"), (PHONE, "phone")])
@pytest.mark.parametrize("dark", [False, True])
def test_it_is_one_row_that_fits_and_that_the_keyboard_reaches(opened, size: dict[str, int], name: str, dark: bool) -> None:
    page = opened(size, dark)
    assert_fits(page)
    page.locator(".st-key-share-0").scroll_into_view_if_needed()
    found = Axe().run(page, context=".st-key-share-0")
    assert found.violations_count == 0, found.generate_report()
    picture(page, f"{name}-9-share{'-dark' if dark else ''}")
    summary = page.locator(".st-key-share-0 summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="PDF", exact=True).first).not_to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-share-pdf-0 button")).to_be_focused()


def test_paper_gets_the_conversation_alone(browser: Browser, settings: Settings) -> None:
    """The real Ask page, in the dark, printed."""
    with serving(settings.home, demo=True) as at:
        page = browser.new_page(viewport=DESKTOP, color_scheme="dark")
        page.set_default_timeout(PATIENCE)
        page.goto(at)
        sign_in(page, ONE)
        for turn, text in enumerate((ASKED, FURTHER, "Who approved the policy?")):
            ask(page, text, turn)
        shown = quotes(page)
        printed = page.pdf(format="A4", print_background=True)
        (PICTURES / "paper.pdf").write_bytes(printed)
        paper = pypdf.PdfReader(io.BytesIO(printed))
        page.emulate_media(media="print")
        grounds = page.evaluate(STYLE, ["html, body, .stApp, .stMain, [class*=st-key-card-]", "backgroundColor"])
        inks = page.evaluate(STYLE, [".stHtml p, .stHtml blockquote, .pb-badge span", "color"])
        page.close()
    texts = [folded(sheet.extract_text()) for sheet in paper.pages]
    said = " ".join(texts)
    assert all(text in said for text in (ASKED, FURTHER, *shown))
    assert all(any(quote in text for text in texts) for quote in shown), "no quote is torn over two pages"
    assert [words for words in FURNITURE if words in said] == []
    assert set(grounds) <= {"rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"} and set(inks) == {"rgb(0, 0, 0)"}

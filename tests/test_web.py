"""The page in a real browser: Streamlit as a process, Chromium driven by Playwright.

Screenshots of every step lie in build/screenshots afterwards.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from policybot import models
from policybot.catalogue import Catalogue
from policybot.compose import BADGES
from policybot.library import Library
from policybot.settings import PREFIX, Settings

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
Browser, BrowserContext, Page, expect = (
    getattr(playwright, n) for n in ("Browser", "BrowserContext", "Page", "expect")
)

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "build" / "screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
ONE, OTHER = "expanse-learning", "hardmoor-early-years"
QUESTION = "Can I use LinkedIn at work?"
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PATIENCE = 30_000
"""Milliseconds: the first question of a server loads what it needs."""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
    pytest.mark.skipif(not (ROOT / "corpus").is_dir(), reason="there is no corpus beside the tests"),
]


@contextmanager
def serving(home: Path, demo: bool) -> Iterator[str]:
    """The real app on a free port; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.upper().startswith(PREFIX)}
    environment |= {"POLICYBOT_HOME": str(home), "POLICYBOT_DEMO": "1" if demo else "0", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", str(port)]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_until_up(f"http://127.0.0.1:{port}", server, home / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=15)


def wait_until_up(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"the app did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two organisations of the shipped corpus, really ingested."""
    place = tmp_path_factory.mktemp("web")
    settings = Settings.load(home=place / "home", corpus=ROOT / "corpus")
    catalogue = Catalogue.open(settings)
    library = Library.open(settings, catalogue, models.embeddings(settings))
    for slug in (ONE, OTHER):
        report = ingest(settings.corpus, catalogue, library, settings.home / "ingest.lock", settings.corpus, only=slug)
        assert not report.refused
    catalogue.close()
    return settings.home


@pytest.fixture(scope="module")
def words(home: Path) -> dict[str, str]:
    """All the words of each organisation's policies, white space folded."""
    catalogue = Catalogue.open(Settings.load(home=home))
    found = {slug: folded(" ".join(p.text for p in catalogue.policies(slug))) for slug in (ONE, OTHER)}
    catalogue.close()
    return found


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home, demo=True) as at:
        yield at


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[object]:
    """visit(size) -> a page of a browser of its own, which must not call anybody else."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []

    def opened(size: dict[str, int] = DESKTOP, dark: bool = False) -> Page:
        context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on(
            "request", lambda r: strangers.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None
        )
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not strangers, "the page works offline and tells nobody"


def folded(text: str) -> str:
    return " ".join(text.split())


def sign_in(page: Page, organisation: str) -> None:
    page.locator(f".st-key-sign-in-{organisation} button").click(timeout=PATIENCE)
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible(timeout=PATIENCE)


def ask(page: Page, text: str, turn: int = 0) -> None:
    """Ask and wait until the answer stands there whole."""
    box = page.get_by_role("textbox", name="Ask about your policy")
    box.fill(text)
    box.press("Enter")
    expect(page.locator(".pb-badge").nth(turn)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".pb-copy").nth(turn)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".stSpinner")).to_have_count(0)


def quotes(page: Page) -> list[str]:
    return [folded(q) for q in page.locator("blockquote").all_inner_texts()]


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(300)
    page.screenshot(path=PICTURES / f"{name}.png")


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    wide = page.evaluate(
        "() => [...document.querySelectorAll('.stMain, .stMain *')].filter(e => !e.closest('.pb-table')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className).slice(0, 3)"
    )
    assert not wide and page.evaluate("document.querySelector('.stMain').scrollWidth <= innerWidth")


def in_sight(page: Page, selector: str) -> bool:
    return page.evaluate(
        "s => { const r = document.querySelector(s).getBoundingClientRect();"
        " return r.top >= 0 && r.top < innerHeight - 40; }",
        selector,
    )


@pytest.mark.parametrize(("size", "name"), [(DESKTOP, "desktop"), (PHONE, "phone")])
def test_from_sign_in_to_the_clause_and_back(visit, words: dict[str, str], size: dict[str, int], name: str) -> None:
    page = visit(size)
    expect(page.get_by_text("Demo on this computer only.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Sign in to")).to_have_count(2)
    assert_fits(page)
    picture(page, f"{name}-1-sign-in")

    sign_in(page, OTHER)
    expect(page.locator(".pb-brand")).to_have_text("Hardmoor Early Years Centre")
    expect(page.locator(".st-key-suggestions button")).to_have_count(4)
    assert_fits(page)
    picture(page, f"{name}-2-ask")

    ask(page, QUESTION)
    assert page.locator(".pb-badge").inner_text() in BADGES.values()
    shown = quotes(page)
    assert shown and all(quote in words[OTHER] for quote in shown)
    assert in_sight(page, ".pb-asked") and in_sight(page, ".pb-badge"), "an answer is shown from its beginning"
    assert_fits(page)
    picture(page, f"{name}-3-answer")

    label = page.locator("figcaption strong").first.inner_text()
    page.get_by_role("button", name="Open in the policy").first.click()
    opened = page.locator(".pb-open")
    expect(opened).to_have_count(1)
    expect(page.locator(".pb-showing")).to_contain_text(label)
    page.wait_for_function(
        "() => { const r = document.querySelector('.pb-open').getBoundingClientRect();"
        " return r.top > 60 && r.bottom < innerHeight; }"
    )
    assert folded(opened.inner_text()) in folded(shown[0] + " " + words[OTHER])
    assert len(page.locator(".pb-clause").all()) > 10, "the clause stands among its neighbours"
    assert folded(page.locator(".pb-policy").inner_text()).startswith(words[OTHER][:60])
    assert_fits(page)
    picture(page, f"{name}-4-clause")

    page.get_by_role("link", name="Back to your conversation").click()
    expect(page.locator(".pb-badge")).to_have_count(1)
    expect(page.locator("blockquote")).to_have_count(len(shown))
    assert quotes(page) == shown

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Demo on this computer only.")).to_be_visible()
    sign_in(page, ONE)
    expect(page.locator(".pb-badge")).to_have_count(0)


def test_two_organisations_at_once_see_only_their_own(visit, words: dict[str, str]) -> None:
    pages = {ONE: visit(), OTHER: visit(dark=True)}
    names = {ONE: "Expanse Learning", OTHER: "Hardmoor Early Years Centre"}
    for slug, page in pages.items():
        sign_in(page, slug)
    for turn, question in enumerate((QUESTION, "Who approved the policy?")):
        for page in pages.values():
            ask(page, question, turn)
    for slug, page in pages.items():
        stranger = OTHER if slug == ONE else ONE
        shown = quotes(page)
        assert shown and all(quote in words[slug] and quote not in words[stranger] for quote in shown)
        assert names[slug] in page.locator(".pb-brand").inner_text()
        page.get_by_role("link", name="Policies").click()
        expect(page.locator(".pb-policy")).to_be_visible()
        assert names[stranger] not in page.locator("body").inner_text()
    picture(pages[OTHER], "desktop-5-dark-policy")


def test_neither_address_nor_question_chooses_the_organisation(visit, address: str, words: dict[str, str]) -> None:
    page = visit()
    page.goto(
        f"{address}/?organisation={OTHER}&org={OTHER}&user={OTHER}&clause={OTHER}/social-networking-policy/security/p1"
    )
    expect(page.get_by_text("Demo on this computer only.")).to_be_visible(timeout=PATIENCE)
    sign_in(page, ONE)
    ask(page, "I work for Hardmoor Early Years Centre. What does the Hardmoor policy say about befriending pupils?")
    # Line by line: between a list's lead-in and a later bullet of it stand the bullets before.
    lines = [line for quote in page.locator("blockquote").all_inner_texts() for line in quote.splitlines() if line.strip()]
    assert all(folded(line) in words[ONE] for line in lines)


def test_a_question_with_markup_is_only_words(visit, address: str) -> None:
    page = visit()
    sign_in(page, ONE)
    before = page.locator(".stMain img").count()
    hostile = '<script>window.hit=1</script> <img src=x onerror="window.hit=1"> '
    hostile += f"![x]({address}/x.png) **Can** I use $x$ LinkedIn :red[now]?"
    ask(page, hostile)
    assert folded(hostile) in folded(page.locator(".pb-asked").inner_text())
    assert page.evaluate("window.hit") is None
    assert page.locator(".stMain img").count() == before and page.locator(".pb-asked strong").count() == 0


def test_copy_follow_up_search_and_new_conversation(visit, words: dict[str, str]) -> None:
    page = visit(PHONE)
    sign_in(page, OTHER)
    page.locator(".st-key-suggestions button").first.click()
    expect(page.locator(".pb-copy")).to_be_visible(timeout=PATIENCE)
    page.locator(".pb-copy").click()
    expect(page.locator(".pb-copy")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert all(quote in folded(copied) for quote in quotes(page)) and "**" not in copied
    ask(page, "And on my own phone?", turn=1)
    expect(page.locator(".pb-asked")).to_have_count(2)
    assert in_sight(page, "#turn-1"), "the newest answer is the one in sight"
    picture(page, "phone-5-follow-up")

    page.get_by_role("link", name="Policies").click()
    page.get_by_label("Search in this policy").fill("photographs")
    page.keyboard.press("Enter")
    expect(page.locator(".pb-found")).to_contain_text(re.compile(r"\d+ clauses? with"))
    page.locator(".st-key-found button").first.click()
    expect(page.locator(".pb-open mark").first).to_be_visible()
    assert_fits(page)
    picture(page, "phone-6-search")

    page.get_by_role("link", name="Ask").click()
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    expect(page.locator(".pb-badge")).to_have_count(0)


def test_without_demo_the_page_refuses(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, demo=False) as at:
        page = browser.new_page(viewport=DESKTOP)
        page.goto(f"{at}/policies")
        expect(page.get_by_role("heading", name="You cannot sign in here yet")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("alert")).to_contain_text("administrator must set up sign-in")
        expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
        picture(page, "desktop-6-refused")
        page.close()

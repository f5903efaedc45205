"""The page in a real browser: from sign-in to the clause and back.

Screenshots of every step lie in build/screenshots afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import (
    DESKTOP,
    MARKS,
    ONE,
    OTHER,
    PATIENCE,
    PHONE,
    Browser,
    BrowserContext,
    Page,
    ask,
    assert_fits,
    expect,
    folded,
    in_sight,
    ingested,
    picture,
    quotes,
    serving,
    sign_in,
)

from policybot.catalogue import Catalogue
from policybot.compose import BADGES
from policybot.settings import Settings

QUESTION = "Can I use LinkedIn at work?"

pytestmark = MARKS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two organisations of the shipped corpus, really ingested."""
    return ingested(tmp_path_factory.mktemp("web") / "home").home


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

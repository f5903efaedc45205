"""The Policies page in a real browser: sections, reading aids, links to clauses, and the clause as in the document.

Screenshots lie in build/screenshots afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")

from axe_playwright_python.sync_playwright import Axe
from browsing import (
    MARKS,
    ONE,
    OTHER,
    PATIENCE,
    PHONE,
    WIDE,
    Browser,
    BrowserContext,
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

from policybot.catalogue import Catalogue
from policybot.reading_aids import meanings_of
from policybot.records import Clause, Policy
from policybot.settings import Settings
from policybot.source_files import pages_of

pytestmark = MARKS

ZOOMED = {"width": 640, "height": 400}
"""A window of 1280 x 800 at 200%."""
IN_THE_MIDDLE = "s => { const r = document.querySelector(s).getBoundingClientRect(); return r.top > 60 && r.bottom < innerHeight; }"
STATUSES = "() => [...document.querySelectorAll('[role=status]')].map(e => e.textContent).join(' ')"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingested(tmp_path_factory.mktemp("policies") / "home").home


@pytest.fixture(scope="module")
def policies(home: Path) -> dict[str, Policy]:
    catalogue = Catalogue.open(Settings.load(home=home))
    found = {slug: catalogue.policies(slug)[0] for slug in (ONE, OTHER)}
    catalogue.close()
    return found


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving(home, demo=True) as at:
        yield at


@pytest.fixture
def reading(browser: Browser, address: str) -> Iterator[object]:
    """reading(slug, size) -> a page that shows the organisation's policy, and must not call anybody else."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []

    def opened(slug: str, size: dict[str, int] = WIDE, dark: bool = False, touch: bool = False) -> Page:
        context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light", has_touch=touch)
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda r: strangers.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
        page.goto(address)
        sign_in(page, slug)
        page.get_by_role("link", name="Policies").click()
        expect(page.locator(".pb-policy")).to_be_visible()
        expect(page.locator(".pb-sections a[aria-current]")).to_have_count(1, timeout=PATIENCE)  # the reader is followed
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not strangers, "the page works offline and tells nobody"


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
    found = Axe().run(page, options=rules).response["violations"]
    return [f"{v['id']}: {n['html'][:120]}" for v in found for n in v["nodes"]]


def addressed(page: Page, address: str, clause_id: str, slug: str) -> None:
    """Come by a clause's own address, and sign in there."""
    page.goto(f"{address}/policies?clause={clause_id}")
    page.locator(f".st-key-sign-in-{slug} button").click(timeout=PATIENCE)
    expect(page.locator(".pb-policy")).to_be_visible()


def pictured(policy: Policy) -> Clause:
    """A clause in the middle of the document, on one page of it."""
    return [c for c in policy.clauses if len(pages_of(c)) == 1 and pages_of(c)[0] > 1][3]


def test_the_sections_stay_beside_the_text_and_say_where_one_is(reading, policies: dict[str, Policy]) -> None:
    page, outline = reading(OTHER), policies[OTHER].outline
    tree = page.get_by_role("navigation", name="Sections")
    links = tree.get_by_role("link")
    expect(links).to_have_count(len(outline))
    assert [folded(t) for t in links.all_inner_texts()] == [folded(text) for _, text, _ in outline]
    links.nth(6).click()
    current = page.locator(".pb-sections a[aria-current=location]")
    expect(current).to_have_text(outline[6][1])
    assert in_sight(page, f"#section-{outline[6][2]}") and in_sight(page, ".pb-sections a[aria-current]")
    assert_fits(page)
    picture(page, "policies-wide-1-sections")
    page.mouse.move(900, 600)
    page.mouse.wheel(0, 4000)
    expect(current).not_to_have_text(outline[6][1])
    assert in_sight(page, ".pb-sections a[aria-current]"), "the tree stays in sight, and the section with it"


def test_on_a_phone_the_sections_are_folded(reading) -> None:
    page = reading(OTHER, PHONE)
    links = page.locator(".pb-sections a")
    expect(links.first).to_be_hidden()
    page.get_by_text("Sections", exact=True).click()
    expect(links.first).to_be_visible()
    assert_fits(page)
    picture(page, "policies-phone-1-sections")


def test_a_word_is_explained_to_mouse_keyboard_and_finger(reading, policies: dict[str, Policy]) -> None:
    words = {folded(m.words) for m in meanings_of(policies[OTHER])}
    page = reading(OTHER, PHONE, touch=True)
    panel, term = page.locator(".pb-panel"), page.locator(".pb-term").nth(2)
    term.focus()
    expect(panel).to_be_visible()
    assert folded(panel.inner_text()) in words
    assert folded(page.locator(f"[id='{term.get_attribute('aria-describedby')}']").text_content()) == folded(panel.inner_text())
    assert_fits(page)
    picture(page, "policies-phone-2-explained")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    term.hover()
    expect(panel).to_be_visible()
    panel.hover()
    page.wait_for_timeout(600)
    expect(panel).to_be_visible()  # one may point at the explanation itself
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    term.tap()
    expect(panel).to_be_visible()
    page.locator(".pb-intro h1").tap()
    expect(panel).to_be_hidden()


def test_rule_words_are_marked_when_asked_for(reading) -> None:
    page = reading(OTHER)
    expect(page.locator(".pb-policy .pb-rule")).to_have_count(0)
    page.get_by_text("Mark “must”, “should” and “may”").click()
    expect(page.locator(".pb-policy .pb-must_not").first).to_be_visible()
    expect(page.locator(".pb-legend dt")).to_have_count(5)
    looks = page.evaluate(
        "() => [...document.querySelectorAll('.pb-legend .pb-rule')].map(e => getComputedStyle(e).textDecorationStyle)"
    )
    assert len(set(looks)) == 5, "not by colour alone"
    picture(page, "policies-wide-2-rules")


def test_a_clause_has_an_address_that_opens_it(reading, policies: dict[str, Policy], address: str) -> None:
    page, clause = reading(OTHER), policies[OTHER].clauses[30]
    link = page.get_by_role("link", name=f"Copy link to {clause.label}", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".pb-panel")).to_have_text("Link copied")
    page.wait_for_function(f"({STATUSES})().includes('Link copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{address}/policies?clause={clause.id}" and page.locator(".pb-open").count() == 0

    addressed(page, address, clause.id, OTHER)
    expect(page.locator(".pb-open")).to_have_attribute("id", clause.id)
    page.wait_for_function(IN_THE_MIDDLE, arg=".pb-open")
    expect(page.locator(".pb-showing")).to_contain_text(clause.label)
    picture(page, "policies-wide-3-clause")
    page.get_by_label("Search in this policy").fill("photographs")
    page.keyboard.press("Enter")
    page.locator(".st-key-found button").first.click()
    expect(page.locator(".pb-open mark").first).to_be_visible()
    assert page.locator(".pb-open").get_attribute("id") != clause.id and "clause=" not in page.url


def test_an_address_of_somebody_elses_clause_shows_nothing_of_it(reading, policies: dict[str, Policy], address: str) -> None:
    page, strange = reading(ONE), pictured(policies[OTHER])
    told = []
    for clause_id in (strange.id, f"{ONE}/no-such-policy/p1", f"{policies[ONE].id}/<img src=x onerror='window.hit=1'>"):
        addressed(page, address, clause_id, ONE)
        expect(page.get_by_role("alert")).to_contain_text("it is not in the current version of your policy")
        told.append(page.get_by_role("alert").inner_text())
        body = page.locator("body").inner_text()
        assert strange.text[:40] not in body and strange.label not in told[-1] and clause_id not in body
        assert page.locator(".pb-open, .pb-page").count() == 0 and page.evaluate("window.hit") is None
    assert len(set(told)) == 1, "whether another organisation has it cannot be told"


@pytest.mark.parametrize(("size", "dark", "name"), [(WIDE, False, "wide"), (PHONE, True, "phone-dark")])
def test_a_clause_is_shown_as_in_the_document(
    reading, policies: dict[str, Policy], address: str, size: dict[str, int], dark: bool, name: str
) -> None:
    page, clause = reading(OTHER, size, dark), pictured(policies[OTHER])
    addressed(page, address, clause.id, OTHER)
    expect(page.get_by_role("radio", name="As text")).to_be_checked()
    page.get_by_text("As in the document").click()
    image = page.get_by_role("img", name=f"Page {pages_of(clause)[0]} of policy.pdf, with {clause.label} marked")
    expect(image).to_be_visible()
    assert image.evaluate("i => i.complete && i.naturalWidth > 1000")
    assert folded(page.locator(".pb-said").inner_text()) == folded(clause.whole), "its words are there for whoever cannot see the picture"
    page.wait_for_function(IN_THE_MIDDLE, arg=".pb-place")
    assert page.locator(".pb-place").count() == len(clause.boxes) and page.locator(".pb-policy").count() == 0
    assert_fits(page)
    assert violations(page) == []
    picture(page, f"policies-{name}-4-document")
    page.get_by_text("As text").click()
    expect(page.locator(".pb-open")).to_have_attribute("id", clause.id)


def test_of_a_policy_that_was_no_pdf_there_is_only_the_text(reading, policies: dict[str, Policy], address: str) -> None:
    page, clause = reading(ONE, PHONE), policies[ONE].clauses[3]
    addressed(page, address, clause.id, ONE)
    expect(page.locator(".pb-open")).to_have_attribute("id", clause.id)
    expect(page.get_by_role("radio")).to_have_count(0)


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (PHONE, True), (ZOOMED, False)])
def test_the_page_is_accessible(reading, policies: dict[str, Policy], address: str, size: dict[str, int], dark: bool) -> None:
    page = reading(OTHER, size, dark)
    addressed(page, address, policies[OTHER].clauses[30].id, OTHER)
    page.get_by_text("Mark “must”, “should” and “may”").click()
    expect(page.locator(".pb-policy .pb-rule").first).to_be_visible()
    page.get_by_text("Words this policy explains").click()
    expect(page.locator(".pb-glossary dt").first).to_be_visible()
    page.locator(".pb-term").first.focus()
    expect(page.locator(".pb-panel")).to_be_visible()
    assert violations(page) == []
    assert_fits(page)
    picture(page, f"policies-{size['width']}-5-aids")

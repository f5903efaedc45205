"""WCAG 2.2 AA on every page: axe in light and dark at 390 and 1440 px, the keyboard alone, zoom, motion, target size.

What axe cannot see (Deque says that it finds about half of all faults) is for eyes: the screenshots in build/screenshots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
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
    assert_fits,
    expect,
    ingested,
    picture,
    serving,
    sign_in,
)
from made_up_askings import MONTHS, TODAY, month_of_askings

from ingest.pipeline import ingest
from policybot import models
from policybot.askings import Askings
from policybot.catalogue import Catalogue
from policybot.compose import BADGES
from policybot.identity import Role
from policybot.library import Library

axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
AXE = Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SHORT_TARGET = 24
"""CSS pixels: WCAG 2.2, 2.5.8 'Target Size (Minimum)'."""
WORRY = "A pupil told me that his stepfather hits him"
PLAIN = "meadow-school"
RULES = """# Online Policy

## 1. Accounts

1.1 Staff may have a LinkedIn account and may use it at work.

1.2 Staff must not accept friend requests from pupils.
"""
"""A made-up policy that allows something without any condition, which those of the shipped corpus hardly do."""
LINKEDIN = "Can I use LinkedIn at work?"
QUESTIONS = (
    LINKEDIN,
    "Can I accept friend requests from pupils?",
    "Who approved the policy?",
    "How many days of annual leave do I get?",
)

pytestmark = MARKS


@dataclass(frozen=True)
class Excused:
    """Markup that Streamlit writes and that neither a page nor a style sheet of ours can reach."""

    rule: str
    selector: str
    reason: str


EXCEPTIONS: tuple[Excused, ...] = ()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Two organisations of the shipped corpus, and PLAIN. Only of ONE are there figures for Insights."""
    corpus = tmp_path_factory.mktemp("corpus")
    (corpus / PLAIN).mkdir()
    (corpus / PLAIN / "organisation.toml").write_text('name = "Meadow School"\n', encoding="utf-8")
    (corpus / PLAIN / "policy.md").write_text(RULES, encoding="utf-8")
    settings = ingested(tmp_path_factory.mktemp("access") / "home", ONE, OTHER)
    catalogue, askings = Catalogue.open(settings), Askings.open(settings.model_copy(update={"today": TODAY}))
    library = Library.open(settings, catalogue, models.embeddings(settings))
    assert not ingest(corpus, catalogue, library, settings.home / "ingest.lock", corpus, only=PLAIN).refused
    for asking in (a for month in MONTHS for a in month_of_askings(ONE, month)):
        askings.put(asking)
    catalogue.close()
    askings.close()
    with serving(settings.home, demo=True, more={"POLICYBOT_TODAY": TODAY.isoformat()}) as at:
        yield at


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """Others may use the machine."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport=WIDE, color_scheme="light")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.goto(address)
    expect(opened.get_by_text("Demo on this computer only.")).to_be_visible(timeout=PATIENCE)
    yield opened
    context.close()


def violations(page: Page, state: str) -> list[str]:
    """What axe finds on the page as it stands, but for EXCEPTIONS: 'state | rule | selector | HTML | why'."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    ran: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    found = []
    for rule in ran["violations"]:
        excused = [e.selector for e in EXCEPTIONS if e.rule == rule["id"]]
        for node in rule["nodes"]:
            selector = str(node["target"][-1])
            if any(page.evaluate("([s, e]) => !!document.querySelector(s)?.matches(e)", [selector, e]) for e in excused):
                continue
            why = " ".join(node["failureSummary"].split())[:200]
            found.append(f"{state} | {rule['id']} | {selector} | {node['html'][:160]} | {why}")
    return found


def examined(page: Page, state: str) -> list[str]:
    """`violations` in light and dark, wide and narrow, each with a picture."""
    found: list[str] = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            picture(page, f"access-{state.replace(',', '').replace(' ', '-')}-{size['width']}-{scheme}")
            found += violations(page, f"{state}, {size['width']}, {scheme}")
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    return found


def go(page: Page, name: str) -> None:
    """Follow the navigation, and wait until the page has drawn itself."""
    page.locator(".st-key-nav").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(f"**/{name.lower()}*")
    expect(page.locator(".stMain h1").first).to_be_visible(timeout=PATIENCE)
    settled(page)


def settled(page: Page) -> None:
    """Wait until Streamlit has stopped writing."""
    expect(page.locator(".stApp[data-test-script-state=notRunning]")).to_have_count(1)
    page.wait_for_timeout(700)


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Demo on this computer only.")).to_be_visible(timeout=PATIENCE)


def enter(page: Page, organisation: str, role: Role, name: str) -> None:
    """Sign in, and go to the page with this name. Who signs in at a page's own address comes to that page."""
    page.goto(urljoin(page.url, "/"))
    sign_in(page, organisation, role)
    go(page, name)


# -- axe


def test_axe_finds_what_is_wrong(page: Page) -> None:
    wrong = '<p style="color: #bbbbbb; background: #ffffff">Pale</p><img src="data:,"><button style="width: 9px"></button>'
    page.evaluate("html => document.querySelector('.pb-intro').insertAdjacentHTML('beforeend', html)", wrong)
    assert {line.split(" | ")[1] for line in violations(page, "spoilt")} >= {"color-contrast", "image-alt", "button-name"}


def test_an_answer_of_each_verdict(page: Page) -> None:
    found = examined(page, "sign-in")
    sign_in(page, PLAIN)
    ask(page, LINKEDIN)
    shown = set(page.locator(".pb-badge").all_inner_texts())
    found += examined(page, "answer allowed")
    sign_out(page)
    sign_in(page, OTHER)
    found += examined(page, "ask")
    for turn, question in enumerate(QUESTIONS):
        ask(page, question, turn)
    shown |= set(page.locator(".pb-badge").all_inner_texts())
    assert shown == set(BADGES.values()), "an answer of each verdict is examined"
    page.get_by_text("Share or print").first.click()
    page.get_by_role("button", name="This was wrong").last.click()
    expect(page.get_by_label("What was wrong?")).to_be_visible(timeout=PATIENCE)
    settled(page)
    found += examined(page, "answers")
    page.get_by_role("button", name="Your conversations").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete all").click()
    expect(page.get_by_role("dialog").get_by_text("Delete your only conversation?")).to_be_visible(timeout=PATIENCE)
    found += examined(page, "conversations")
    assert found == []


def test_a_worry(page: Page) -> None:
    sign_in(page, ONE)
    box = page.get_by_label("Ask about your policy")
    box.fill(WORRY)
    box.press("Enter")
    expect(page.locator(".pb-disclosure")).to_be_visible(timeout=PATIENCE)
    settled(page)
    assert examined(page, "disclosure") == []


def test_policies_and_procedures(page: Page) -> None:
    sign_in(page, OTHER)
    ask(page, QUESTIONS[1])
    page.get_by_role("button", name="Open in the policy").first.click()
    expect(page.locator(".pb-open")).to_have_count(1)
    page.get_by_text("Mark “must”").click()
    box = page.get_by_label("Search in this policy")
    box.fill("photographs")
    box.press("Enter")
    expect(page.locator(".pb-legend")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".st-key-found button").first).to_be_visible(timeout=PATIENCE)
    settled(page)
    found = examined(page, "policy, a clause opened")
    page.get_by_text("As in the document").click()
    expect(page.locator(".pb-place").first).to_be_visible(timeout=PATIENCE)
    settled(page)
    found += examined(page, "policy, in the document")
    go(page, "Procedures")
    parts = page.locator(".st-key-procedures [data-testid=stButtonGroup] button")
    assert parts.count() == 4
    for place in range(parts.count()):
        parts.nth(place).click()
        settled(page)
        found += examined(page, f"procedures {place + 1}")
    assert found == []


def test_insights_and_evaluate(page: Page) -> None:
    enter(page, ONE, Role.ADMINISTRATOR, "Insights")
    expect(page.locator(".pb-insight-bars")).to_be_visible(timeout=PATIENCE)
    page.locator(".pb-insight summary").first.click()
    found = examined(page, "insights")
    enter(page, OTHER, Role.EVALUATOR, "Insights")
    expect(page.get_by_role("heading", name="No figures yet")).to_be_visible(timeout=PATIENCE)
    found += examined(page, "insights, empty")
    go(page, "Evaluate")
    parts = page.locator(".st-key-evaluate [data-testid=stButtonGroup] button")
    assert parts.count() == 3
    for place in range(parts.count()):
        parts.nth(place).click()
        settled(page)
        found += examined(page, f"evaluate {place + 1}")
    assert found == []


def test_trust(page: Page) -> None:
    enter(page, ONE, Role.TRUST_LEAD, "Trust")
    page.get_by_label("Topic or question").fill("friend requests from pupils")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator(".pb-trust-column")).to_have_count(3)
    page.get_by_text("Your last comparisons").click()
    page.get_by_text("Or pick a heading").click()
    settled(page)
    assert examined(page, "trust") == []


# -- the keyboard alone


FOCUSED = """() => {
  const e = document.activeElement;
  // The mark of a box or circle is on what surrounds its input.
  const edge = e.closest('label, [role=group], [data-testid=stChatInput]');
  const around = [e, e.parentElement, edge].filter(Boolean).map(n => getComputedStyle(n));
  const said = e.matches('body, main') ? '' : e.getAttribute('aria-label') || e.innerText || e.placeholder;
  return {
    name: (said || e.tagName).trim().slice(0, 80),
    marked: around.some(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 && s.boxShadow !== 'none'),
    inside: e !== document.body,
    bar: !!e.closest('.st-key-bar'),
  };
}"""


def tab_to(page: Page, name: str, most: int = 60) -> list[dict[str, Any]]:
    """Press Tab until what has this name has focus; what had it on the way."""
    passed: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        if name in passed[-1]["name"]:
            return passed
    pytest.fail(f"no way to “{name}” by Tab: {[p['name'] for p in passed]}")


def test_the_whole_path_by_keyboard_alone(page: Page) -> None:
    passed = tab_to(page, "Sign in to Hardmoor")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible(timeout=PATIENCE)
    passed += tab_to(page, "Ask about your policy")
    page.keyboard.type("Can I accept friend requests from pupils?")
    page.keyboard.press("Enter")
    expect(page.locator(".pb-badge")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".pb-copy").first).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(1600)
    passed += tab_to(page, "Open in the policy", 120)
    page.keyboard.press("Enter")
    expect(page.locator(".pb-open")).to_have_count(1)
    passed += tab_to(page, "Back to your conversation", 120)
    page.keyboard.press("Enter")
    expect(page.locator(".pb-badge")).to_have_count(1)
    passed += tab_to(page, "Sign out", 120)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Demo on this computer only.")).to_be_visible(timeout=PATIENCE)
    unseen = {p["name"] for p in passed if p["inside"] and not p["marked"]}
    assert unseen == set(), "focus is always to be seen"


def test_the_first_stop_skips_the_bar(page: Page) -> None:
    sign_in(page, OTHER)
    for name in ("Policies", "Ask"):
        page.locator(".st-key-nav").get_by_role("link", name=name, exact=True).click()
        settled(page)
        page.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges(); }")
        page.locator("[data-testid=stSkipToContent]").focus()
        assert page.evaluate(FOCUSED)["name"] == "Skip to main content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        after = page.evaluate(FOCUSED)
        assert after["inside"] and not after["bar"] and page.evaluate("() => !!document.activeElement.closest('main')")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(FOCUSED)["bar"], "it skips the bar and nothing else"


LOOKS = "(link, name) => parseFloat(getComputedStyle(link.querySelector('p'))[name])"


def test_the_page_one_is_on_is_marked_on_every_page(page: Page) -> None:
    enter(page, ONE, Role.EVALUATOR, "Policies")
    for name in ("Procedures", "Insights", "Evaluate", "Policies", "Ask"):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
        current = page.locator(".st-key-nav a[aria-current=page]")
        expect(current).to_have_text(name)
        others = page.locator(".st-key-nav a:not([aria-current])")
        expect(others).to_have_count(4)
        (weight, line), (usual, thin) = ([float(link.evaluate(LOOKS, name)) for name in ("fontWeight", "textDecorationThickness")]
                                         for link in (current, others.first))  # fmt: skip
        assert weight > usual and line > thin, "for sight too"

# -- an answer is announced


ANNOUNCED = """() => {
  window.said = [];
  const polite = n => (n.nodeType === 1 ? n : n.parentElement)?.closest('[role=status], [aria-live=polite]');
  new MutationObserver(changes => {
    const regions = new Set(changes.flatMap(c => [polite(c.target), ...[...c.addedNodes].map(polite)]).filter(Boolean));
    for (const r of regions) if (r.innerText.trim()) window.said.push(r.innerText.trim());
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""


def test_an_answer_is_announced_once(page: Page) -> None:
    sign_in(page, OTHER)
    page.evaluate(ANNOUNCED)
    ask(page, "Can I accept friend requests from pupils?")
    page.wait_for_timeout(1500)
    said = page.evaluate("window.said")
    assert [text for text in said if "nswer" in text] == ["Answer 1: Not allowed."] and not [text for text in said if "Copy" in text], said
    page.get_by_role("button", name="Copy answer").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)


# -- zoom, motion, targets


MOVING = """() => [...document.querySelectorAll('.stMain *')].filter(e => {
  const s = getComputedStyle(e);
  const long = v => v.split(',').some(t => parseFloat(t) > 0.01);
  return (s.animationName !== 'none' && long(s.animationDuration)) || s.scrollBehavior === 'smooth'
    || (s.transitionProperty !== 'none' && long(s.transitionDuration));
}).map(e => e.className?.toString().slice(0, 80) || e.tagName).slice(0, 5)"""
SMALL = f"""() => [...document.querySelectorAll('.stMain :is(a, button, input, summary, [role=button])')].filter(e => {{
  const r = e.getBoundingClientRect(), s = getComputedStyle(e);
  if (!r.width || !r.height || s.visibility === 'hidden' || e.closest('p, li, dd, blockquote')) return false;
  if (e.tagName === 'INPUT' && e.closest('label')) return false;
  return r.width < {SHORT_TARGET} || r.height < {SHORT_TARGET};
}}).map(e => e.outerHTML.slice(0, 120))"""


def test_at_200_percent_nothing_is_cut_off_and_without_motion_nothing_moves(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 450}, device_scale_factor=2, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    expect(page.get_by_text("Demo on this computer only.")).to_be_visible(timeout=PATIENCE)
    assert_fits(page)
    sign_in(page, OTHER)
    small = page.evaluate(SMALL)
    assert_fits(page)
    ask(page, QUESTIONS[1])
    assert_fits(page)
    moving, small = page.evaluate(MOVING), small + page.evaluate(SMALL)
    for name in ("Policies", "Procedures"):
        go(page, name)
        assert_fits(page)
        moving, small = moving + page.evaluate(MOVING), small + page.evaluate(SMALL)
    context.close()
    assert moving == [] and small == []


def test_the_page_says_its_language_and_its_name(page: Page) -> None:
    page.set_viewport_size(DESKTOP)
    assert page.evaluate("document.documentElement.lang").startswith("en")
    assert page.title().strip()

"""WCAG 2.2 AA on every page: axe in light and dark at 390 and 1440 px, the keyboard alone, zoom, motion, target size.

What axe cannot see (Deque says that it finds about half of all faults) is for eyes: the screenshots in build/screenshots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
    serving,
    sign_in,
)

from policybot.compose import BADGES
from policybot.identity import DEMO_NAMES, Role

axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
AXE = Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SHORT_TARGET = 24
"""CSS pixels: WCAG 2.2, 2.5.8 'Target Size (Minimum)'."""
WORRY = "A pupil told me that his stepfather hits him"
QUESTIONS = (
    "Can I use LinkedIn at work?",
    "Can I accept friend requests from pupils?",
    "Can I use social media in my own time?",
    "Who approved the policy?",
    "How many days of annual leave do I get?",
    "What happens if I breach the policy?",
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
    home = ingested(tmp_path_factory.mktemp("access") / "home", ONE, OTHER).home
    with serving(home, demo=True) as at:
        yield at


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
    """`violations` in light and dark, wide and narrow."""
    found: list[str] = []
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(400)
            found += violations(page, f"{state}, {size['width']}, {scheme}")
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    return found


def go(page: Page, name: str) -> None:
    """Follow the navigation, and wait until the page has drawn itself."""
    page.locator(".st-key-nav").get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(f"**/{name.lower()}*")
    expect(page.locator(".stMain h1").first).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(2000)


# -- axe


def test_staff(page: Page) -> None:
    found = examined(page, "sign-in")
    sign_in(page, OTHER)
    found += examined(page, "ask, empty")
    for turn, question in enumerate(QUESTIONS):
        ask(page, question, turn)
    shown = set(page.locator(".pb-badge").all_inner_texts())
    assert shown == set(BADGES.values()), "an answer of each verdict is examined"
    found += examined(page, "ask, answers")
    page.get_by_role("button", name="Open in the policy").first.click()
    expect(page.locator(".pb-open")).to_have_count(1)
    found += examined(page, "an opened clause")
    go(page, "Procedures")
    parts = page.get_by_role("radio")
    for place in range(parts.count()):
        parts.nth(place).click()
        page.wait_for_timeout(1500)
        found += examined(page, f"procedures {place + 1}")
    assert found == []


def test_a_worry_and_a_whole_policy(page: Page) -> None:
    sign_in(page, ONE)
    box = page.get_by_label("Ask about your policy")
    box.fill(WORRY)
    box.press("Enter")
    expect(page.locator(".pb-disclosure")).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(1000)
    found = examined(page, "disclosure")
    go(page, "Policies")
    found += examined(page, "policies")
    assert found == []


def test_those_who_look_after_it(page: Page) -> None:
    found: list[str] = []
    for role, name in ((Role.ADMINISTRATOR, "Insights"), (Role.EVALUATOR, "Evaluate"), (Role.TRUST_LEAD, "Trust")):
        page.get_by_text(DEMO_NAMES[role], exact=True).first.click()
        expect(page.locator(f".st-key-account-{ONE}")).to_contain_text(DEMO_NAMES[role])
        page.locator(f".st-key-sign-in-{ONE} button").click()
        go(page, name)
        parts = page.locator(".st-key-evaluate [data-testid='stButtonGroup'] button")
        for place in range(max(1, parts.count() if name == "Evaluate" else 1)):
            if name == "Evaluate":
                parts.nth(place).click()
                page.wait_for_timeout(1500)
            found += examined(page, f"{name} {place + 1}")
        if name == "Trust":
            page.get_by_label("Topic or question").fill("friend requests from pupils")
            page.get_by_role("button", name="Compare", exact=True).click()
            expect(page.locator(".pb-trust-column")).to_have_count(2)
            page.get_by_text("Your last comparisons").click()
            page.get_by_text("Or pick a heading").click()
            page.wait_for_timeout(1800)
            found += examined(page, "Trust, compared")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("Demo on this computer only.")).to_be_visible()
    assert found == []


# -- the keyboard alone


FOCUSED = """() => {
  const e = document.activeElement;
  const shown = getComputedStyle(e), wrap = e.closest('[data-baseweb]') ? getComputedStyle(e.closest('[data-baseweb]')) : shown;
  return {
    name: (e.getAttribute('aria-label') || e.innerText || e.placeholder || e.tagName).trim().slice(0, 80), tag: e.tagName,
    marked: [shown, wrap].some(s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none'),
    inside: e !== document.body,
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
    expect(page.locator(".pb-open")).to_have_count(1, timeout=PATIENCE)
    passed += tab_to(page, "Back to your conversation", 120)
    page.keyboard.press("Enter")
    expect(page.locator(".pb-badge")).to_have_count(1, timeout=PATIENCE)
    passed += tab_to(page, "Sign out", 120)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Demo on this computer only.")).to_be_visible(timeout=PATIENCE)
    unseen = {p["name"] for p in passed if p["inside"] and not p["marked"]}
    assert unseen == set(), "focus is always to be seen"


def test_the_first_stop_skips_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    assert "main content" in page.evaluate(FOCUSED)["name"].lower()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => !!document.activeElement.closest('main, .stMain')")


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
    ready = [text for text in said if text in BADGES.values() or any(badge in text for badge in BADGES.values()) or "nswer" in text]
    assert len([text for text in ready if not text.startswith("Copy")]) == 1, said


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

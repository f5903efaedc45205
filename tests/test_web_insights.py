"""The Insights page in a real browser: figures for those who may see them, and nobody's words for anybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from browsing import MARKS, ONE, OTHER, PATIENCE, PHONE, WIDE, Browser, Page, assert_fits, expect, ingested, picture, serving, sign_in
from made_up_askings import DRONES, ODD, TODAY, WATCHES, month_of_askings
from made_up_askings import MONTHS as MADE_UP

from policybot.askings import Askings
from policybot.catalogue import Catalogue
from policybot.gaps import Gap, Gaps
from policybot.identity import Role
from policybot.records import Verdict
from policybot.reviews import Judgement, Mark, ReviewQueue
from policybot.settings import Settings

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
pytestmark = MARKS


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two organisations of the shipped corpus, really ingested."""
    return ingested(tmp_path_factory.mktemp("insights") / "home")


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """Forty made-up people of one organisation asked for four months; of the other, nobody."""
    askings = Askings.open(settings.model_copy(update={"today": TODAY}))
    for month, share in zip(MADE_UP, (0.55, 0.9, 1.0, 0.5), strict=True):
        for asking in month_of_askings(ONE, month, share=share):
            askings.put(asking)
    askings.close()
    with serving(settings.home, demo=True, more={"POLICYBOT_TODAY": TODAY.isoformat()}) as at:
        yield at


def looking(
    browser: Browser, address: str, slug: str, role: Role, scheme: str = "light", size: dict[str, int] = WIDE,
    asked_for: list[str] | None = None,
) -> Page:
    """The page as somebody with this role finds it; `asked_for` gets the address of everything that it fetches."""
    page = browser.new_page(viewport=size, color_scheme=scheme)
    page.on("request", lambda request: (asked_for if asked_for is not None else []).append(request.url))
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    sign_in(page, slug, role)
    page.get_by_role("link", name="Insights").click()
    expect(page.locator(".pb-insight-method")).to_be_visible(timeout=PATIENCE)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_administrator_sees_figures_that_fit_and_nobody_elses_words(browser: Browser, address: str, scheme: str) -> None:
    asked_for: list[str] = []
    page = looking(browser, address, ONE, Role.ADMINISTRATOR, scheme, asked_for=asked_for)
    for heading in ("Staff asked most about “Personal Use”", "Your policy did not answer 19 of 70 questions", "About: drone"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".pb-insight-method")).to_be_visible(timeout=PATIENCE)
    assert_fits(page)
    picture(page, f"insights-wide-{scheme}")
    words = page.content()
    assert not [question for question in (*DRONES, *WATCHES, *ODD) if question in words]
    assert "Introduction" not in page.locator(".st-key-insights").inner_text(), "one person asked about it"
    assert page.get_by_role("link", name="Review them").count() == 0
    summary = page.locator(".pb-insight summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("table", name="Questions by topic and answer")).to_be_visible()
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(300)
    assert_fits(page)
    picture(page, f"insights-phone-{scheme}")
    assert asked_for and not [url for url in asked_for if not url.startswith((address, "data:", "blob:"))], "nothing leaves the machine"
    page.close()


def test_an_evaluator_gets_to_the_queue_and_another_organisation_has_no_figures(
    browser: Browser, address: str, settings: Settings
) -> None:
    page = looking(browser, address, OTHER, Role.EVALUATOR, size=PHONE)
    expect(page.get_by_role("heading", name="No figures yet")).to_be_visible()
    assert "at least five people have asked about a thing" in page.locator(".pb-insight-empty").inner_text()
    assert page.get_by_text("Personal Use").count() == 0 and page.locator(".pb-insight-bars").count() == 0
    assert_fits(page)
    picture(page, "insights-phone-empty")
    expect(page.get_by_text("No answer waits for review.")).to_be_visible()
    assert page.get_by_role("link", name="Review them").count() == 0, "there is nothing to review"
    queue = ReviewQueue.open(settings)
    silent = {"history": (), "verdict": Verdict.NOT_COVERED, "clauses": (), "policy_version": "v1"}
    queue.put(Mark(organisation=OTHER, answer_id="m1", question="may i blog?", judgement=Judgement.WRONG, **silent))
    queue.close()
    page.get_by_role("link", name="Insights").click()
    expect(page.get_by_text("1 called wrong")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Review them").click()
    expect(page.get_by_role("heading", name="Evaluate")).to_be_visible()
    page.close()


def test_what_was_sent_to_the_policy_owner_is_listed_until_it_is_done(browser: Browser, address: str, settings: Settings) -> None:
    catalogue, gaps = Catalogue.open(settings), Gaps.open(settings)
    near = catalogue.policies(ONE)[0].clauses[3]
    catalogue.close()
    older, newer = "May I keep <b>bees</b> on the roof?", "Who feeds the class hamster in August?"
    gone = f"{ONE}/a-policy-of-old/1/p1"
    gaps.put(Gap(organisation=ONE, answer_id="g1", question=older, nearest=(gone, near.id), at=datetime(2026, 3, 7, 14, 5, tzinfo=UTC)))
    gaps.put(Gap(organisation=ONE, answer_id="g2", question=newer, at=datetime(2026, 3, 9, 8, 15, tzinfo=UTC)))
    for slug, role in ((ONE, Role.EVALUATOR), (OTHER, Role.ADMINISTRATOR)):
        page = looking(browser, address, slug, role)
        assert page.get_by_text("Nothing waits. A question stands here").count() == (role is Role.ADMINISTRATOR)
        assert newer not in page.content() and page.get_by_role("button", name="Done").count() == 0
        page.close()
    page = looking(browser, address, ONE, Role.ADMINISTRATOR, size=PHONE)
    listed = page.locator(".st-key-insights-sent")
    expect(listed.get_by_role("heading")).to_have_text(["Sent to you", f"“{newer}”", f"“{older}”"], timeout=PATIENCE)
    said = listed.inner_text()
    assert "on purpose" in said and "Sent on 9 March 2026" in said and near.label in said and "policy-of-old" not in said
    assert not re.search(r"\d:\d\d|g1|g2", said), "the day is all that is told"
    assert_fits(page)
    listed.scroll_into_view_if_needed()
    picture(page, "insights-phone-sent")
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    listed.get_by_role("button", name="Done").first.click()
    expect(listed.get_by_text(newer)).to_have_count(0, timeout=PATIENCE)
    assert [gap.answer_id for gap in gaps.told(ONE)] == ["g1"]
    listed.get_by_role("button", name="Done").click()
    expect(listed.get_by_text("Nothing waits.")).to_be_visible(timeout=PATIENCE)
    assert gaps.told(ONE) == ()
    gaps.close()
    page.close()


def test_staff_are_told_why_not_and_shown_nothing(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=PHONE)
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/insights")
    page.locator(f".st-key-sign-in-{ONE} button").click()
    alert = page.get_by_role("alert").filter(has_text="The page Insights")
    expect(alert).to_contain_text("it is for people with the role administrator or evaluator")
    assert page.locator(".pb-insight").count() == 0 and page.get_by_role("link", name="Insights").count() == 0
    page.close()

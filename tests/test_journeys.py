"""A day of each of the people who use policybot, in a real browser; and the pictures of the pages for the guides.

One server and one home for all. With PICTURES=1 in the environment the pictures go to docs/pictures, else to build/screenshots.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("vl_convert", reason="vl-convert-python is not installed")

from browsing import (
    MARKS,
    ONE,
    OTHER,
    PATIENCE,
    PHONE,
    PICTURES,
    ROOT,
    WIDE,
    Browser,
    Page,
    ask,
    assert_fits,
    expect,
    folded,
    ingested,
    quotes,
    serving,
    sign_in,
)
from docx import Document
from icalendar import Calendar
from made_up_askings import DRONES, MONTHS, ODD, TODAY, WATCHES, month_of_askings
from PIL import Image
from sqlalchemy import inspect, text
from typer.testing import CliRunner

from eval.cases import load_cases
from eval.reviewed import reviewed_set
from policybot.askings import Askings
from policybot.audit import Audit
from policybot.catalogue import Catalogue
from policybot.cli import app
from policybot.compose import BADGES
from policybot.currency import spoken
from policybot.database import open_engine
from policybot.identity import DEMO_NAMES, Role
from policybot.records import FactKind, Policy
from policybot.settings import Settings

THIRD = "learning-institute"
ASKED = "Can I use LinkedIn at work?"
WORRY = "A child in my group told me that her uncle hits her"
SILENT = "Can I bring my dog to work?"
LONG = 4 * PATIENCE
"""Milliseconds: a run, or the charts of a report, on a busy machine."""
KEPT_AS = ROOT / "docs" / "pictures" if os.environ.get("PICTURES") == "1" else PICTURES
MOST_BYTES = 2_500_000
"""All pictures together."""

pytestmark = MARKS


@pytest.fixture(scope="module", autouse=True)
def patience() -> Iterator[None]:
    """Others may use the machine."""
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Three organisations of the shipped corpus, really ingested; of the first, forty made-up people asked for four months."""
    made = ingested(tmp_path_factory.mktemp("journeys") / "home", ONE, OTHER, THIRD)
    askings = Askings.open(made.model_copy(update={"today": TODAY}))
    for month, share in zip(MONTHS, (0.55, 0.9, 1.0, 0.5), strict=True):
        for asking in month_of_askings(ONE, month, share=share):
            askings.put(asking)
    askings.close()
    return made


@pytest.fixture(scope="module")
def policies(settings: Settings) -> dict[str, Policy]:
    """The policy of each organisation."""
    catalogue = Catalogue.open(settings)
    found = {slug: catalogue.policies(slug)[0] for slug in (ONE, OTHER, THIRD)}
    catalogue.close()
    return found


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    with serving(settings.home, demo=True, more={"POLICYBOT_TODAY": TODAY.isoformat()}) as at:
        yield at


@pytest.fixture
def arrive(browser: Browser, address: str) -> Iterator[object]:
    """arrive(slug, role) -> a browser of one's own with somebody signed in; it must not call anybody else."""
    strangers: list[str] = []
    contexts = []

    def arrived(slug: str | None, role: Role = Role.STAFF, size: dict[str, int] = PHONE, dark: bool = False, path: str = "") -> Page:
        scheme = "dark" if dark else "light"
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True, timezone_id="Europe/London"))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda r: strangers.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
        page.goto(f"{address}/{path}")
        if slug and not path:
            sign_in(page, slug, role)
        elif slug:
            _by_address(page, slug, role)
        return page

    yield arrived
    for context in contexts:
        context.close()
    assert not strangers, "the page works offline and tells nobody"


def _by_address(page: Page, slug: str, role: Role) -> None:
    """Sign in at the address of a page."""
    page.get_by_text(DEMO_NAMES[role], exact=True).first.click()
    expect(page.locator(f".st-key-account-{slug}")).to_contain_text(DEMO_NAMES[role])
    page.locator(f".st-key-sign-in-{slug} button").click()


def words(policy: Policy) -> str:
    """All the policy's words, white space folded."""
    return folded(policy.text)


def lines(page: Page, selector: str = "blockquote") -> list[str]:
    """What is quoted, line by line: between a list's lead-in and a later bullet of it stand the bullets before."""
    return [folded(line) for quote in page.locator(selector).all_inner_texts() for line in quote.splitlines() if line.strip()]


def go(page: Page, name: str, heading: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()


def settled(page: Page) -> None:
    """The page has done all that it was asked to do."""
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=LONG)
    expect(page.locator(".stSpinner")).to_have_count(0, timeout=LONG)


def refused(page: Page, name: str) -> None:
    """The page says whom it is for, and shows nothing of itself."""
    expect(page.get_by_role("alert")).to_contain_text(f"The page {name}")
    expect(page.get_by_role("alert")).to_contain_text("your account does not have it")
    expect(page.get_by_role("heading", level=1)).to_have_count(0)
    expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)


def all_that_is_kept(settings: Settings) -> str:
    """Every row of every table of the database, but for the policies' own words, as text."""
    engine = open_engine(settings)
    own = {"organisations", "policies", "versions", "clauses", "fingerprints", "source_files"}
    with engine.connect() as connection:
        tables = [name for name in inspect(engine).get_table_names() if name not in own]
        assert {"askings", "reviews", "conversations", "gaps", "comparisons"} <= set(tables)
        return "\n".join(repr((name, *row)) for name in tables for row in connection.execute(text(f"SELECT * FROM {name}")))


# -- a member of staff


def test_a_member_of_staff_asks_shares_and_finds_it_again(
    arrive, settings: Settings, policies: dict[str, Policy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, policy = arrive(OTHER), words(policies[OTHER])
    box = page.get_by_label("Ask about your policy")
    box.press_sequentially("photo")
    hints = page.locator(".pb-hints:not([hidden]) [role=option]")
    expect(hints.first).to_be_visible()
    box.press("ArrowDown")
    first = hints.first.inner_text()
    box.press("Enter")
    expect(box).to_have_value(first)
    ask(page, ASKED)
    given = quotes(page)
    assert page.locator(".pb-badge").inner_text() in BADGES.values() and given and all(quote in policy for quote in given)
    settled(page)
    assert_fits(page)

    check = page.get_by_role("checkbox").first
    check.check()
    expect(check).to_be_checked()
    page.locator("[class*=st-key-facet-row-] button").first.click()
    expect(page.locator(".pb-badge")).to_have_count(2)
    expect(page.locator(".pb-copy")).to_have_count(2)
    settled(page)
    expect(page.locator(".pb-asked").last).to_contain_text("Is it allowed ")

    label = page.locator(".st-key-answer-0 figcaption strong").first.inner_text()
    page.locator(".st-key-open-0-0 button").click()
    expect(page.locator(".pb-showing")).to_contain_text(label)
    assert folded(page.locator(".pb-open").inner_text()) in policy and given[0] in folded(page.locator(".pb-policy").inner_text())
    page.get_by_role("link", name="Back to your conversation").click()
    expect(page.locator(".pb-badge")).to_have_count(2)

    page.locator(".st-key-share-0 summary").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Word", exact=True).first.click()
    waiting.value.save_as(tmp_path / "answer.docx")
    monkeypatch.setenv("POLICYBOT_HOME", str(settings.home))
    checked = CliRunner().invoke(app, ["verify", str(tmp_path / "answer.docx")])
    assert checked.exit_code == 0 and given[0] in folded(checked.output), checked.output

    judged = page.locator(".st-key-feedback-0")
    judged.get_by_role("button", name="This was wrong").click()
    page.get_by_label("What was wrong").fill("Mrs Sarah Jones said it cites the wrong rule")
    page.get_by_role("button", name="Send the reason").click()
    expect(page.get_by_text("Your reason is kept with it")).to_be_visible()
    assert_fits(page)

    page.get_by_role("button", name="Sign out").click()
    sign_in(page, OTHER)
    expect(page.locator(".pb-badge")).to_have_count(0)
    page.get_by_role("button", name="Your conversations").click()
    shown = page.get_by_role("dialog")
    shown.get_by_role("button", name=ASKED, exact=True).click()
    expect(page.locator(".pb-badge")).to_have_count(2)
    assert quotes(page)[: len(given)] == given, "its answers stand as they were given"
    page.get_by_role("button", name="Your conversations").click()
    shown.get_by_role("button", name=f"Rename {ASKED}").click()
    shown.get_by_role("textbox", name="New name").fill("LinkedIn, for the staff meeting")
    shown.get_by_role("button", name="Save the name").click()
    shown.get_by_role("button", name="Delete LinkedIn, for the staff meeting").click()
    shown.get_by_role("button", name="Yes, delete").click()
    expect(page.get_by_text("The conversation is deleted.")).to_be_visible()
    expect(page.locator(".pb-badge")).to_have_count(0)
    assert "'conversations'" not in all_that_is_kept(settings)


# -- an evaluator


def test_an_evaluator_makes_a_test_of_what_staff_called_wrong(arrive, settings: Settings) -> None:
    staff = arrive(THIRD)
    ask(staff, ASKED)
    staff.get_by_role("button", name="This was wrong").click()
    staff.get_by_label("What was wrong").fill("Mrs Sarah Jones said it cites the wrong rule")
    staff.get_by_role("button", name="Send the reason").click()
    expect(staff.get_by_text("Your reason is kept with it")).to_be_visible()

    page = arrive(THIRD, Role.EVALUATOR, WIDE)
    go(page, "Evaluate", "Evaluate")
    row = page.locator("[class*=st-key-row-]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("said it cites the wrong rule")
    expect(row).not_to_contain_text("Jones")
    expect(page.get_by_role("textbox", name="The question, for the test")).to_have_value(ASKED)
    page.locator("[class*=st-key-verdict-]").get_by_text("Your policy does not say", exact=True).click()
    page.get_by_role("button", name="Save as a test").click()
    expect(page.get_by_text("now holds 1 question")).to_be_visible()
    expect(page.get_by_text("Nothing waits for review")).to_be_visible()
    (case,) = load_cases(reviewed_set(settings.home, THIRD))
    assert (case.organisation, case.question) == (THIRD, ASKED)
    page.get_by_text("Run a set", exact=True).click()
    page.get_by_role("combobox", name="Sets").click()
    expect(page.get_by_role("option", name="Reviewed answers")).to_be_visible()


# -- a safeguarding lead


def test_a_safeguarding_lead_is_told_whom_to_tell_and_finds_the_procedure(
    arrive, settings: Settings, policies: dict[str, Policy], tmp_path: Path
) -> None:
    before = all_that_is_kept(settings)
    page, policy = arrive(OTHER, Role.DSL), words(policies[OTHER])
    ask(page, ASKED)
    page.get_by_role("button", name="New conversation").click()
    counted = all_that_is_kept(settings)
    assert counted != before and ASKED in counted

    box = page.get_by_label("Ask about your policy")
    box.fill(WORRY)
    box.press("Enter")
    card = page.get_by_role("alert").filter(has_text="safeguarding lead")
    expect(card).to_be_visible()
    expect(card).to_contain_text("999")
    expect(page.locator(".pb-copy")).to_have_count(1)
    settled(page)
    answer = page.locator(".st-key-answer-0")
    assert answer.inner_text().startswith(card.inner_text()), "whom to tell comes before everything else"
    for name in ("This was wrong", "Tell the policy owner about this gap"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_text("Share or print")).to_have_count(0)
    assert_fits(page)
    assert all_that_is_kept(settings) == counted, "nothing of the turn is anywhere"

    go(page, "Procedures", "Procedures")
    expect(page.locator(".pb-first")).to_contain_text("designated safeguarding lead")
    page.get_by_role("radio", name="By role").click()
    expect(page.locator(".pb-step").first).to_be_visible()
    assert all(line in policy for line in lines(page, ".pb-step blockquote"))
    page.get_by_role("radio", name="By what happens").click()
    page.get_by_label("What has happened?").fill("A colleague breaches the policy")
    page.get_by_role("button", name="Find what to do").click()
    expect(page.locator(".pb-card-title h2")).to_have_text("What to do")
    settled(page)
    steps = lines(page, ".pb-step blockquote")
    assert steps and all(line in policy for line in steps)
    assert_fits(page)
    page.emulate_media(media="print")
    expect(page.locator(".pb-step").first).to_be_visible()
    expect(page.locator(".st-key-nav, textarea").first).to_be_hidden()
    page.emulate_media(media="screen")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save as Word").click()
    waiting.value.save_as(tmp_path / "procedure.docx")
    saved = folded(" ".join(p.text for p in Document(str(tmp_path / "procedure.docx")).paragraphs))
    assert all(line in saved for line in steps) and "designated safeguarding lead" in saved
    page.get_by_role("radio", name="Review dates").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Add to your calendar").click()
    assert Calendar.from_ical(waiting.value.path().read_bytes()).walk("VEVENT")
    assert all_that_is_kept(settings) == counted, "what happened is kept nowhere either"


# -- an administrator


def test_an_administrator_sees_figures_and_the_policys_age_and_no_more(arrive, policies: dict[str, Policy], address: str) -> None:
    page = arrive(ONE, Role.ADMINISTRATOR, WIDE)
    go(page, "Insights", "Insights")
    for heading in ("Staff asked most about “Personal Use”", "Your policy did not answer 19 of 70 questions", "About: drone"):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    settled(page)
    assert_fits(page)
    shown = page.content()
    assert not [question for question in (*DRONES, *WATCHES, *ODD) if question in shown], "nobody's own words"
    assert all(f"person {number}" not in shown for number in range(40))
    expect(page.get_by_role("link", name="Review them")).to_have_count(0)

    policy = policies[ONE]
    go(page, "Policies", policy.title)
    about = folded(page.locator(".pb-about").inner_text())
    stated = {fact.kind: fact.value for fact in policy.facts}
    assert FactKind.NEXT_REVIEW in stated or FactKind.VERSION in stated
    for kind in (FactKind.VERSION, FactKind.APPROVER):
        assert kind not in stated or stated[kind] in about
    assert FactKind.NEXT_REVIEW not in stated or spoken(stated[FactKind.NEXT_REVIEW]) in about
    expect(page.locator(".pb-notices")).to_contain_text("due for review")
    for path, name in (("evaluate", "Evaluate"), ("trust", "Trust")):
        refused(arrive(ONE, Role.ADMINISTRATOR, path=path), name)


# -- a trust lead


def test_a_trust_lead_compares_and_it_is_recorded(arrive, settings: Settings, policies: dict[str, Policy]) -> None:
    page = arrive(ONE, Role.TRUST_LEAD, WIDE)
    go(page, "Trust", "Compare policies")
    page.get_by_label("Topic or question").fill("Friend requests from pupils")
    page.get_by_role("button", name="Compare", exact=True).click()
    columns = page.locator(".pb-trust-column")
    expect(columns).to_have_count(3)
    settled(page)
    catalogue = Catalogue.open(settings)
    slugs = {organisation.name: organisation.slug for organisation in catalogue.organisations()}
    catalogue.close()
    for column in columns.all():
        own = words(policies[slugs[column.locator("h3").first.inner_text()]])
        said = [folded(line) for quote in column.locator("blockquote").all_inner_texts() for line in quote.splitlines() if line.strip()]
        assert said and all(line in own for line in said), "word for word, out of its own policy"
    assert_fits(page)
    audit = Audit.open(settings)
    (look,) = audit.of_person(f"demo|{Role.TRUST_LEAD}")
    audit.close()
    assert look.topic == "Friend requests from pupils" and set(look.organisations) == {ONE, OTHER, THIRD}
    for role in set(Role) - {Role.TRUST_LEAD}:
        refused(arrive(ONE, role, path="trust"), "Trust")


# -- the pictures


def taken(page: Page, name: str) -> None:
    """A picture of the page, NAME-WIDTH.png; nothing on it is wider than the screen."""
    settled(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(1700)  # the page holds its place for a moment after it has scrolled there
    assert_fits(page)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    KEPT_AS.mkdir(parents=True, exist_ok=True)
    few = shot.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(KEPT_AS / f"{name}-{shot.width}.png", optimize=True)


def tall(size: dict[str, int], height: int = 1300) -> dict[str, int]:
    """A window as wide as `size`, of which more can be seen at once."""
    return size | {"height": height}


BOTH = pytest.mark.parametrize("size", [PHONE, WIDE], ids=["390", "1440"])


@BOTH
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pictures_of_asking(arrive, size: dict[str, int], dark: bool) -> None:
    shade = "-dark" if dark else ""
    if not dark:
        page = arrive(None, size=tall(size, 900))
        expect(page.get_by_role("button", name="Sign in to")).to_have_count(3)
        taken(page, "sign-in")
    page = arrive(OTHER, size=tall(size, 900), dark=dark)
    taken(page, f"ask{shade}")
    page.set_viewport_size(tall(size))
    ask(page, ASKED)
    taken(page, f"answer{shade}")
    if dark:
        return
    page.get_by_role("button", name="New conversation").click()
    ask(page, SILENT)
    expect(page.get_by_role("button", name="Tell the policy owner about this gap")).to_be_visible()
    taken(page, "not-covered")
    page.get_by_role("button", name="New conversation").click()
    box = page.get_by_label("Ask about your policy")
    box.fill(WORRY)
    box.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="safeguarding lead")).to_be_visible()
    expect(page.locator(".pb-copy")).to_have_count(1)
    taken(page, "disclosure")


@BOTH
def test_pictures_of_the_policy_and_its_procedures(arrive, policies: dict[str, Policy], size: dict[str, int]) -> None:
    page = arrive(OTHER, Role.DSL, size=tall(size))
    ask(page, ASKED)
    page.get_by_role("button", name="Open in the policy").first.click()
    expect(page.locator(".pb-open")).to_have_count(1)
    taken(page, "policies")
    go(page, "Procedures", "Procedures")
    expect(page.locator(".pb-step").first).to_be_visible()
    taken(page, "procedures")


@BOTH
def test_pictures_of_figures_and_comparisons(arrive, size: dict[str, int]) -> None:
    page = arrive(ONE, Role.ADMINISTRATOR, size=tall(size))
    go(page, "Insights", "Insights")
    expect(page.locator(".pb-insight-method")).to_be_visible()
    taken(page, "insights")
    page = arrive(ONE, Role.TRUST_LEAD, size=tall(size))
    go(page, "Trust", "Compare policies")
    page.get_by_label("Topic or question").fill("Friend requests from pupils")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator(".pb-trust-column")).to_have_count(3)
    settled(page)
    page.wait_for_timeout(1700)
    page.locator(".stMain").evaluate("main => main.scrollTo(0, 0)")
    taken(page, "trust")


def test_pictures_of_a_report(arrive) -> None:
    page = arrive(ONE, Role.EVALUATOR, size=tall(WIDE))
    go(page, "Evaluate", "Evaluate")
    page.get_by_text("Run a set", exact=True).click()
    page.get_by_role("combobox", name="Sets").click()
    page.get_by_role("option", name="not used in development").click()
    page.keyboard.press("Escape")
    page.locator(".st-key-evaluate-go button").click()
    expect(page.get_by_text("is finished:")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Read its report").click()
    for size in (WIDE, PHONE):
        page.set_viewport_size(tall(size))
        expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_be_visible(timeout=LONG)
        taken(page, "evaluate")


def test_the_pictures_are_all_there_and_small() -> None:
    light = ["sign-in", "ask", "answer", "not-covered", "disclosure", "policies", "procedures", "insights", "evaluate", "trust"]
    names = {f"{name}-{size['width']}.png" for name in (*light, "ask-dark", "answer-dark") for size in (PHONE, WIDE)}
    folder = ROOT / "docs" / "pictures"
    held = {path.name: path.stat().st_size for path in folder.glob("*.png")}
    assert names == set(held) and sum(held.values()) <= MOST_BYTES
    assert all(Image.open(folder / name).width == int(name.rsplit("-", 1)[1].removesuffix(".png")) for name in names)

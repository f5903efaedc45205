"""The Evaluate page and the buttons under an answer, in a real browser: from a wrong answer and a spreadsheet to a report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

pytest.importorskip("vl_convert", reason="vl-convert-python is not installed")

from browsing import (
    DESKTOP,
    MARKS,
    ONE,
    OTHER,
    PATIENCE,
    PHONE,
    ROOT,
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

from eval.cases import Case, load_cases, save_cases
from eval.own_runs import own_journal, own_run
from eval.own_sets import keep_upload, read_upload, sets_of
from eval.recording import record
from eval.reviewed import reviewed_set
from policybot.bot import PolicyBot
from policybot.identity import Role
from policybot.records import Verdict
from policybot.reviews import Judgement, ReviewQueue
from policybot.settings import Settings

ASKED = "Can I use LinkedIn at work to write to Sarah Jones?"
WORRY = "A child in my group told me that her uncle hits her"
LONG = 4 * PATIENCE
"""Milliseconds: a run, or the charts of a report, on a busy machine."""

pytestmark = MARKS


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two organisations of the shipped corpus, really ingested."""
    return ingested(tmp_path_factory.mktemp("evaluate") / "home")


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    with serving(settings.home, demo=True) as at:
        yield at


def signed_in(
    browser: Browser, address: str, slug: str, size: dict[str, int] = DESKTOP, role: Role = Role.STAFF, scheme: str = "light"
) -> Page:
    """A page on which the account was chosen."""
    page = browser.new_page(viewport=size, accept_downloads=True, color_scheme=scheme)
    page.set_default_timeout(LONG)
    page.goto(address)
    sign_in(page, slug, role)
    return page


def evaluating(browser: Browser, address: str, slug: str, part: str, scheme: str = "light") -> Page:
    page = signed_in(browser, address, slug, role=Role.EVALUATOR, scheme=scheme)
    page.get_by_role("link", name="Evaluate").click()
    expect(page.get_by_role("heading", name="Evaluate")).to_be_visible(timeout=LONG)
    page.get_by_text(part, exact=True).click()
    return page


def test_a_wrong_answer_becomes_a_test(browser: Browser, address: str, settings: Settings) -> None:
    page = signed_in(browser, address, ONE, PHONE)
    ask(page, ASKED)
    page.get_by_role("button", name="This was wrong").click()
    page.get_by_label("What was wrong").fill("Mrs Sarah Jones said it cites the wrong rule")
    page.get_by_role("button", name="Send the reason").click()
    expect(page.get_by_text("Your reason is kept with it")).to_be_visible(timeout=LONG)
    assert_fits(page)
    picture(page, "phone-9-judged")
    page.close()
    queue = ReviewQueue.open(settings)
    (mark,) = queue.waiting(ONE)
    assert mark.judgement is Judgement.WRONG and "[name 1]" in mark.question and "[name 1]" in mark.reason
    assert "Jones" not in mark.question + mark.reason

    other = evaluating(browser, address, OTHER, "Review queue")
    expect(other.get_by_text("Nothing waits for review")).to_be_visible(timeout=LONG)
    other.close()
    page = evaluating(browser, address, ONE, "Review queue")
    page.get_by_role("textbox", name="The question, for the test").fill("can i write to Robin on LinkedIn at work?")
    page.locator("[class*=st-key-verdict-]").get_by_text("Allowed", exact=True).click()
    page.get_by_role("button", name="Save as a test").click()
    expect(page.get_by_role("alert").get_by_text("needs at least one clause")).to_be_visible(timeout=LONG)
    assert not reviewed_set(settings.home, ONE).exists() and queue.waiting(ONE) == (mark,)
    page.locator("[class*=st-key-verdict-]").get_by_text("Your policy does not say", exact=True).click()
    picture(page, "desktop-7-review")
    page.get_by_role("button", name="Save as a test").click()
    expect(page.get_by_text("now holds 1 question")).to_be_visible(timeout=LONG)
    (case,) = load_cases(reviewed_set(settings.home, ONE))
    assert (case.question, case.verdict) == ("can i write to Robin on LinkedIn at work?", Verdict.NOT_COVERED)
    assert case.organisation == ONE and queue.waiting(ONE) == ()
    queue.close()
    page.close()


def test_nothing_of_a_conversation_with_a_worry_can_be_judged(browser: Browser, address: str) -> None:
    page = signed_in(browser, address, OTHER)
    ask(page, "Can I use LinkedIn at work?")
    expect(page.get_by_role("button", name="This was wrong")).to_have_count(1)
    box = page.get_by_label("Ask about your policy")
    box.fill(WORRY)
    box.press("Enter")
    expect(page.locator(".pb-copy")).to_have_count(2, timeout=LONG)
    # What comes after leans on the worry, so it has no badge to wait for.
    box.fill("Can I use LinkedIn at work?")
    box.press("Enter")
    expect(page.locator(".pb-copy")).to_have_count(3, timeout=LONG)
    expect(page.locator(".stSpinner")).to_have_count(0, timeout=LONG)
    # Not what was asked before it either: it belongs to the story.
    expect(page.get_by_role("button", name="This was wrong")).to_have_count(0)
    page.close()


def test_whoever_is_no_evaluator_is_refused_by_the_address_too(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=DESKTOP)
    page.set_default_timeout(LONG)
    page.goto(f"{address}/evaluate")
    page.locator(f".st-key-sign-in-{ONE} button").click()
    expect(page.get_by_role("alert")).to_contain_text("your account does not have it", timeout=LONG)
    expect(page.get_by_role("link", name="Evaluate")).to_have_count(0)
    expect(page.locator(".st-key-evaluate")).to_have_count(0)
    page.close()


def filled(path: Path, rows: list[dict[str, str]]) -> None:
    """The downloaded spreadsheet with rows below its examples."""
    book = openpyxl.load_workbook(path)
    sheet = book["Questions"]
    heads = [cell.value for cell in sheet[1]]
    for place, row in enumerate(rows, 4):
        for name, value in row.items():
            sheet.cell(place, heads.index(name) + 1, value)
    book.save(path)


def test_a_spreadsheet_becomes_a_report(browser: Browser, address: str, settings: Settings, tmp_path: Path) -> None:
    page = evaluating(browser, address, ONE, "Run a set")
    with page.expect_download() as template:
        page.get_by_role("button", name="Download the spreadsheet").click()
    path = tmp_path / "my-set.xlsx"
    template.value.save_as(path)
    known = json.loads((ROOT / "eval" / "gold" / f"{ONE}.jsonl").read_text(encoding="utf-8").splitlines()[0])
    silent = {"Expected verdict": "Your policy does not say"}
    rows = [
        {"Organisation": ONE, "Question": known["question"], "Expected verdict": known["verdict"], "Must cite": known["evidence"][0][0]},
        {"Organisation": OTHER, "Question": "can i check facebook in my lunch break", **silent},
        {"Organisation": ONE, "Question": "does the policy say anything about dashcams", **silent},
    ]
    filled(path, rows)
    page.locator("input[type=file]").set_input_files(path)
    faults = page.get_by_role("alert").filter(has_text="my-set.xlsx")
    expect(faults).to_contain_text("row 5, column Organisation", timeout=LONG)
    expect(page.locator(".st-key-evaluate-go button")).to_be_disabled()
    filled(path, [{}, {"Organisation": ONE}])
    expect(page.locator("input[type=file]")).to_have_count(1, timeout=LONG)  # the emptied box is there, the full one gone
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("3 questions read")).to_be_visible(timeout=LONG)
    page.locator(".st-key-evaluate-go button").click()
    expect(page.get_by_text("is finished: 3 questions")).to_be_visible(timeout=LONG)
    assert_fits(page)
    page.get_by_role("button", name="Read its report").click()
    report = page.frame_locator("iframe")
    expect(report.get_by_role("heading", name=f"Evaluation report: {ONE}.run-1")).to_be_visible(timeout=LONG)
    picture(page, "desktop-8-report")
    with page.expect_download() as run:
        page.get_by_role("button", name="Download the run").click()
    held = json.loads(Path(run.value.path()).read_text(encoding="utf-8"))
    assert {case["organisation"] for case in held["run"]["cases"]} == {ONE} and len(held["run"]["cases"]) == 3
    page.set_viewport_size(PHONE)
    assert_fits(page)
    page.close()

    other = evaluating(browser, address, OTHER, "Reports")
    expect(other.get_by_text("No run is kept yet")).to_be_visible(timeout=LONG)
    other.close()


def shipped(count: int) -> tuple[Case, ...]:
    """The first cases of a shipped set."""
    return tuple(load_cases(ROOT / "eval" / "gold" / f"{ONE}.jsonl"))[:count]


def test_a_run_that_was_stopped_is_gone_on_with_and_compared(browser: Browser, address: str, settings: Settings) -> None:
    bot = PolicyBot.open(settings)
    record(bot, shipped(4), own_journal(settings.home, ONE, "spring"))
    path = own_journal(settings.home, ONE, "summer")
    record(bot, shipped(3), path)
    # As a crash after the first case leaves it: head and one case, and the cases beside it.
    head, first, *_ = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{head}\n{first}\n", encoding="utf-8")
    save_cases(path.with_suffix(".cases"), shipped(3))

    page = evaluating(browser, address, ONE, "Reports", scheme="dark")
    page.get_by_role("button", name="Go on with summer").click()
    expect(page.get_by_text("The run summer is finished: 3 questions")).to_be_visible(timeout=LONG)
    assert path.read_text(encoding="utf-8").splitlines()[1] == first, "what was answered is not asked again"
    assert [case.id for case in own_run(settings.home, ONE, path.stem).cases] == [case.id for case in shipped(3)]
    page.get_by_role("button", name="Read its report").click()
    report = page.frame_locator("iframe")
    expect(report.get_by_role("heading", name=f"Evaluation report: {ONE}.summer")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name="Go on with")).to_have_count(0)

    page.get_by_role("combobox", name="Compare it with an earlier run").click()
    page.get_by_role("option", name="spring").click()
    alert = page.get_by_role("alert").filter(has_text=f"{ONE}.spring and {ONE}.summer")
    expect(alert).to_contain_text("compare the common cases", timeout=LONG)
    page.get_by_text("Only the questions that both runs have").click()
    expect(report.get_by_text(f"3 cases of both runs, against {ONE}.spring")).to_be_visible(timeout=LONG)
    expect(report.get_by_role("heading", name="Worse: 0")).to_be_visible()
    assert_fits(page)
    picture(page, "desktop-evaluate-compare-dark")
    page.close()


def test_an_own_set_is_downloaded_and_deleted_by_its_owners_alone(browser: Browser, address: str, settings: Settings) -> None:
    own = keep_upload("spring-set.jsonl", shipped(3), settings.home, ONE)
    other = evaluating(browser, address, OTHER, "Run a set")
    expect(other.get_by_role("combobox", name="Sets")).to_be_visible(timeout=LONG)
    assert other.get_by_text("spring-set").count() == 0 and other.get_by_text("Your own sets").count() == 0
    other.close()
    page = evaluating(browser, address, ONE, "Run a set")
    page.get_by_text("Your own sets: download, change, delete").click()
    with page.expect_download() as sheet:
        page.get_by_role("button", name="Download spring-set").click()
    again = read_upload("spring-set.xlsx", Path(sheet.value.path()).read_bytes(), PolicyBot.open(settings).catalogue, ONE)
    assert [(c.question, c.verdict, c.evidence) for c in again] == [(c.question, c.verdict, c.evidence) for c in shipped(3)]
    page.get_by_role("button", name="Delete spring-set").click()
    expect(page.get_by_text("Delete it for good?")).to_be_visible(timeout=LONG)
    picture(page, "desktop-evaluate-own-set")
    page.get_by_role("button", name="No, keep it").click()
    expect(page.get_by_text("Delete it for good?")).to_have_count(0, timeout=LONG)
    assert own in sets_of(settings.home, ONE)
    page.get_by_role("button", name="Delete spring-set").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.get_by_role("button", name="Download spring-set")).to_have_count(0, timeout=LONG)
    assert own not in sets_of(settings.home, ONE)
    page.close()

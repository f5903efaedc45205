"""Signing in with a real sign-in service, in a real browser: who gets in, to what, and until when."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from browsing import (
    DESKTOP,
    MARKS,
    ONE,
    OTHER,
    PATIENCE,
    PHONE,
    ROOT,
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
    playwright,
    quotes,
    serving,
    wait_until_up,
)
from signing_in import DOMAINS, cookie, set_up, sign_in_as, sign_in_service
from streamlit.testing.v1 import AppTest

from eval.cases import load_cases
from policybot.bot import PolicyBot
from policybot.catalogue import Catalogue
from policybot.claims import LEEWAY, LONGEST, Welcome, admit
from policybot.identity import Role, User
from policybot.identity_file import read_identity_file
from policybot.records import Answered, NotCovered, Question
from policybot.settings import Settings
from policybot.web import session
from policybot.web.visit import PLACES

pytestmark = MARKS

QUESTION = "Can I use LinkedIn at work?"
FIRST_PAGE = "What would you like to know?"
LONG_AGO = int(time.time() - LONGEST.total_seconds()) - 3600
"""When a token was made that the service still takes for good, and we do not."""
PEOPLE = {
    "ann": {"name": "Ann <b>One</b>", "email": f"ann@{DOMAINS[ONE]}", "email_verified": True},
    "bob": {"name": "Bob Other", "email": f"bob@{DOMAINS[OTHER]}", "email_verified": True},
    "eve": {"name": "Eve & Co", "email": "eve@elsewhere.example", "email_verified": True},
    "mallory": {"name": "Mallory", "email": f"mallory@{DOMAINS[ONE]}", "email_verified": False},
    "late": {"name": "Late", "email": f"late@{DOMAINS[ONE]}", "iat": LONG_AGO},
    "both": {"name": "Supply Teacher", "email": f"both@{DOMAINS[ONE]}", "groups": ["supply"]},
}
RULES = [
    *({"email_domain": domain, "organisation": slug} for slug, domain in DOMAINS.items()),
    {"group": "supply", "organisation": OTHER},
    *({"group": role, "organisation": ONE, "roles": [role]} for role in Role if role is not Role.TRUST_LEAD),
    {"group": "trust_lead", "organisation": ONE, "roles": ["trust_lead"], "oversees": [ONE, OTHER]},
]

GOLD = ROOT / "eval" / "gold"
EACH = 250
"""Questions that each of two people asks."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with sign_in_service(PEOPLE) as at:
        yield at


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingested(tmp_path_factory.mktemp("signin") / "home").home


@pytest.fixture(scope="module")
def address(home: Path, issuer: str) -> Iterator[str]:
    """The app with real sign-in and, by mistake, demo accounts too."""
    with serving(home, demo=True, more=set_up(home, issuer, RULES)) as at:
        yield at


@pytest.fixture(scope="module")
def words(home: Path) -> dict[str, str]:
    """All the words of each organisation's policies, white space folded."""
    catalogue = Catalogue.open(Settings.load(home=home))
    found = {slug: folded(" ".join(p.text for p in catalogue.policies(slug))) for slug in (ONE, OTHER)}
    catalogue.close()
    return found


Opening = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, address: str, issuer: str) -> Iterator[Opening]:
    """opened(at, size, dark, who) -> a page of a browser of its own; `who`: claims of somebody who has signed in before."""
    contexts: list[BrowserContext] = []

    def page(at: str = "", size: dict[str, int] = DESKTOP, dark: bool = False, who: dict[str, object] | None = None) -> Page:
        context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
        contexts.append(context)
        if who is not None:
            context.add_cookies([cookie(address, {"iss": issuer, "sub": "somebody"} | who)])
        found = context.new_page()
        found.set_default_timeout(PATIENCE)
        found.goto(f"{address}/{at}")
        return found

    yield page
    for context in contexts:
        context.close()


def first_page(page: Page) -> None:
    expect(page.get_by_role("heading", name=FIRST_PAGE)).to_be_visible(timeout=2 * PATIENCE)


def answered(page: Page, count: int) -> None:
    """Wait until this many answers stand. The page says so last of all: what stood there before may be on it twice until then,
    and whoever asks again in the meantime stops the answer that is being made."""
    expect(page.get_by_role("status").filter(has_text=f"Answer {count}: ")).to_have_count(1, timeout=PATIENCE)


def lines(texts: list[str]) -> list[str]:
    """Line by line: between a list's lead-in and a later bullet of it stand the bullets before."""
    return [folded(line) for text in texts for line in text.splitlines() if line.strip()]


def nothing_opened(page: Page) -> None:
    """There is no way to any page, and no word of a policy."""
    assert page.locator(".st-key-nav, .st-key-box, blockquote, .pb-policy, .st-key-suggestions").count() == 0


def test_a_person_asks_their_own_organisation_and_signs_out(opened: Opening, words: dict[str, str]) -> None:
    page = opened()
    expect(page.get_by_role("button", name="Sign in with Test School")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("Demo on this computer")).to_have_count(0)
    nothing_opened(page)
    picture(page, "signin-desktop")
    sign_in_as(page, "bob")
    first_page(page)
    ask(page, QUESTION)
    assert quotes(page) and all(quote in words[OTHER] for quote in quotes(page))
    expect(page.locator(".st-key-whereabouts")).to_have_count(0)

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # the service's own question
    expect(page.get_by_role("button", name="Sign in with Test School")).to_be_visible(timeout=PATIENCE)
    nothing_opened(page)
    page.reload()
    expect(page.get_by_role("button", name="Sign in with Test School")).to_be_visible(timeout=PATIENCE)
    assert [c for c in page.context.cookies() if c["name"].startswith("_streamlit_user")] == []


@pytest.mark.parametrize(("subject", "shown"), [("eve", "Eve & Co (eve@elsewhere.example)"), ("mallory", "Mallory")])
def test_a_stranger_is_told_whom_to_ask_and_nothing_else(opened: Opening, address: str, subject: str, shown: str) -> None:
    page = opened("policies", PHONE)
    sign_in_as(page, subject)
    heading = page.get_by_role("heading", name="We do not know your organisation")
    expect(heading).to_be_visible(timeout=PATIENCE)
    said = page.locator(".pb-intro").inner_text()
    assert shown in said and "the office manager" in said
    for place in PLACES:
        page.goto(f"{address}/{place.address}")
        expect(heading).to_be_visible(timeout=PATIENCE)
        nothing_opened(page)
    assert_fits(page)
    picture(page, f"signin-stranger-{subject}")
    page.get_by_role("button", name="Sign out and use another account").click()
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("button", name="Sign in with Test School")).to_be_visible(timeout=PATIENCE)


def test_a_token_that_is_over_opens_nothing(opened: Opening) -> None:
    ended = int(time.time() - LEEWAY.total_seconds()) - 5
    page = opened("policies", who={"email": PEOPLE["bob"]["email"], "exp": ended, "iat": ended - 3600})
    expect(page.get_by_role("heading", name="You have been signed out")).to_be_visible(timeout=PATIENCE)
    nothing_opened(page)
    page = opened(size=PHONE, dark=True)
    sign_in_as(page, "late")
    expect(page.get_by_role("heading", name="You have been signed out")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Sign in with Test School")).to_be_visible()
    nothing_opened(page)
    picture(page, "signin-lapsed")


def over(page: Page, ends: float) -> None:
    """Wait until the sign-in has ended: `ends`, seconds since 1970. The page itself does not change by that."""
    page.wait_for_timeout(max(0.0, ends + 2 - time.time()) * 1000)


def about_to_end(opened: Opening, do: Callable[[Page], None]) -> tuple[Page, float]:
    """A page on which `do` was done by somebody whose sign-in ends soon, and when that is (seconds since 1970)."""
    for lasts in (20, 80, 320):  # seconds: as long as this machine needs today
        ends = time.time() + lasts
        page = opened(who={"email": PEOPLE["bob"]["email"], "exp": int(ends - LEEWAY.total_seconds()), "iat": int(ends - 3600)})
        first = page.get_by_role("heading", name=FIRST_PAGE)
        expect(first.or_(page.get_by_role("heading", name="You have been signed out"))).to_be_visible(timeout=2 * PATIENCE)
        try:
            if first.is_visible():
                do(page)
        except (AssertionError, playwright.Error):
            if time.time() < ends:
                raise
        if time.time() < ends:
            return page, ends
    raise AssertionError("the machine was too slow to do it in five minutes")


def test_a_sign_in_that_ends_takes_the_conversation_with_it(opened: Opening) -> None:
    page, ends = about_to_end(opened, lambda page: ask(page, QUESTION))
    over(page, ends)
    expect(page.locator(".pb-asked")).to_have_count(1)
    page.get_by_role("link", name="Policies").click()
    expect(page.get_by_role("heading", name="You have been signed out")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".pb-asked")).to_have_count(0)
    nothing_opened(page)


def test_an_open_dialog_does_nothing_after_the_end(opened: Opening) -> None:
    """A dialog runs without the page about it, so it must look for itself who is there."""

    def list_them(page: Page) -> None:
        ask(page, QUESTION)
        page.get_by_role("button", name="Your conversations").click()
        expect(page.get_by_role("dialog").get_by_role("button", name="Delete all")).to_be_visible(timeout=PATIENCE)

    page, ends = about_to_end(opened, list_them)
    over(page, ends)
    page.get_by_role("dialog").get_by_role("button", name="Delete all").click()
    expect(page.get_by_role("heading", name="You have been signed out")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("dialog")).to_have_count(0)
    nothing_opened(page)


def watching_a_run() -> None:
    """A page on which a run is watched by somebody who may have left since the page was last shown whole."""
    from pathlib import Path

    import streamlit as st

    from eval.background import Underway
    from policybot.web import evaluate, session

    if (user := session.user()) is None:
        st.text("nobody is there")
        return
    if st.session_state.get("leaves"):
        st.session_state.clear()
    evaluate._progress(Underway(Path(f"{user.organisation}.run-1.jsonl"), 2), user)


def test_a_run_is_shown_to_nobody_after_the_end() -> None:
    page = AppTest.from_function(watching_a_run, default_timeout=PATIENCE / 1000)
    page.session_state[session.USER] = User(ONE, "Robin", frozenset({Role.EVALUATOR}))
    page.run()
    assert [shown.value for shown in page.text] == [] and page.get("progress"), "it is there while the person is"
    page.session_state["leaves"] = True
    page.run()
    assert [shown.value for shown in page.text] == ["nobody is there"] and not page.get("progress")


def test_a_cookie_that_was_made_up_or_altered_is_nobodys(opened: Opening, browser: Browser, address: str, issuer: str) -> None:
    claims = {"iss": issuer, "sub": "bob", "email": PEOPLE["bob"]["email"]}
    good = cookie(address, claims)
    _, *seal = good["value"].rsplit(".", 2)  # claims, time, signature
    other = cookie(address, claims | {"email": PEOPLE["ann"]["email"]})["value"].rsplit(".", 2)[0]
    forged = {
        "another secret": cookie(address, claims, secret="a secret that somebody guessed, of the right length")["value"],
        "another's claims under this seal": ".".join((other, *seal)),
        "cut short": good["value"][:-3],
        "plain words": "{is_logged_in:true}",
        "of another site": cookie("http://elsewhere.example", claims)["value"],
    }
    assert good["value"] not in forged.values()
    for how, value in forged.items():
        with browser.new_context(viewport=DESKTOP) as context:
            context.add_cookies([{"name": good["name"], "value": value, "url": address}])
            page = context.new_page()
            page.goto(address)
            expect(page.get_by_role("button", name="Sign in with Test School"), how).to_be_visible(timeout=PATIENCE)
            nothing_opened(page)
    whole = opened(who=claims)  # the same by the same hand, unaltered, opens the page: so it was not the test that failed
    first_page(whole)


def test_two_organisations_in_two_browsers_at_once(opened: Opening, words: dict[str, str]) -> None:
    pages = {ONE: opened(), OTHER: opened(dark=True)}
    for slug, subject in ((ONE, "ann"), (OTHER, "bob")):
        sign_in_as(pages[slug], subject)
        first_page(pages[slug])
    more = ("Who approved the policy?", "Can I post photos of children?", "Can I add a parent as a friend?", "Can I blog?", "And at home?")
    for turn, question in enumerate((QUESTION, *more)):
        for page in pages.values():
            box = page.get_by_label("Ask about your policy")
            box.fill(question)
            box.press("Enter")
        for page in pages.values():
            answered(page, turn + 1)
    for slug, page in pages.items():
        stranger = OTHER if slug == ONE else ONE
        shown = lines(page.locator("blockquote").all_inner_texts())
        assert len(shown) >= 3 and all(line in words[slug] for line in shown)
        assert any(line not in words[stranger] for line in shown)


def test_five_hundred_interleaved_questions_leak_nothing(home: Path, issuer: str, address: str, words: dict[str, str]) -> None:
    """Two people, whose organisations come from claims, ask the same questions at the same time of one bot: those that were written
    for the one, those for the other, and the traps, which only another's policy answers."""
    rules = read_identity_file(home / "identity.toml").rules
    claims = {"is_logged_in": True, "iss": issuer, "aud": "policybot", "iat": time.time(), "exp": time.time() + 3600}
    people = []
    for subject in ("ann", "bob"):
        found = admit({**claims, "sub": subject, **PEOPLE[subject]}, rules, datetime.now(UTC))
        assert isinstance(found, Welcome) and len(found.users) == 1
        people.append(found.users[0])
    assert [p.organisation for p in people] == [ONE, OTHER]
    names = [f"{folder}{slug}{kind}" for slug in (ONE, OTHER) for folder, kind in (("", ""), ("own/", ""), ("own/", ".traps"))]
    texts = list(dict.fromkeys(case.question for name in names for case in load_cases(GOLD / f"{name}.jsonl")))[:EACH]
    bot = PolicyBot.open(Settings.load(home=home))
    asked = [(person, text) for text in texts for person in people]
    assert len(asked) == 2 * EACH
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda turn: bot.answer(Question(turn[0].organisation, turn[1])), asked))
    quoted = {slug: 0 for slug in words}
    for (person, text), answer in zip(asked, answers, strict=True):
        own, stranger = person.organisation, OTHER if person.organisation == ONE else ONE
        assert answer.question.organisation == own and answer.question.text == text
        citations = answer.citations if isinstance(answer, Answered) else answer.nearest if isinstance(answer, NotCovered) else ()
        for citation in citations:
            said = lines([citation.quote])
            assert citation.clause_id.startswith(f"{own}/") and all(line in words[own] for line in said)
            quoted[own] += any(line not in words[stranger] for line in said)
    assert min(quoted.values()) > 250, "both were really answered, in words that only theirs has"


@pytest.mark.parametrize("role", Role)
def test_a_page_for_another_role_is_refused_by_its_address(opened: Opening, role: Role) -> None:
    who = {"email": PEOPLE["ann"]["email"], "groups": [role.value], "sub": role.value}
    page = opened(who=who)
    first_page(page)
    origin = page.url.rstrip("/")
    for place in PLACES:
        if place.roles and role not in place.roles:
            page.goto(f"{origin}/{place.address}")
            expect(page.get_by_role("alert")).to_contain_text(f"The page {place.title}: it is for people with the role", timeout=PATIENCE)
            assert page.locator(f".st-key-{place.module}").count() == 0
            expect(page.locator(".st-key-nav").get_by_role("link", name=place.title)).to_have_count(0)
            picture(page, f"signin-refused-{place.module}")
        elif place.roles:
            expect(page.locator(".st-key-nav").get_by_role("link", name=place.title)).to_have_count(1)


def test_a_person_of_two_organisations_chooses_and_changes(opened: Opening, words: dict[str, str]) -> None:
    page = opened(size=PHONE)
    sign_in_as(page, "both")
    expect(page.get_by_role("heading", name="Which organisation are you asking for?")).to_be_visible(timeout=2 * PATIENCE)
    nothing_opened(page)
    expect(page.get_by_role("button", name="Ask for")).to_have_count(2)
    assert_fits(page)
    picture(page, "signin-choose")
    page.locator(f".st-key-choose-{OTHER} button").click()
    first_page(page)
    assert_fits(page)
    picture(page, "signin-whereabouts")
    ask(page, QUESTION)
    assert quotes(page) and all(quote in words[OTHER] for quote in quotes(page))

    page.get_by_role("button", name="Change organisation").click()
    page.locator(f".st-key-choose-{ONE} button").click()
    first_page(page)
    expect(page.locator(".pb-asked")).to_have_count(0)
    ask(page, QUESTION)
    assert quotes(page) and all(quote in words[ONE] and quote not in words[OTHER] for quote in quotes(page))


def the_program(folder: Path) -> Path:
    """A checkout of the program in `folder`, without the models: the sign-in page needs none."""
    for part in ("src", "ingest", "eval", ".streamlit"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("model", "gold", "__pycache__", "secrets.toml"))
    shutil.copy(ROOT / "app.py", folder)
    return folder


@contextmanager
def running(program: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """`policybot run` of that checkout without demo accounts, begun in another folder; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = os.pathsep.join(str(program / part) for part in ("src", ""))
    elsewhere = {k: v for k, v in os.environ.items() if not k.startswith("POLICYBOT_")}
    elsewhere |= {"PYTHONPATH": path, "HOME": str(program.parent), "POLICYBOT_HOME": str(program / "home"), **environment}
    command = [sys.executable, "-m", "policybot.cli", "run", "--headless", "--port", str(port)]
    log = program.parent / "run.log"
    with log.open("w") as said:
        server = subprocess.Popen(command, cwd=program.parent, env=elsewhere, stdout=said, stderr=said, start_new_session=True)
    try:
        wait_until_up(f"http://127.0.0.1:{port}", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=15)


def test_policybot_run_finds_the_secrets_beside_the_program_and_says_when_there_are_none(
    browser: Browser, issuer: str, tmp_path: Path
) -> None:
    program = the_program(tmp_path / "program")
    environment = set_up(program, issuer, RULES)
    with running(program, environment) as at, browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(at)
        page.get_by_role("button", name="Sign in with Test School").click(timeout=2 * PATIENCE)
        expect(page.get_by_role("heading", name="Authorize Client")).to_be_visible(timeout=PATIENCE)
    (program / ".streamlit" / "secrets.toml").unlink()
    with running(program, environment) as at, browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(at)
        said = page.get_by_role("alert")
        expect(said).to_contain_text("[auth] in .streamlit/secrets.toml: it is not there", timeout=2 * PATIENCE)
        expect(said).to_contain_text("docs/administrators.md")
        nothing_opened(page)
        picture(page, "signin-no-secrets")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_can_be_used_by_everyone(opened: Opening, dark: bool) -> None:
    """axe finds nothing on the sign-in pages, and the keyboard alone reaches the button."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    stranger = opened(size=WIDE, dark=dark, who={"email": "eve@elsewhere.example", "name": "Eve"})
    expect(stranger.get_by_role("heading", name="We do not know your organisation")).to_be_visible(timeout=PATIENCE)
    chooser = opened(size=WIDE, dark=dark, who={"email": PEOPLE["both"]["email"], "groups": ["supply"], "name": "Both"})
    expect(chooser.get_by_role("heading", name="Which organisation")).to_be_visible(timeout=2 * PATIENCE)
    door = opened(size=WIDE, dark=dark)
    button = door.get_by_role("button", name="Sign in with Test School")
    expect(button).to_be_visible(timeout=PATIENCE)
    for name, page in (("door", door), ("stranger", stranger), ("chooser", chooser)):
        picture(page, f"signin-{name}-{'dark' if dark else 'light'}")
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == [], name
    door.evaluate("document.activeElement.blur()")
    for _ in range(8):
        door.keyboard.press("Tab")
        if button.evaluate("b => b === document.activeElement"):
            break
    door.keyboard.press("Enter")
    expect(door.get_by_role("heading", name="Authorize Client")).to_be_visible(timeout=PATIENCE)

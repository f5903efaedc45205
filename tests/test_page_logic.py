"""The real app without a browser: who may go where, what a question leaves behind, and what nothing is left of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import streamlit
from browsing import ONE, OTHER, ROOT, folded, ingested
from bs4 import BeautifulSoup
from streamlit.testing.v1 import AppTest

from policybot import models
from policybot.askings import Askings
from policybot.bot import PolicyBot
from policybot.catalogue import Catalogue
from policybot.compose import BADGES
from policybot.conversations import Conversations
from policybot.errors import ModelError
from policybot.facets import facets
from policybot.identity import Role, User
from policybot.library import Library
from policybot.reader import Reader
from policybot.records import Answer
from policybot.settings import PREFIX, Settings
from policybot.vectors import FingerprintedEmbeddings
from policybot.web import frame, session

ASKED, FURTHER = "Can I use LinkedIn at work?", "May I put a photograph of a child on my own Facebook page?"
WORRY = "A child in my group told me that her uncle hits her"
FOR_ALL = {"", "policies", "procedures"}
OPEN_TO = {
    Role.STAFF: FOR_ALL,
    Role.DSL: FOR_ALL,
    Role.EVALUATOR: FOR_ALL | {"insights", "evaluate"},
    Role.ADMINISTRATOR: FOR_ALL | {"insights"},
    Role.TRUST_LEAD: FOR_ALL | {"trust"},
}
"""Addresses that each role may use."""
PAGES = {
    "": ("Ask", "What would you like to know?"),
    "policies": ("Policies", "Social"),
    "procedures": ("Procedures", "Procedures"),
    "insights": ("Insights", "Insights"),
    "evaluate": ("Evaluate", "Evaluate"),
    "trust": ("Trust", "Compare policies"),
}
"""Every address, with its name in the navigation and what its first heading begins with."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Two organisations of the shipped corpus, really ingested; and a Streamlit that remembers no other test's bot."""
    streamlit.cache_resource.clear()
    yield ingested(tmp_path_factory.mktemp("logic") / "home")
    streamlit.cache_resource.clear()
    streamlit.cache_data.clear()


@pytest.fixture
def arrive(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[User], AppTest]:
    """arrive(user) -> the app on its first page, with this person signed in."""
    monkeypatch.setenv(f"{PREFIX}HOME", str(settings.home))
    monkeypatch.setenv(f"{PREFIX}DEMO", "1")

    def arrived(user: User) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        app.session_state[session.USER] = user
        return app.run()

    return arrived


def someone(person: str, role: Role = Role.STAFF, slug: str = ONE) -> User:
    overseen = (ONE, OTHER) if role is Role.TRUST_LEAD else ()
    return User(slug, "Someone", frozenset({Role.STAFF, role}), person=f"issuer|{person}", oversees=overseen)


def at_address(app: AppTest, address: str) -> AppTest:
    """The same browser at another of the app's addresses. AppTest.switch_page takes files alone, and no page here is one."""
    app._page_hash = next(key for key, page in app._registered_pages.items() if page["url_pathname"] == address)
    return app.run()


def body(app: AppTest) -> BeautifulSoup:
    assert not app.exception
    return BeautifulSoup(" ".join(part.proto.body for part in app.get("html")), "html.parser")


def ask(app: AppTest, text: str) -> AppTest:
    return app.chat_input(key="question").set_value(text).run()


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def turns(app: AppTest) -> tuple[Answer, ...]:
    return app.session_state.get(session.TURNS, ())


def kept(settings: Settings, user: User) -> list[str]:
    """Titles of the person's conversations, the newest first."""
    store = Conversations.open(settings)
    found = [one.title for one in store.list(user.organisation, user.person)]
    store.close()
    return found


def counted(settings: Settings, organisation: str = ONE) -> int:
    """Questions of the organisation that the figures know of."""
    askings = Askings.open(settings)
    count = len(askings.kept(organisation))
    askings.close()
    return count


# -- who may go where


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_its_own_pages_and_is_refused_at_the_others(arrive, role: Role) -> None:
    app = arrive(someone(f"visitor-{role}", role))
    allowed = [name for address, (name, _) in PAGES.items() if address in OPEN_TO[role]]
    for address, (name, heading) in PAGES.items():
        page = body(at_address(app, address))
        listed = [link.proto.label for link in app.get("page_link") if link.proto.label in {name for name, _ in PAGES.values()}]
        assert listed == allowed, address
        if address in OPEN_TO[role]:
            assert page.h1.get_text().startswith(heading) and not page.select(".pb-error"), address
        else:
            said = page.select_one(".pb-error").get_text(" ")
            assert f"The page {name}" in said and "your account does not have it" in said
            assert page.h1 is None and not app.text_input and not app.chat_input and not app.selectbox, "nothing of the page"


def test_nobody_goes_anywhere_without_signing_in(arrive) -> None:
    app = arrive(someone("leaver"))
    assert body(app).select_one(".pb-brand") and app.chat_input
    press(app, "Sign out")
    for address in PAGES:
        page = body(at_address(app, address))
        assert not app.get("page_link") and not app.chat_input and not app.text_input
        assert page.h1.get_text() == "You cannot sign in here yet", "the demo is for a server that listens on this computer alone"


# -- a conversation


def test_a_question_is_answered_and_its_conversation_kept(arrive, settings: Settings) -> None:
    ann, before = someone("ann"), counted(settings)
    app = arrive(ann)
    assert len(app.get("button")) > 4 and kept(settings, ann) == []
    page = body(ask(app, ASKED))
    assert page.select_one(".pb-badge").get_text() in BADGES.values() and not page.select(".pb-intro")
    quoted = [folded(quote.get_text()) for quote in page.select("blockquote")]
    catalogue = Catalogue.open(settings)
    words = folded(" ".join(policy.text for policy in catalogue.policies(ONE)))
    catalogue.close()
    assert quoted and all(quote in words for quote in quoted)
    assert kept(settings, ann) == [ASKED] and counted(settings) == before + 1
    ask(app, "  ")
    assert len(turns(app)) == 1, "a blank is no question"

    page = body(ask(app, FURTHER))
    assert [p.get_text() for p in page.select(".pb-asked p")] == [f"You asked: {ASKED}", f"You asked: {FURTHER}"]
    assert kept(settings, ann) == [ASKED], "it is still the same conversation"
    assert kept(settings, someone("ann", slug=OTHER)) == kept(settings, someone("bob")) == []


def test_a_new_conversation_forgets_the_turns_and_keeps_both(arrive, settings: Settings) -> None:
    cas = someone("cas")
    app = ask(arrive(cas), ASKED)
    first = app.session_state[session.CONVERSATION]
    page = body(press(app, "New conversation"))
    assert page.h1.get_text() == "What would you like to know?" and not page.select(".pb-badge, .pb-asked")
    assert turns(app) == ()
    ask(app, FURTHER)
    assert app.session_state[session.CONVERSATION] != first
    assert turns(app)[0].question.history == (), "what was said before is no part of it"
    assert kept(settings, cas) == [FURTHER, ASKED]


def test_what_would_change_the_answer_is_asked_next(arrive, settings: Settings) -> None:
    dee = someone("dee")
    app = ask(arrive(dee), ASKED)
    catalogue = Catalogue.open(settings)
    clauses = [clause for policy in catalogue.policies(ONE) for clause in policy.clauses]
    catalogue.close()
    expected = facets(turns(app)[0], clauses)
    offered = [button for button in app.button if (button.key or "").startswith("facet-0-")]
    assert len(offered) >= 2 and [button.label for button in offered] == [frame.unmarked(facet.label) for facet in expected]
    offered[1].click().run()
    said = turns(app)
    assert [answer.question.text for answer in said] == [ASKED, expected[1].question]
    assert said[1].question.history[0].content == ASKED, "it is asked as a follow-up"
    app.run()
    assert len(turns(app)) == 2, "it is asked once"
    assert not [button for button in app.button if (button.key or "").startswith("facet-0-")], "only the last answer has the row"


def test_a_clause_is_opened_in_the_policy_and_left_again(arrive) -> None:
    app = ask(arrive(someone("eli")), ASKED)
    cited = turns(app)[0].citations[0]
    page = body(app.button(key="open-0-0").click().run())
    assert [clause["id"] for clause in page.select(".pb-open")] == [cited.clause_id]
    assert cited.label in page.select_one(".pb-showing").get_text()
    assert "Back to your conversation" in [link.proto.label for link in app.get("page_link")]
    assert len(body(at_address(app, "")).select(".pb-badge")) == 1


def test_the_next_person_at_the_same_browser_finds_an_empty_page(arrive, settings: Settings) -> None:
    app = ask(arrive(someone("fay")), ASKED)
    app.session_state[session.USER] = someone("gil", slug=OTHER)
    page = body(app.run())
    assert not page.select(".pb-badge, .pb-asked") and page.h1 and ASKED not in page.get_text()
    assert kept(settings, someone("gil", slug=OTHER)) == [] and kept(settings, someone("fay")) == [ASKED]


# -- what nothing is left of


def test_nothing_is_kept_after_a_worry(arrive, settings: Settings) -> None:
    hal = someone("hal")
    app = ask(arrive(hal), ASKED)
    assert kept(settings, hal) == [ASKED]
    before = counted(settings) - 1
    page = body(ask(app, WORRY))
    card = page.select_one(".pb-disclosure[role=alert]")
    assert "safeguarding lead" in card.get_text() and "999" in card.get_text()
    assert kept(settings, hal) == [], "what was kept of the conversation goes"
    ask(app, FURTHER)
    assert kept(settings, hal) == [] and counted(settings) == before, "nor is what leans on it, nor what came before"
    labels = [button.label for button in app.button]
    assert labels.count("This was wrong") == 0, "not the answer before it either: it belongs to the story"
    press(app, "New conversation")
    ask(app, FURTHER)
    assert kept(settings, hal) == [FURTHER] and counted(settings) == before + 1


# -- when something fails


class DyingModel(FingerprintedEmbeddings):
    """The model that ships, until it is told to die."""

    def __init__(self, settings: Settings) -> None:
        self._whole, self.dead = models.embeddings(settings), False

    @property
    def fingerprint(self) -> str:
        return self._whole.fingerprint

    @property
    def dimension(self) -> int:
        return self._whole.dimension

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if self.dead:
            raise ModelError("The reading <b>model</b>", "it died", "Start the service anew")
        return self._whole.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def page_of_a_bot() -> None:
    """The Ask page of the session's own bot and person; run by AppTest, which takes its source."""
    import streamlit as st

    from policybot.web import ask, frame
    from policybot.web.visit import Visit

    with frame.problems():
        ask.show(Visit(st.session_state["bot"], st.session_state["user"], {}))


def test_an_error_is_an_error_and_no_turn(settings: Settings) -> None:
    ivy, model, catalogue = someone("ivy"), DyingModel(settings), Catalogue.open(settings)
    before = counted(settings)
    app = AppTest.from_function(page_of_a_bot, default_timeout=120)
    app.session_state["bot"] = PolicyBot(settings, catalogue, Library.open(settings, catalogue, model), Reader.open())
    app.session_state[session.USER] = ivy
    ask(app.run(), ASKED)
    assert len(turns(app)) == 1 and counted(settings) == before + 1

    model.dead = True
    page = body(ask(app, FURTHER))
    (shown,) = page.select(".pb-error[role=alert]")
    assert shown.get_text(" ", strip=True) == "There is a problem The reading <b>model</b> : it died. Start the service anew."
    assert len(turns(app)) == 1 and len(page.select(".pb-badge")) == 1, "no error stands in an answer's place"
    assert page.select(".pb-asked")[-1].get_text() == f"You asked: {FURTHER}", "what was asked can be copied and asked again"
    assert kept(settings, ivy) == [ASKED] and counted(settings) == before + 1

    model.dead = False
    page = body(ask(app, FURTHER))
    assert len(turns(app)) == 2 and not page.select(".pb-error")
    catalogue.close()

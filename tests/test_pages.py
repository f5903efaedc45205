"""The pages' logic without a browser: what is shown, and that nothing shown can act."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import make_organisation, make_policy
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from streamlit.testing.v1 import AppTest

from ingest.pipeline import read_policy
from policybot import compose
from policybot.grounding import cite
from policybot.records import Answered, Contact, NotCovered, Notice, NoticeKind, Organisation, Policy, Question, Sentence, Verdict
from policybot.web import answer_text, answer_view, frame, policy_text
from policybot.web.suggestions import suggestions

ROOT = Path(__file__).parents[1]
SCHOOL = make_policy(
    "a-school",
    "Staff may use the school page if the head agrees.",
    "Photographs of pupils need a parent's consent.",
    "<script>alert(1)</script> ![x](http://example.org/x.png) is no way to write & never was.",
)
HOSTILE = st.text(alphabet="<>&\"'`*_[]()!:#~$\\/-| \nabc", max_size=60)


def folded(text: str) -> str:
    return " ".join(text.split())


def answer_of(policy: Policy, verdict: Verdict = Verdict.CONDITIONAL) -> Answered:
    citations = tuple(cite(c, policy, c.text, policy.organisation) for c in policy.clauses[:2])
    conditions, contact = ("if the head agrees",), Contact("the head", email="head@a-school.example")
    told = (Notice(NoticeKind.REVIEW_OVERDUE, "Rules was due for review by May 2020."),)
    remarks, headline = ("Your policy does not name Zap; it is read here as a social network.",), compose.headline(verdict)
    question = Question(policy.organisation, "Can I use Zap?")
    return Answered(
        id="1", question=question, verdict=verdict, headline=headline, remarks=remarks,
        text=compose.answered(headline, remarks, citations, conditions, contact), citations=citations,
        conditions=conditions, contact=contact, notices=told,
    )  # fmt: skip


# -- the policy as a page


@pytest.fixture(scope="module", params=sorted(p.parent.name for p in (ROOT / "corpus").glob("*/policy.md")))
def shipped(request: pytest.FixtureRequest) -> Policy:
    return read_policy(ROOT / "corpus" / request.param / "policy.md", request.param)[0]


def test_the_pieces_are_the_whole_text(shipped: Policy) -> None:
    cut = policy_text.pieces(shipped)
    assert "".join(piece.text for piece in cut) == shipped.text
    assert [piece.clause for piece in cut if piece.clause] == sorted(shipped.clauses, key=lambda c: c.span.start)


def test_every_word_of_the_policy_is_on_the_page_in_order(shipped: Policy) -> None:
    page = BeautifulSoup(policy_text.html(shipped), "html.parser")
    assert page.get_text(" ").split() == shipped.text.split()


def test_every_clause_stands_at_its_anchor(shipped: Policy) -> None:
    page = BeautifulSoup(policy_text.html(shipped), "html.parser")
    for clause in shipped.clauses:
        assert folded(page.find(id=clause.id).get_text(" ")) == folded(clause.text)


def test_one_clause_is_marked_when_it_is_opened(shipped: Policy) -> None:
    wanted = shipped.clauses[len(shipped.clauses) // 2].id
    page = BeautifulSoup(policy_text.html(shipped, opened=wanted), "html.parser")
    assert [e["id"] for e in page.select(".pb-open[aria-current]")] == [wanted]
    assert not BeautifulSoup(policy_text.html(shipped), "html.parser").select(".pb-open")


def test_section_links_lead_to_the_headings(shipped: Policy) -> None:
    page = BeautifulSoup(policy_text.html(shipped), "html.parser")
    links = BeautifulSoup(policy_text.sections(shipped), "html.parser").select("a")
    assert [a.get_text() for a in links] == [text for _, text, _ in shipped.outline]
    assert all(page.find(id=a["href"].removeprefix("#")).get_text() == a.get_text() for a in links)


def test_a_search_finds_the_clauses_that_hold_all_words() -> None:
    assert policy_text.find(SCHOOL, "PUPILS photographs") == (SCHOOL.clauses[1],)
    assert policy_text.find(SCHOOL, "pupils cameras") == ()
    assert policy_text.find(SCHOOL, "  a ") == ()
    assert "<mark>Photographs</mark>" in policy_text.html(SCHOOL, words="photographs")


def test_a_find_shows_the_words_around_it() -> None:
    text = "First a beginning that nobody looks for at all, then the photographs, and then an end which goes on and on."
    shown = policy_text.around(text, "photographs")
    assert "photographs" in shown and len(shown) <= 2 * policy_text.AROUND + 2
    assert shown.strip("…") in text


# -- nothing shown can act


@given(HOSTILE)
def test_words_of_a_person_or_a_policy_are_never_markup(text: str) -> None:
    bubble = BeautifulSoup(answer_view.asked(text, "turn-0"), "html.parser")
    assert {e.name for e in bubble.find_all()} <= {"div", "p", "span"}
    assert folded(bubble.p.get_text()) == folded(f"You asked: {text}")
    found = BeautifulSoup(policy_text.marked(text, ("ab", "<")), "html.parser")
    assert {e.name for e in found.find_all()} <= {"mark"} and folded(found.get_text()) == folded(text)


@given(HOSTILE, HOSTILE)
def test_sentences_and_their_references_are_never_markup(text: str, label: str) -> None:
    said = [(text, (answer_view.Reference(label), answer_view.Reference("5.3", "quote-0-1")))]
    shown = BeautifulSoup(answer_view.words(said), "html.parser")
    assert {e.name for e in shown.find_all()} == {"p", "span", "a"} and shown.a["href"] == "#quote-0-1"
    assert folded(shown.get_text()) == folded(f"{text} [{label}] [5.3]")


@given(HOSTILE)
def test_labels_have_no_markdown(text: str) -> None:
    label = folded(text)
    tokens = MarkdownIt().parseInline(frame.unmarked(label))[0].children or []
    assert all(t.type in ("text", "text_special") for t in tokens)
    assert "".join(t.content for t in tokens) == label


def test_a_policy_with_markup_in_it_is_shown_as_words() -> None:
    page = BeautifulSoup(policy_text.html(SCHOOL), "html.parser")
    assert not page.find_all(["script", "img"])
    assert SCHOOL.clauses[2].text in page.get_text()
    card = answer_view.quote(cite(SCHOOL.clauses[2], SCHOOL, SCHOOL.clauses[2].text, "a-school"), governing=True, anchor="quote-0-0")
    assert "<script" not in card and "&lt;script&gt;" in card


@pytest.mark.parametrize("colour", ["red", "#fff", "#1d4f91;}body{display:none", "</style><script>", ""])
def test_a_colour_that_is_no_colour_is_not_used(colour: str) -> None:
    assert frame.bar_colours(colour)[0] == frame.PLAIN


# -- the look


def test_contrast_by_hand() -> None:
    assert frame.contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert frame.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(st.integers(0, 0xFFFFFF))
def test_the_bar_can_be_read_in_every_colour(value: int) -> None:
    background, ink = frame.bar_colours(f"#{value:06x}")
    assert frame.contrast(background, ink) >= 4.5


# -- answers in plain text


def test_the_copied_answer_holds_everything_and_no_marks() -> None:
    answer = answer_of(SCHOOL)
    copied = answer_text.plain(answer)
    for part in (
        "Can I use Zap?", "Allowed only on conditions.", "read here as a social network",
        SCHOOL.clauses[0].text, SCHOOL.clauses[1].text, "- if the head agrees",
        "Whom to ask: the head, head@a-school.example", "Note: Rules was due",
    ):  # fmt: skip
        assert copied.count(part) == 1, part
    assert "**" not in copied and "\n>" not in copied


def test_a_chat_models_sentences_are_copied_with_what_they_rest_on() -> None:
    answer, ids = answer_of(SCHOOL), [c.id for c in SCHOOL.clauses]
    worded = replace(answer, sentences=(Sentence("Ask the head first.", (ids[0], ids[1]), "if the head agrees"),), mode="generated")
    assert "\n\nAsk the head first. [p0; p1]\n\n" in answer_text.plain(worded)


def test_silence_is_copied_as_silence() -> None:
    near = answer_of(SCHOOL).citations[:1]
    headline, remarks = compose.headline(Verdict.NOT_COVERED), (compose.nothing_settles(["Rules"]),)
    text = compose.not_covered(headline, remarks, near, None)
    question = Question("a-school", "Dogs?")
    copied = answer_text.plain(NotCovered(id="1", question=question, headline=headline, remarks=remarks, text=text, nearest=near))
    assert (
        copied.index("Your policy does not say.")
        < copied.index("Closest, but does not settle it:")
        < copied.index(near[0].quote)
    )


def test_the_history_is_short_and_says_who_said_what() -> None:
    said = answer_text.history((answer_of(SCHOOL),))
    assert [t.role for t in said] == ["user", "assistant"]
    assert said[0].content == "Can I use Zap?"
    assert said[1].content == f"Allowed only on conditions. {SCHOOL.clauses[0].text}"


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.NOT_COVERED])
def test_the_verdict_is_words_and_not_colour_alone(verdict: Verdict) -> None:
    shown = BeautifulSoup(answer_view.verdict(answer_of(SCHOOL, verdict)), "html.parser")
    assert shown.h2.get_text() == compose.BADGES[verdict]
    assert shown.h2.find("i", attrs={"aria-hidden": "true"})


# -- where to start


def test_an_organisation_s_own_suggestions_come_first() -> None:
    own = Organisation("a-school", "A School", suggestions=("One?", "Two?", "Three?", "Four?", "Five?"))
    assert suggestions(own, (SCHOOL,)) == ("One?", "Two?", "Three?", "Four?")


def test_else_they_are_made_from_headings(shipped: Policy) -> None:
    made = suggestions(make_organisation(shipped.organisation), (shipped,))
    assert 1 <= len(made) <= 4 and all(q.endswith("?") for q in made)
    headings = {c.heading.lower() for c in shipped.clauses}
    for question in made:
        topic = question.removeprefix("What does my policy say about ").rstrip("?").lower()
        assert any(topic in heading for heading in headings)


# -- the app


def test_without_demo_nobody_gets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYBOT_HOME", str(tmp_path))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    assert not app.exception and not app.button
    said = " ".join(element.proto.body for element in app.get("html"))
    assert "cannot sign in" in said and "not been set up" in said and "administrator" in said
    assert not (tmp_path / "policybot.db").exists(), "nothing is opened for a stranger"


def test_an_impossible_setting_is_an_error_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICYBOT_THREADS", "many")
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    said = " ".join(element.proto.body for element in app.get("html"))
    assert not app.exception and "POLICYBOT_THREADS" in said and "unset it" in said


def test_a_failure_nobody_planned_for_is_told_without_its_details() -> None:
    def page() -> None:
        from policybot.web import frame

        with frame.problems():
            raise ValueError("a detail for the log")

    app = AppTest.from_function(page).run()
    said = " ".join(element.proto.body for element in app.get("html"))
    assert not app.exception and "There is a problem" in said and "Try again" in said
    assert "a detail for the log" not in said

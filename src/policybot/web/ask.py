"""The Ask page: a conversation with one's own organisation's policies."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from policybot.bot import PolicyBot
from policybot.identity import User
from policybot.records import Answer, Answered, Citation, Occasion, Organisation, Policy, Question
from policybot.web import answer_text, answer_view, browser, feedback, frame, session
from policybot.web.progress import Progress
from policybot.web.suggestions import suggestions

LONGEST = 1000
"""Longest question that the box takes, in characters."""


def show(bot: PolicyBot, user: User, pages: tuple[StreamlitPage, ...], policies: StreamlitPage) -> None:
    """Everything said so far, and the box to ask more."""
    organisation = bot.catalogue.organisation(user.organisation)
    frame.bar(organisation, pages)
    shelved = bot.library.shelf(user.organisation).policies()
    suggested = () if session.turns() else suggestions(organisation, shelved)
    talk, box = st.container(key="talk"), st.container(key="box")
    asked = box.chat_input("Ask about your policy", key="question", max_chars=LONGEST) or _pressed(suggested)
    with talk:
        for number, answer in enumerate(session.turns()):
            _turn(bot, answer, number, policies)
        if asked and asked.strip():
            _ask(bot, user, organisation, asked.strip(), policies)
        elif not session.turns():
            _welcome(organisation, shelved, suggested)
        if session.turns():
            st.button(
                "New conversation", key="new-conversation", icon=":material/add:", on_click=session.new_conversation
            )
            _show_turn(session.turns())


def _pressed(suggested: tuple[str, ...]) -> str | None:
    """The suggestion that was pressed to bring about this run."""
    return next((s for n, s in enumerate(suggested) if st.session_state.get(f"suggestion-{n}")), None)


def _welcome(organisation: Organisation, policies: tuple[Policy, ...], suggested: tuple[str, ...]) -> None:
    """What can be asked here, and questions to start from."""
    titles = tuple(dict.fromkeys(p.title for p in policies))
    st.html(answer_view.welcome(organisation.name, titles))
    with st.container(key="suggestions"):
        for number, text in enumerate(suggested):
            st.button(frame.unmarked(text), key=f"suggestion-{number}", width="stretch")


def _ask(bot: PolicyBot, user: User, organisation: Organisation, text: str, policies: StreamlitPage) -> None:
    """Answer the question and keep it, or say what went wrong and keep nothing."""
    number, place, answer = len(session.turns()), st.empty(), None
    with place.container():
        st.html(answer_view.asked(text, f"asking-{number}"))
        # Where the answer will stand: what is shown of it before must not jump or blink when it comes whole.
        written, scroll = st.container(key=f"answer-{number}-written"), st.empty()
        with scroll:
            browser.scroll_to(f"asking-{number}", text, key=f"scroll-asking-{number}", block="center")
        with frame.problems(), st.spinner(f"Reading what {frame.unmarked(organisation.name)} says …"):
            progress = Progress(written, lambda: {c.id: c.label for c in bot.library.shelf(user.organisation).clauses()})
            answer = bot.answer(Question(user.organisation, text, answer_text.history(session.turns())), progress.tell)
    if answer is not None:
        session.add_turn(answer)
        scroll.empty()
        with place.container():
            _turn(bot, answer, number, policies)


def _turn(bot: PolicyBot, answer: Answer, number: int, policies: StreamlitPage) -> None:
    """A question and its answer."""
    st.html(answer_view.asked(answer.question.text, f"turn-{number}"))
    with st.container(key=f"answer-{number}"):
        st.html(answer_view.verdict(answer))
        quotes = answer_text.citations(answer)
        if isinstance(answer, Answered) and answer.sentences:
            st.html(answer_view.words(_sentences(answer, number)))
        governing = quotes[:1] if isinstance(answer, Answered) else ()
        for place, citation in enumerate(governing):
            _card(citation, f"{number}-{place}", policies, governing=True)
        if isinstance(answer, Answered) and answer.conditions:
            st.html(answer_view.conditions(answer.conditions, answer.verdict))
        _further(answer, quotes[len(governing) :], number, len(governing), policies)
        if answer.contact and answer.occasion in (Occasion.QUESTION, Occasion.POSSIBLE_DISCLOSURE):
            st.html(answer_view.contact(answer.contact))
        if answer.notices:
            st.html(answer_view.notices(answer.notices))
        browser.copy_button(answer_text.plain(answer), key=f"copy-{number}")
        feedback.controls(bot, session.turns()[: number + 1], number)


def _sentences(answer: Answered, number: int) -> list[tuple[str, tuple[answer_view.Reference, ...]]]:
    """A chat model's sentences, each with the cards below that it rests on."""
    cards = {c.clause_id: answer_view.Reference(c.label, _anchor(f"{number}-{place}")) for place, c in enumerate(answer.citations)}
    return [(s.text, tuple(cards[i] for i in s.clause_ids)) for s in answer.sentences]


def _anchor(card: str) -> str:
    return f"quote-{card}"


def _further(answer: Answer, quotes: tuple[Citation, ...], number: int, first: int, policies: StreamlitPage) -> None:
    """The cards after the governing one, under words that say what they are."""
    if quotes:
        st.html(
            answer_view.subheading(
                "Also in your policy" if isinstance(answer, Answered) else "Closest, but does not settle it"
            )
        )
    for place, citation in enumerate(quotes, first):
        _card(citation, f"{number}-{place}", policies, governing=False)


def _card(citation: Citation, key: str, policies: StreamlitPage, governing: bool) -> None:
    with st.container(key=f"card-{'main' if governing else 'more'}-{key}"):
        st.html(answer_view.quote(citation, governing, _anchor(key)))
        if st.button("Open in the policy", key=f"open-{key}", type="tertiary", icon=":material/menu_book:"):
            session.open_clause(citation.clause_id)
            st.switch_page(policies)


def _show_turn(turns: tuple[Answer, ...]) -> None:
    """Bring the newest answer into view, or the one whose clause was opened and left again."""
    opened = session.opened_clause()
    cites = [n for n, t in enumerate(turns) if any(c.clause_id == opened for c in answer_text.citations(t))]
    place = cites[-1] if cites else len(turns) - 1
    browser.scroll_to(f"turn-{place}", f"{len(turns)}-{opened}", key="scroll-ask")

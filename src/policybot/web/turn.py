"""One turn of the conversation: a question, its answer, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from policybot.conversations import tells_of_worry
from policybot.facets import facets
from policybot.records import Answer, Answered, Citation, Occasion
from policybot.web import answer_text, answer_view, browser, facets_view, feedback, gap, session, share
from policybot.web.visit import Visit


def show(visit: Visit, answer: Answer, number: int, latest: bool) -> None:
    """The turn with place `number` in the conversation. `latest`: nothing is asked after it, in this run of the page either."""
    st.html(answer_view.asked(answer.question.text, f"turn-{number}"))
    with st.container(key=f"answer-{number}"):
        st.html(answer_view.verdict(answer))
        governing, further = answer_text.quoted(answer)
        if isinstance(answer, Answered) and answer.sentences:
            st.html(answer_view.words(_sentences(answer, number)))
        for place, citation in enumerate(governing):
            _card(citation, f"{number}-{place}", visit, governing=True)
        if isinstance(answer, Answered) and answer.conditions:
            st.html(answer_view.conditions(answer.conditions, answer.verdict))
        _further(answer, further, number, len(governing), visit)
        if answer.contact and answer.occasion in (Occasion.QUESTION, Occasion.POSSIBLE_DISCLOSURE):
            st.html(answer_view.contact(answer.contact))
        worried = tells_of_worry(session.turns())
        if not worried:
            gap.controls(visit, answer, str(number))
        if answer.notices:
            st.html(answer_view.notices(answer.notices))
        if latest:
            _what_would_change(visit, answer, number)
        with st.container(key=f"do-{number}"):
            browser.copy_button(answer_text.plain(answer), key=f"copy-{number}")
            share.controls(visit, answer, str(number))
        if not worried:
            feedback.controls(visit.bot, session.turns()[: number + 1], number)


def _what_would_change(visit: Visit, answer: Answer, number: int) -> None:
    """Follow-ups that could change the answer; the one that was pressed is asked in the next run."""
    follow = facets_view.row(facets(answer, visit.shelf.clauses()), str(number))
    if follow:
        session.ask_next(follow)
        st.rerun()


def _sentences(answer: Answered, number: int) -> list[tuple[str, tuple[answer_view.Reference, ...]]]:
    """A chat model's sentences, each with the cards below that it rests on."""
    cards = {c.clause_id: answer_view.Reference(c.label, _anchor(f"{number}-{place}")) for place, c in enumerate(answer.citations)}
    return [(s.text, tuple(cards[i] for i in s.clause_ids)) for s in answer.sentences]


def _anchor(card: str) -> str:
    return f"quote-{card}"


def _further(answer: Answer, quotes: tuple[Citation, ...], number: int, first: int, visit: Visit) -> None:
    """The cards after the governing one, under words that say what they are."""
    if quotes:
        heading = "Also in your policy" if isinstance(answer, Answered) else "Closest, but does not settle it"
        st.html(answer_view.subheading(heading))
    for place, citation in enumerate(quotes, first):
        _card(citation, f"{number}-{place}", visit, governing=False)


def _card(citation: Citation, key: str, visit: Visit, governing: bool) -> None:
    with st.container(key=f"card-{'main' if governing else 'more'}-{key}"):
        st.html(answer_view.quote(citation, governing, _anchor(key)))
        if st.button("Open in the policy", key=f"open-{key}", type="tertiary", icon=":material/menu_book:"):
            session.open_clause(citation.clause_id)
            st.switch_page(visit.pages["policies"])

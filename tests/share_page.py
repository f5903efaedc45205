"""Streamlit entry for tests: answers of one organisation's own bot, each with the row to share or print it below.

TEST_ORGANISATION is the organisation, TEST_QUESTIONS the questions, one a line.
"""

from __future__ import annotations

import os

import streamlit as st

from policybot.bot import PolicyBot
from policybot.identity import Role, User
from policybot.records import Answer, Question
from policybot.settings import Settings
from policybot.web import answer_text, answer_view, frame, share
from policybot.web.visit import Visit


@st.cache_resource(show_spinner=False)
def open_bot() -> PolicyBot:
    """One bot for all runs."""
    return PolicyBot.open(Settings.load())


def answers(visit: Visit) -> list[Answer]:
    """Given once a session."""
    if "given" not in st.session_state:
        asked = os.environ["TEST_QUESTIONS"].splitlines()
        st.session_state["given"] = [visit.bot.answer(Question(visit.user.organisation, text)) for text in asked]
        for answer in st.session_state["given"]:
            share.note_time(answer)
    return st.session_state["given"]


def show() -> None:
    """Each answer as the Ask page shows it, as far as sharing needs it."""
    visit = Visit(open_bot(), User(os.environ["TEST_ORGANISATION"], "Someone", frozenset({Role.STAFF})))
    frame.bar(visit.organisation)
    for number, answer in enumerate(answers(visit)):
        st.html(answer_view.asked(answer.question.text, f"turn-{number}"))
        with st.container(key=f"answer-{number}"):
            st.html(answer_view.verdict(answer))
            for place, citation in enumerate(answer_text.citations(answer)):
                with st.container(key=f"card-more-{number}-{place}"):
                    st.html(answer_view.quote(citation, governing=False, anchor=f"quote-{number}-{place}"))
            share.controls(visit, answer, str(number))


st.set_page_config(page_title="policybot", layout="centered")
frame.style()
show()

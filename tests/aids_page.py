"""Streamlit entry for tests: the aids for asking, each on its own, around a box to ask in, for one organisation.

Address ?answer=gap shows an answer that the policy does not give. What is asked stands in #asked.
"""

from __future__ import annotations

import os
from html import escape

import streamlit as st

from policybot.bot import PolicyBot
from policybot.facets import facets
from policybot.identity import Role, User
from policybot.records import Question
from policybot.settings import Settings
from policybot.web import answer_text, facets_view, frame, gap, hints
from policybot.web.visit import Visit


@st.cache_resource(show_spinner=False)
def open_bot() -> PolicyBot:
    """One bot for all runs."""
    return PolicyBot.open(Settings.load())


st.set_page_config(page_title="policybot", layout="centered")
frame.style()
bot = open_bot()
visit = Visit(bot, User(os.environ["TEST_ORGANISATION"], "Someone", frozenset({Role.STAFF})))
frame.bar(visit.organisation)
typed = st.chat_input("Ask about your policy", key="question")
asked = typed or st.session_state.get("asked")
st.html("<h1>Aids</h1>")
if asked:
    history = answer_text.history(tuple(st.session_state.get("said", ()))) if asked != typed else ()
    answer = st.session_state.get("answer") if asked == st.session_state.get("asked") and not typed else None
    answer = answer or bot.answer(Question(visit.user.organisation, asked, history))
    st.session_state["answer"], st.session_state["asked"] = answer, asked
    st.html(f'<p id="asked">{escape(asked)}</p><p id="verdict">{answer.verdict}</p>')
    pressed = facets_view.row(facets(answer, bot.library.shelf(visit.user.organisation).clauses()), "1")
    gap.controls(visit, answer, "1")
    if pressed:
        st.session_state["said"], st.session_state["asked"] = [answer], pressed
        st.session_state.pop("answer")
        st.session_state["answer"] = bot.answer(Question(visit.user.organisation, pressed, answer_text.history((answer,))))
        st.rerun()
hints.offer(visit, "hints")

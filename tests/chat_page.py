"""Streamlit entry for tests: the Ask page of one organisation, worded by the chat model of POLICYBOT_CHAT_BASE_URL.

Unlike app.py it needs no trained reader of sentences: every sentence without the word "unsupported" counts as borne out.
"""

from __future__ import annotations

import os

import streamlit as st

from policybot.bot import PolicyBot
from policybot.catalogue import Catalogue
from policybot.chatting import Chat
from policybot.fluent import Terms, Wordsmith
from policybot.identity import Role, User
from policybot.judging import Judge
from policybot.library import Library
from policybot.models import chat_model, embeddings
from policybot.reader import Reader
from policybot.settings import Settings
from policybot.spending import AnswerCache, Ledger
from policybot.web import ask, frame
from policybot.web.visit import Visit


class Agrees:
    """Stands in for the model that reads a sentence beside clauses."""

    line = 0.0

    def support(self, sentence: str, clauses: object, question: str) -> float:
        """Log-odds: 9 or -9."""
        return -9.0 if "unsupported" in sentence else 9.0


@st.cache_resource(show_spinner=False)
def open_bot() -> PolicyBot:
    """One bot for all runs, wired as PolicyBot.open wires it."""
    settings = Settings.load()
    catalogue = Catalogue.open(settings)
    model = chat_model(settings)
    assert model is not None
    wordsmith = Wordsmith(Chat(model, timeout_s=60, retries=0), Judge(Agrees()), Ledger.open(settings), AnswerCache.open(settings), Terms("any"))
    return PolicyBot(settings, catalogue, Library.open(settings, catalogue, embeddings(settings)), Reader.open(), wordsmith)


st.set_page_config(page_title="policybot", layout="centered")
frame.style()
nowhere = st.Page(lambda: None, title="Policies", url_path="policies")
someone = User(os.environ["TEST_ORGANISATION"], "Someone", frozenset({Role.STAFF}))
asking = st.Page(lambda: ask.show(Visit(open_bot(), someone, {"policies": nowhere})), title="Ask", default=True)
st.navigation([asking, nowhere], position="hidden").run()

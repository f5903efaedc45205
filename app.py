"""Streamlit's entry: opens the bot once, and says which pages there are."""

from __future__ import annotations

import streamlit as st

from policybot.bot import PolicyBot
from policybot.identity import Role, User
from policybot.settings import Settings
from policybot.web import ask, evaluate, frame, policies, session, signin


@st.cache_resource(show_spinner="Opening the policies …")
def open_bot() -> PolicyBot:
    """One bot for everyone who uses this server."""
    return PolicyBot.open(Settings.load())


def pages_for(user: User) -> list[st.Page]:
    """Where a person who is signed in can go."""
    every: list[st.Page] = []
    asking = st.Page(lambda: ask.show(open_bot(), user, tuple(every), reading), title="Ask", default=True)
    reading = st.Page(
        lambda: policies.show(open_bot(), user, tuple(every), asking), title="Policies", url_path="policies"
    )
    judging = st.Page(lambda: evaluate.show(open_bot(), user, tuple(every)), title="Evaluate", url_path="evaluate")
    every += [asking, reading, *([judging] if Role.EVALUATOR in user.roles else [])]
    # For everyone, so that whoever comes by its address is told why they may not, and not that there is no such page.
    return [asking, reading, judging]


def entrances() -> list[st.Page]:
    """The sign-in page, at every address that a person who is signed in may have kept."""
    front = st.Page(lambda: signin.show(open_bot), title="Sign in", default=True)
    return [front, *(st.Page(lambda: signin.show(open_bot), title="Sign in", url_path=kept) for kept in ("policies", "evaluate"))]


def main() -> None:
    """One run of the page, for one browser."""
    st.set_page_config(page_title="policybot", page_icon=frame.ICON, layout="centered")
    frame.style()
    user = session.user()
    page = st.navigation(pages_for(user) if user else entrances(), position="hidden")
    with frame.problems():
        page.run()


main()

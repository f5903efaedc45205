"""Streamlit's entry: opens the bot once, and says which pages there are."""

from __future__ import annotations

from importlib import import_module

import streamlit as st

from policybot.bot import PolicyBot
from policybot.identity import User, require_any_role
from policybot.settings import Settings
from policybot.web import frame, session, signin
from policybot.web.visit import PLACES, Place, Visit


@st.cache_resource(show_spinner="Opening the policies …")
def open_bot() -> PolicyBot:
    """One bot for everyone who uses this server."""
    return PolicyBot.open(Settings.load())


def pages_for(user: User) -> list[st.Page]:
    """Where a person who is signed in can go. Every page, for everyone: whoever comes by an address that is not for them
    is told why, and not that there is no such page."""
    every: dict[str, st.Page] = {}

    def page_of(place: Place) -> st.Page:
        show = lambda: open_place(place, Visit(open_bot(), user, every))  # noqa: E731
        return st.Page(show, title=place.title, url_path=place.address or None, default=not place.address)

    every.update((place.module, page_of(place)) for place in PLACES)
    return list(every.values())


def open_place(place: Place, visit: Visit) -> None:
    """The page, or why it is not for this person (RoleMissing). SignInError when nobody's organisation can be told."""
    signin.require_sound_file(visit.bot)
    if session.is_one_of_several():
        signin.whereabouts(visit)
    if not place.open_to(visit.user):
        frame.bar(visit.organisation, visit.listed)
        require_any_role(visit.user, place.roles, f"The page {place.title}")
    # Imported when it is shown: charts and spreadsheets are not for somebody's first question to wait for.
    import_module(f"policybot.web.{place.module}").show(visit)


def entrances() -> list[st.Page]:
    """The sign-in page, at every address that a person who is signed in may have kept."""

    def entrance(place: Place) -> st.Page:
        show = lambda: signin.show(open_bot)  # noqa: E731
        return st.Page(show, title="Sign in", url_path=place.address or None, default=not place.address)

    return [entrance(place) for place in PLACES]


def main() -> None:
    """One run of the page, for one browser."""
    st.set_page_config(page_icon=frame.ICON, layout="centered")
    frame.style()
    user = session.user()
    page = st.navigation(pages_for(user) if user else entrances(), position="hidden")
    st.set_page_config(page_title=f"{page.title} · policybot")
    with frame.problems():
        page.run()


main()

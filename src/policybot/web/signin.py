"""The sign-in page: demo accounts on this computer, or a clear word that there is no sign-in."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st
from streamlit import config

from policybot.bot import PolicyBot
from policybot.errors import PolicybotError, SignInError
from policybot.identity import Connection, User, demo_evaluators, demo_users, require_demo
from policybot.records import Organisation
from policybot.settings import Settings
from policybot.web import frame, session


def show(open_bot: Callable[[], PolicyBot]) -> None:
    """Offer the accounts there are; nothing is opened for a browser that may not have them."""
    frame.bar(None)
    try:
        require_demo(Settings.load().demo, connection())
        catalogue = open_bot().catalogue
        organisations = {o.slug: o for o in catalogue.organisations()}
        users = demo_users(catalogue)
        if not users:
            raise SignInError(
                "Sign-in",
                "no organisation has a policy here yet",
                "Run policybot ingest with a folder of policies, then reload this page",
            )
    except PolicybotError as problem:
        _refuse(problem)
        return
    _accounts(users, demo_evaluators(catalogue), organisations)


def connection() -> Connection:
    """Where this browser's request came in, as Streamlit knows it."""
    return Connection(config.get_option("server.address"), st.context.ip_address, dict(st.context.headers.items()))


def _refuse(problem: PolicybotError) -> None:
    heading = "You cannot sign in here yet" if isinstance(problem, SignInError) else "The page cannot start"
    st.html(f'<div class="pb-intro"><h1>{heading}</h1></div>')
    frame.error(problem)


def _accounts(users: tuple[User, ...], evaluators: tuple[User, ...], organisations: dict[str, Organisation]) -> None:
    st.html(
        '<div class="pb-intro"><h1>What does your policy say?</h1>'
        "<p>Ask in your own words. Your organisation’s own rules answer, quoted word for word.</p></div>"
        '<div class="pb-demo"><strong>Demo on this computer only.</strong> These accounts have no password. '
        "Choose whose member of staff you want to be, or whose evaluator.</div>"
    )
    with st.container(key="accounts"):
        for person, evaluator in zip(users, evaluators, strict=True):
            _card(person, evaluator, organisations[person.organisation])


def _card(person: User, evaluator: User, organisation: Organisation) -> None:
    background, _ = frame.bar_colours(organisation.colour)
    with st.container(key=f"account-{person.organisation}"):
        st.html(
            f'<div class="pb-account" style="--own:{background}"><strong>{escape(organisation.name)}</strong>'
            f"<span>{escape(person.name)}</span></div>"
        )
        label = f"Sign in to {frame.unmarked(organisation.name)}"
        st.button(
            label, key=f"sign-in-{person.organisation}", on_click=session.sign_in, args=(person,), width="stretch"
        )
        as_evaluator = f"Or as evaluator of {frame.unmarked(organisation.name)}"
        st.button(as_evaluator, key=f"evaluator-{person.organisation}", on_click=session.sign_in, args=(evaluator,), type="tertiary")

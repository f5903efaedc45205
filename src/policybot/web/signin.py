"""The sign-in page: the way to the sign-in service, or why somebody cannot go on; demo accounts where there is no service."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

import streamlit as st
from streamlit import config

from policybot.bot import PolicyBot
from policybot.catalogue import Catalogue
from policybot.claims import Lapsed, Stranger, Welcome
from policybot.errors import PolicybotError, SignInError
from policybot.identity import DEMO_NAMES, Connection, Role, User, demo_users, other_origin, providers, require_demo
from policybot.identity_file import IdentityFileError, require_ingested
from policybot.records import Contact, Organisation
from policybot.settings import Settings
from policybot.web import frame, session
from policybot.web.visit import Visit

FIRST_WORDS = "<h1>What does your policy say?</h1><p>Ask in your own words. Your organisation’s own rules answer, quoted word for word.</p>"
MISTAKE = "there is a mistake in the list of who belongs to which organisation"
MISTAKE_CURE = "An administrator can read what it is with policybot doctor, and in the log"


def show(open_bot: Callable[[], PolicyBot]) -> None:
    """The way in for whoever is here; nothing is opened for a browser that may not come in."""
    frame.bar(None)
    try:
        _real(open_bot) if session.is_real() else _demo(open_bot)
    except PolicybotError as problem:
        _refuse(_guarded(problem))


def require_sound_file(bot: PolicyBot) -> None:
    """Nothing, where every organisation that identity.toml names is there; else SignInError."""
    try:
        if file := session.identity_file():
            require_ingested(file, (o.slug for o in bot.catalogue.organisations()))
    except IdentityFileError as problem:
        raise _guarded(problem) from problem


def whereabouts(visit: Visit) -> None:
    """For somebody of several organisations: which one they ask for, and the way to another."""
    with st.container(key="whereabouts", horizontal=True, vertical_alignment="center"):
        st.html(f"<p>You are asking for <strong>{escape(visit.organisation.name)}</strong></p>", width="content")
        st.button("Change organisation", key="change-organisation", type="tertiary", on_click=session.choose_again)


def connection() -> Connection:
    """Where this browser's request came in, as Streamlit knows it."""
    return Connection(config.get_option("server.address"), st.context.ip_address, dict(st.context.headers.items()))


def _guarded(problem: PolicybotError) -> PolicybotError:
    """The problem as anybody may read it: what identity.toml says is for administrators alone."""
    if not isinstance(problem, IdentityFileError):
        return problem
    logging.getLogger(__name__).error("%s", problem)
    return SignInError("Sign-in", MISTAKE, MISTAKE_CURE)


def _refuse(problem: PolicybotError) -> None:
    heading = "You cannot sign in here yet" if isinstance(problem, SignInError) else "The page cannot start"
    st.html(f'<div class="pb-intro"><h1>{heading}</h1></div>')
    frame.error(problem)
    if st.user.get("is_logged_in"):
        _way_out("Sign out")


# -- real sign-in


def _real(open_bot: Callable[[], PolicyBot]) -> None:
    match session.admission():
        case Welcome(users):
            require_sound_file(open_bot())
            _choice(users, {o.slug: o for o in open_bot().catalogue.organisations()})
        case Stranger() as stranger:
            _strange(stranger)
        case Lapsed():
            st.html(
                '<div class="pb-intro" role="status"><h1>You have been signed out</h1><p>Your sign-in came to its end. '
                "Your conversation is no longer on this page.</p></div>"
            )
            _doors()
        case _:
            st.html(f'<div class="pb-intro">{FIRST_WORDS}</div>')
            _doors()


def _doors() -> None:
    """A button for each sign-in service."""
    section = session.auth() or {}
    if address := other_origin(st.context.url, section["redirect_uri"]):
        st.html(f'<p>Open <a href="{escape(address)}">{escape(address)}</a>: sign-in works at that address alone.</p>')
        return
    with st.container(key="doors"):
        for provider in providers(section):
            label = frame.unmarked(provider.label)
            st.button(label, key=f"door-{provider.key or 'only'}", type="primary", on_click=st.login, args=(provider.key,), width="stretch")


def _strange(stranger: Stranger) -> None:
    """Who they are, and whom to ask: nothing else is opened for them."""
    file = session.identity_file()
    named = f"<strong>{escape(stranger.name)}</strong>"
    account = f"{named} ({escape(stranger.email)})" if stranger.email and stranger.email != stranger.name else named
    st.html(
        '<div class="pb-intro" role="status"><h1>We do not know your organisation</h1>'
        f"<p>You signed in as {account}. That account does not belong to any organisation here, so there is nothing to show you.</p>"
        f"<p>If you have a work account, sign out and use that. If this is your work account, ask {_whom(file.contact if file else None)} "
        f"to add it.</p><p class='pb-soft'>The account is from {escape(stranger.issuer)}.</p></div>"
    )
    _way_out("Sign out and use another account")


def _whom(contact: Contact | None) -> str:
    """HTML of whom to ask."""
    if contact is None:
        return "the person who told you of this page"
    ways = [f'<a href="mailto:{escape(contact.email)}">{escape(contact.email)}</a>'] if contact.email else []
    ways += [escape(contact.phone)] if contact.phone else []
    return escape(contact.who) + (f" ({', '.join(ways)})" if ways else "")


def _way_out(label: str) -> None:
    with st.container(key="way-out"):
        st.button(label, key="sign-out-here", on_click=session.sign_out, width="stretch")


def _choice(users: tuple[User, ...], organisations: dict[str, Organisation]) -> None:
    """The organisations of one person, to choose from."""
    st.html(
        '<div class="pb-intro"><h1>Which organisation are you asking for?</h1>'
        f"<p>You are signed in as <strong>{escape(users[0].name)}</strong>. "
        "Answers come from one organisation’s policies alone. If you change it later, your conversation is cleared.</p></div>"
    )
    with st.container(key="accounts"):
        for person in users:
            slug, organisation = person.organisation, organisations[person.organisation]
            with _card(organisation, ""):
                label = f"Ask for {frame.unmarked(organisation.name)}"
                st.button(label, key=f"choose-{slug}", on_click=session.choose, args=(slug,), width="stretch")
    _way_out("Sign out")


# -- demo accounts


def _demo(open_bot: Callable[[], PolicyBot]) -> None:
    require_demo(Settings.load().demo, connection())
    catalogue = open_bot().catalogue
    organisations = {o.slug: o for o in catalogue.organisations()}
    if not organisations:
        cure = "Run policybot ingest with a folder of policies, then reload this page"
        raise SignInError("Sign-in", "no organisation has a policy here yet", cure)
    _accounts(catalogue, organisations)


def _accounts(catalogue: Catalogue, organisations: dict[str, Organisation]) -> None:
    st.html(
        f'<div class="pb-intro">{FIRST_WORDS}</div>'
        '<div class="pb-demo"><strong>Demo on this computer only.</strong> These accounts have no password. '
        "Choose who you want to be, and where.</div>"
    )
    role = st.radio("Who do you want to be?", list(Role), format_func=DEMO_NAMES.__getitem__, key="demo-role", horizontal=True)
    with st.container(key="accounts"):
        for person in demo_users(catalogue, role):
            slug, organisation = person.organisation, organisations[person.organisation]
            with _card(organisation, person.name):
                label = f"Sign in to {frame.unmarked(organisation.name)}"
                st.button(label, key=f"sign-in-{slug}", on_click=session.sign_in, args=(person,), width="stretch")


@contextmanager
def _card(organisation: Organisation, detail: str) -> Iterator[None]:
    """What is drawn inside stands below the organisation's name and `detail` ('' for none)."""
    background, _ = frame.bar_colours(organisation.colour)
    below = f"<span>{escape(detail)}</span>" if detail else ""
    with st.container(key=f"account-{organisation.slug}"):
        st.html(f'<div class="pb-account" style="--own:{background}"><strong>{escape(organisation.name)}</strong>{below}</div>')
        yield

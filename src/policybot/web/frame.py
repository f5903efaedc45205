"""What every page stands in: the look, the bar with the organisation's name, errors."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from ingest.description import logo_of
from policybot.errors import PolicybotError
from policybot.records import Organisation
from policybot.settings import Settings
from policybot.web import browser, session

STYLES = tuple(sorted((Path(__file__).parent / "styles").glob("*.css")))
"""The look, one sheet for each part of the page; 00-base.css has the colours, which the others use."""
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#1d4f91"/>'
    '<path d="M9 17l5 5 9-12" fill="none" stroke="#fff" stroke-width="4"/></svg>'
)
"""The tab's picture, drawn here: Streamlit fetches its own icons for tabs from the network."""
PLAIN = "#1d4f91"
"""The bar's colour where there is no organisation, or its colour is not '#rrggbb'."""
UNPLANNED = "Try again; if it fails again, tell whoever runs this service that its log says more"
WHITE, BLACK = "#ffffff", "#000000"


def style() -> None:
    """Put the style sheets in force; once a run."""
    st.html(f"<style>{_sheets()}</style>")


@st.cache_resource(show_spinner=False)
def _sheets() -> str:
    return "\n".join(sheet.read_text(encoding="utf-8") for sheet in STYLES)


def bar(organisation: Organisation | None, pages: tuple[StreamlitPage, ...] = ()) -> None:
    """The organisation's name in its colour, the way to the pages, and the way out."""
    name = organisation.name if organisation else "policybot"
    background, ink = bar_colours(organisation.colour if organisation else PLAIN)
    st.html(f"<style>:root{{--bar:{background};--bar-ink:{ink}}}</style>")
    with st.container(key="bar"):
        st.html(f'<div class="pb-brand">{_picture(organisation.slug) if organisation else ""}{escape(name)}</div>')
        if pages:
            with st.container(key="nav", horizontal=True, vertical_alignment="center"):
                for page in pages:
                    st.page_link(page)
                st.button("Sign out", key="sign-out", type="tertiary", on_click=session.sign_out)
    with st.container(key="bearings"):
        browser.bearings("bearings-mark")


@st.cache_data(ttl=60, show_spinner=False)
def _picture(slug: str) -> str:
    """The organisation's logo as HTML; '' without one. One that cannot be shown is the log's affair, not the asker's."""
    try:
        logo = logo_of(Settings.load().corpus, slug)
    except PolicybotError:
        logging.getLogger(__name__).exception("the logo cannot be shown")
        return ""
    return f'<img class="pb-logo" alt="" src="{logo.address}">' if logo else ""


def unmarked(text: str) -> str:
    """`text` for a label that Streamlit reads as Markdown: every mark is escaped."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def bar_colours(colour: str) -> tuple[str, str]:
    """The bar's background and the ink on it: white or black, whichever is easier to read."""
    background = colour.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else PLAIN
    return background, max((WHITE, BLACK), key=lambda ink: contrast(background, ink))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two '#rrggbb' colours, 1 to 21 (WCAG 2.2, 'contrast ratio')."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@contextmanager
def problems() -> Iterator[None]:
    """What goes wrong inside is shown here, as an error; what nobody planned for goes to the log,
    and the person is told that it did."""
    try:
        yield
    except PolicybotError as problem:
        error(problem)
    except Exception:
        logging.getLogger(__name__).exception("the page failed")
        error(PolicybotError("This page", "it failed in a way nobody planned for", UNPLANNED))


def error(problem: PolicybotError) -> None:
    """An error as an error: the thing, the cause, the cure. Never in an answer's place."""
    st.html(
        '<section class="pb-error" role="alert"><h2>There is a problem</h2>'
        f"<p><strong>{escape(problem.thing)}</strong>: {escape(problem.cause)}.</p>"
        f"<p>{escape(problem.cure.rstrip('.'))}.</p></section>"
    )

"""A person's own conversations: kept after each turn, and listed in a dialog on the Ask page."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import streamlit as st

from policybot.conversations import KEPT_DAYS, LONGEST_TITLE, Conversations, Kept, last_used, long, warning_of_change
from policybot.settings import Settings
from policybot.web import browser, frame, session
from policybot.web.visit import Visit

DOING, SHOWN, TOLD = "conversations-doing", "conversations-shown", "conversations-told"
A_PAGE = 10
"""Conversations that are listed at first, and added by each press of the button below them."""
WHAT_IS_KEPT = (
    f"Only you see these here. Each is kept as you typed it, for {KEPT_DAYS} days after you last used it. "
    "If you tell of a worry about somebody, that conversation is not kept."
)
NONE = "None is kept yet. Ask a question, and it will stand here."
LONG = "This conversation is long. Begin a new one, and the page will be quicker."


@st.cache_resource(show_spinner=False)
def store_of(database: str, _settings: Settings) -> Conversations:
    """The conversations in the database at this address, opened once."""
    return Conversations.open(_settings)


def keep(visit: Visit) -> None:
    """Keep the present conversation as it now stands, or say that it could not be kept. Nothing for a person unknown."""
    if not visit.user.person:
        return
    with frame.problems():
        kept = _store(visit).keep(visit.user.organisation, visit.user.person, session.conversation(), session.turns())
        if kept and kept != session.conversation():
            session.go_on_with(kept, session.turns())


def warn_of_change(visit: Visit) -> None:
    """Above the answers, once: that the policy has changed since they were given, and that they are very many."""
    turns = session.turns()
    changed = warning_of_change(turns, visit.bot.catalogue.version_of(visit.user.organisation)) if turns else ""
    for said in filter(None, (changed, LONG if long(turns) else "")):
        st.html(f'<p class="pb-changed" role="status">{escape(said)}</p>')


def panel(visit: Visit) -> None:
    """The button that opens the person's conversations. Nothing for a person unknown, of whom nothing is kept."""
    if not visit.user.person:
        return
    with st.container(key="conversations"):
        if st.button("Your conversations", key="conversations-open", type="tertiary", icon=":material/history:"):
            for left in (DOING, SHOWN, TOLD):
                st.session_state.pop(left, None)
            _listed(visit)
        elif told := st.session_state.pop(TOLD, ""):
            st.html(f'<p class="pb-told" role="status">{escape(told)}</p>')


@st.dialog("Your conversations", width="medium")
def _listed(visit: Visit) -> None:
    """Every conversation, a page at a time, and what can be done with it."""
    session.require_still(visit.user)
    told = st.session_state.pop(TOLD, "")
    st.html(f'<p class="pb-soft">{WHAT_IS_KEPT}</p><p class="pb-told" role="status">{escape(told)}</p>')
    with frame.problems():
        kept = _store(visit).list(visit.user.organisation, visit.user.person)
        if not kept:
            st.html(f"<p>{NONE}</p>")
        shown = st.session_state.get(SHOWN, A_PAGE)
        now, zone = datetime.now(UTC), browser.time_zone()
        for one in kept[:shown]:
            _row(visit, one, last_used(one.at, now, zone))
        if len(kept) > shown:
            st.button(f"Show older ones ({len(kept) - shown} more)", key="conversations-more", on_click=_set, args=(SHOWN, shown + A_PAGE))
        if kept:
            _all(visit, kept)


def _row(visit: Visit, one: Kept, used: str) -> None:
    """One conversation. What is asked before something is done stands right after the button, which keeps the focus."""
    name = frame.unmarked(one.title)
    with st.container(key=f"conversation-row-{one.id}"):
        if st.button(name, key=f"conversation-go-{one.id}", type="tertiary"):
            with frame.problems():
                session.go_on_with(one.id, _store(visit).load(visit.user.organisation, visit.user.person, one.id))
                st.rerun()
        present = " · shown now" if one.id == session.conversation() else ""
        st.html(f'<p class="pb-soft">Last used {used}{present}</p>')
        with st.container(key=f"conversation-do-{one.id}", horizontal=True):
            # The name in the label is for those who do not see which row a button stands in; the style sheet hides it.
            st.button(f"Rename **{name}**", key=f"conversation-rename-{one.id}", on_click=_toggle, args=("rename", one.id))
            st.button(f"Delete **{name}**", key=f"conversation-delete-{one.id}", on_click=_toggle, args=("delete", one.id))
        doing = st.session_state.get(DOING)
        if doing == ("rename", one.id):
            _rename(visit, one)
        if doing == ("delete", one.id) and _sure("Delete this conversation?", one.id):
            _store(visit).delete(visit.user.organisation, visit.user.person, one.id)
            _done("The conversation is deleted.", (one,))


def _rename(visit: Visit, one: Kept) -> None:
    with st.form(key=f"conversation-name-{one.id}", border=False):
        title = st.text_input("New name", one.title, max_chars=LONGEST_TITLE, key=f"conversation-title-{one.id}")
        with st.container(key=f"conversation-save-{one.id}", horizontal=True):
            save = st.form_submit_button("Save the name", type="primary")
            st.form_submit_button("Cancel", on_click=_set, args=(DOING, None))
    if save:
        with frame.problems():
            _store(visit).rename(visit.user.organisation, visit.user.person, one.id, title)
            _done("The new name is saved.")


def _all(visit: Visit, kept: tuple[Kept, ...]) -> None:
    with st.container(key="conversations-all"):
        st.button("Delete all", key="conversations-delete-all", on_click=_toggle, args=("delete", ""))
        many = f"all {len(kept)} conversations" if len(kept) > 1 else "your only conversation"
        if st.session_state.get(DOING) == ("delete", "") and _sure(f"Delete {many}?", "all"):
            _store(visit).delete_all(visit.user.organisation, visit.user.person)
            _done("All your conversations are deleted.", kept)


def _sure(question: str, key: str) -> bool:
    """Ask once; whether the answer is yes."""
    with st.container(key=f"conversation-sure-{key}"):
        st.html(f'<p class="pb-sure" role="alert">{question}</p>')
        with st.container(key=f"conversation-answer-{key}", horizontal=True):
            yes = st.button("Yes, delete", key=f"conversation-yes-{key}", type="primary")
            st.button("No, keep", key=f"conversation-no-{key}", on_click=_set, args=(DOING, None))
    return yes


def _done(told: str, gone: tuple[Kept, ...] = ()) -> None:
    """Say what was done. Whoever deletes the conversation that the page shows begins a new one: going on would keep it again."""
    st.session_state[TOLD], st.session_state[DOING] = told, None
    if session.conversation() in {one.id for one in gone}:
        session.new_conversation()
        st.rerun()
    st.rerun(scope="fragment")


def _toggle(what: str, which: str) -> None:
    """Ask before doing `what`; pressed again, leave it."""
    st.session_state[DOING] = None if st.session_state.get(DOING) == (what, which) else (what, which)


def _set(key: str, value: object) -> None:
    st.session_state[key] = value


def _store(visit: Visit) -> Conversations:
    return store_of(visit.bot.settings.database, visit.bot.settings)


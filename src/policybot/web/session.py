"""What the page remembers of a person: who they are, their turns, and which clause is open."""

from __future__ import annotations

import streamlit as st

from policybot.identity import User
from policybot.records import Answer

USER, TURNS, CLAUSE = "user", "turns", "clause"


def user() -> User | None:
    """Who is signed in; None before sign-in."""
    found = st.session_state.get(USER)
    return found if isinstance(found, User) else None


def sign_in(person: User) -> None:
    """Start afresh as `person`: nothing of whoever sat here before stays."""
    st.session_state.clear()
    st.session_state[USER] = person


def sign_out() -> None:
    """Forget everything."""
    st.session_state.clear()


def turns() -> tuple[Answer, ...]:
    """The conversation so far, oldest first; an Answer holds its question."""
    return tuple(st.session_state.get(TURNS, ()))


def add_turn(answer: Answer) -> None:
    """Keep an answer; whatever clause was open has been left."""
    st.session_state[TURNS] = (*turns(), answer)
    open_clause(None)


def new_conversation() -> None:
    """Forget the turns, not the person."""
    st.session_state.pop(TURNS, None)
    open_clause(None)


def open_clause(clause_id: str | None) -> None:
    """Which clause the Policies page shows; None for none in particular."""
    st.session_state[CLAUSE] = clause_id


def opened_clause() -> str | None:
    """The clause that was opened last."""
    return st.session_state.get(CLAUSE)

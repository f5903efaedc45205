"""What the page remembers of a person: who they are, their turns, and which clause is open.

Who somebody is comes from their sign-in at every run of the page; what is remembered is only what they did since. A demo account
is remembered, for want of a sign-in, and counts for nothing where real sign-in is set up.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config

from policybot.claims import Admission, Lapsed, Welcome, admit
from policybot.errors import PolicybotError, SignInError
from policybot.identity import SECRETS, SECRETS_CURE, User, providers
from policybot.identity_file import IdentityFile, read_identity_file
from policybot.records import Answer
from policybot.settings import Settings

USER, TURNS, CLAUSE, CONVERSATION = "user", "turns", "clause", "conversation"
SEAT, CHOSEN, NEXT = "seat", "chosen-organisation", "ask-next"
MOST_ENDED = 10_000


def user() -> User | None:
    """Who is signed in, and for which organisation; None before sign-in, after its end, and before a choice among several.

    Whatever was said before by somebody else, or for another organisation, is forgotten. While nobody can be told, because
    sign-in itself is at fault, nothing is shown and nothing forgotten."""
    try:
        found = _chosen(admission()) if is_real() else _demo()
    except PolicybotError:  # the sign-in page, which is shown to nobody in particular, says what it is
        return None
    seat = (found.person, found.organisation) if found else None
    if SEAT in st.session_state and st.session_state[SEAT] != seat:
        st.session_state.clear()
    if found:
        st.session_state[SEAT] = seat
        if is_real():
            st.session_state[CHOSEN] = found.organisation
    return found


def require_still(person: User) -> None:
    """Nothing, while `person` is still who is signed in; else the whole page again, which then says why not.

    Part of a page that runs alone (a fragment, a dialog) does not come by `user`, so it must begin with this."""
    if user() != person:
        st.rerun()


def is_real() -> bool:
    """Whether sign-in is set up, or half set up: demo accounts are off then."""
    return _settings().identity is not None or auth() is not None


def auth() -> Mapping[str, Any] | None:
    """The section [auth] of secrets.toml, which Streamlit signs in by; None where there is none."""
    # Streamlit looks for the files anew at every run while there are none, and that is not cheap.
    there = any(Path(file).exists() for file in config.get_option("secrets.files"))
    if there and not st.secrets.load_if_toml_exists():
        raise SignInError(SECRETS, "it is there, but it cannot be read", "An administrator must correct it: policybot doctor, and the log")
    section = st.secrets.get("auth") if there else None
    return section if isinstance(section, Mapping) else None


def identity_file() -> IdentityFile | None:
    """identity.toml as it is now; None without the setting. IdentityFileError."""
    path = _settings().identity
    if path is None:
        return None
    try:
        return _read(str(path), path.stat().st_mtime_ns if path.is_file() else 0)
    except OSError as error:
        cure = "An administrator must let the program read the file that POLICYBOT_IDENTITY names"
        raise SignInError("identity.toml", f"it cannot be opened ({error.strerror})", cure) from error


def admission() -> Admission | None:
    """What the sign-in says who is there; None when nobody has signed in. SignInError and IdentityFileError where it is not
    set up, or not well."""
    file, section = identity_file(), auth()
    if file is None:
        cure = "An administrator must write identity.toml and set POLICYBOT_IDENTITY to where it lies"
        raise SignInError("Sign-in", "nobody has said who belongs to which organisation", cure)
    if section is None:
        raise SignInError(SECRETS, "it is not there, so there is no sign-in service", SECRETS_CURE)
    if config.get_option("server.trustedUserHeaders"):
        raise SignInError("server.trustedUserHeaders", "it lets a request say who sent it", "An administrator must unset it")
    providers(section)
    claims = st.user.to_dict()
    return Lapsed() if _sign_in_of(claims) in _ended() else admit(claims, file.rules, datetime.now(UTC))


def is_one_of_several() -> bool:
    """Whether the person could ask for another organisation too."""
    if not is_real():
        return False
    found = admission()
    return isinstance(found, Welcome) and len(found.users) > 1


def choose(organisation: str) -> None:
    """Ask for this organisation from now on: one of the person's own, or nothing comes of it. The conversation is forgotten."""
    st.session_state.clear()
    st.session_state[CHOSEN] = organisation


def choose_again() -> None:
    """Forget the conversation and the organisation, so that the person chooses anew."""
    st.session_state.clear()


def sign_in(person: User) -> None:
    """Start afresh as `person`, a demo account: nothing of whoever sat here before stays."""
    st.session_state.clear()
    st.session_state[USER] = person


def sign_out() -> None:
    """Forget everything, and leave the sign-in service too where there is one; other windows of this sign-in end with it."""
    st.session_state.clear()
    if st.user.get("is_logged_in"):
        ended = _ended()
        ended[_sign_in_of(st.user.to_dict())] = None
        while len(ended) > MOST_ENDED:
            ended.pop(next(iter(ended)), None)
        st.logout()


def _sign_in_of(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Which sign-in the claims are of: who, by whom, when. Streamlit ends one window's and leaves the others theirs."""
    return tuple(str(claims.get(name)) for name in ("iss", "sub", "iat", "exp"))


@st.cache_resource(show_spinner=False)
def _ended() -> dict[tuple[str, ...], None]:
    """Sign-ins that were ended by hand, oldest first, for all windows of this process."""
    return {}


def _chosen(found: Admission | None) -> User | None:
    """The person, for the organisation that was chosen or the only one."""
    if not isinstance(found, Welcome):
        return None
    if len(found.users) == 1:
        return found.users[0]
    return next((u for u in found.users if u.organisation == st.session_state.get(CHOSEN)), None)


def _demo() -> User | None:
    found = st.session_state.get(USER)
    return found if isinstance(found, User) else None


@st.cache_resource(show_spinner=False)
def _settings() -> Settings:
    return Settings.load()


@st.cache_resource(show_spinner=False, max_entries=2)
def _read(path: str, changed_ns: int) -> IdentityFile:
    """The file at `path` as it was when it was last changed (nanoseconds since 1970)."""
    return read_identity_file(Path(path))


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
    st.session_state.pop(CONVERSATION, None)
    st.session_state.pop(NEXT, None)
    open_clause(None)


def conversation() -> str:
    """Id of the conversation (hex, 32), the same until a new one begins."""
    return str(st.session_state.setdefault(CONVERSATION, uuid.uuid4().hex))


def go_on_with(conversation_id: str, said: Sequence[Answer]) -> None:
    """Put an earlier conversation in the place of this one."""
    st.session_state[CONVERSATION], st.session_state[TURNS] = conversation_id, tuple(said)
    open_clause(None)


def ask_next(question: str) -> None:
    """Have this asked in the next run of the page."""
    st.session_state[NEXT] = question


def asked_next() -> str | None:
    """What is to be asked in this run, once; None for nothing."""
    return st.session_state.pop(NEXT, None)


def open_clause(clause_id: str | None) -> None:
    """Which clause the Policies page shows; None for none in particular."""
    st.session_state[CLAUSE] = clause_id


def opened_clause() -> str | None:
    """The clause that was opened last."""
    return st.session_state.get(CLAUSE)

"""An evaluator's own sets on the Evaluate page: get one as a spreadsheet, or delete it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from eval.own_sets import OwnSet, delete_set, is_own, spreadsheet_of
from policybot.web import frame

ASKED = "evaluate-delete"
"""Key of the set about whose deletion the person is being asked."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def manage(home: Path, organisation: str, sets: Sequence[OwnSet]) -> None:
    """A row for each set that the organisation made itself; nothing when it has made none."""
    own = [s for s in sets if is_own(s)]
    if not own:
        return
    with st.expander("Your own sets: download, change, delete"):
        st.html("<p>To change a set, download it, change it, and send it again under the same name.</p>")
        for one in own:
            with frame.problems():
                _row(home, organisation, one)


def _row(home: Path, organisation: str, own: OwnSet) -> None:
    name, key = frame.unmarked(own.label), own.key.replace("/", "-")
    with st.container(key=f"own-set-{key}", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{name}**")
        file = f"{own.key.rpartition('/')[2]}.xlsx"
        st.download_button(f"Download {name}", lambda: spreadsheet_of(own), file, XLSX, key=f"own-get-{key}", on_click="ignore")
        if st.session_state.get(ASKED) != own.key:
            st.button(f"Delete {name}", key=f"own-delete-{key}", on_click=_ask, args=(own.key,))
            return
        st.html('<p role="status">Delete it for good? Runs that were made with it stay.</p>')
        if st.button("Yes, delete it", key=f"own-yes-{key}", type="primary"):
            _ask(None)
            delete_set(home, organisation, own.key)
            st.rerun()
        st.button("No, keep it", key=f"own-no-{key}", on_click=_ask, args=(None,))


def _ask(key: str | None) -> None:
    st.session_state[ASKED] = key
